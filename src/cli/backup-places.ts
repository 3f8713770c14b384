// Where backups go: a folder, or a USB stick by its label. A place is written under another name first, brought to the disk, and then
// named, so that a stick pulled out too soon leaves no half backup under a whole one's name.

import {
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { Failure } from "./verb.ts";

/** `usb:LABEL` of the config. */
const USB = /^usb:(.+)$/;

export interface Devices {
  /** /dev/disk/by-label */
  readonly byLabel: string;
  /** The text of /proc/self/mountinfo (proc(5)). */
  readonly mounts: () => string;
}

const DEVICES: Devices = {
  byLabel: "/dev/disk/by-label",
  mounts: () => readFileSync("/proc/self/mountinfo", "utf8"),
};

/** The label of a stick, or undefined for a folder. */
export function labelOf(place: string): string | undefined {
  return USB.exec(place)?.[1];
}

/** The folder that a place of the config means now. Throws `Failure` in words when it is not there. */
export function folderOf(place: string, devices: Devices = DEVICES): string {
  const label = labelOf(place);
  if (label !== undefined) return stickFolder(label, devices);
  if (!existsSync(place) || !statSync(place).isDirectory())
    throw new Failure(`${place} is not there. Make the folder, or mount what belongs there.`);
  return place;
}

/** The device of the stick with this label, if it is plugged in. */
export function deviceOf(label: string, { byLabel }: Pick<Devices, "byLabel"> = DEVICES): string | undefined {
  const link = join(byLabel, escapedLabel(label));
  return existsSync(link) ? realpathSync(link) : undefined;
}

/** Where the stick is mounted. */
function stickFolder(label: string, devices: Devices): string {
  const device = deviceOf(label, devices);
  if (device === undefined)
    throw new Failure(
      `No stick with the label ${label} is plugged in. Plug it in; \`lsblk -o NAME,LABEL\` shows what is there.`,
    );
  const mount = devices
    .mounts()
    .split("\n")
    .map((line) => line.split(" "))
    .find((fields) => fields[fields.indexOf("-") + 2] === device);
  if (!mount)
    throw new Failure(
      `The stick ${label} (${device}) is not mounted. Mount it, or let the timer do it: sudo systemctl start muster-backup`,
    );
  return mount[4]!.replaceAll(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** udev's names for labels: what is not a plain letter is written as \xNN. */
function escapedLabel(label: string): string {
  return [...Buffer.from(label)]
    .map((byte) =>
      /[A-Za-z0-9#+\-.:=@_]/.test(String.fromCharCode(byte)) || byte >= 0x80
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16)}`,
    )
    .join("");
}

/** Copies a finished backup into a folder; answers where it lies. */
export function keepAt(folder: string, made: string, name: string): string {
  const whole = join(folder, name);
  const part = `${whole}.part`;
  try {
    copyFileSync(made, part);
    sync(part);
    renameSync(part, whole);
    sync(folder);
    return whole;
  } catch (error) {
    rmSync(part, { force: true });
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === "ENOSPC"
        ? "it is full"
        : code === "EACCES" || code === "EROFS"
          ? "it may not be written"
          : String(error);
    throw new Failure(`${folder} does not take the backup: ${why}.`);
  }
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes the oldest backups of one gateway beyond `keep`, never `newest`: a box whose clock is wrong gives it an old name. */
export function rotate(folder: string, prefix: string, keep: number, newest: string): string[] {
  const ours = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(SUFFIX) && name !== newest)
    .toSorted();
  const gone = ours.slice(0, Math.max(0, ours.length - (keep - 1)));
  for (const name of gone) rmSync(join(folder, name), { force: true });
  return gone;
}

export const SUFFIX = ".tar.gz.age";
