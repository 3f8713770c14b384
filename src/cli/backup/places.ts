// Where backups go: a folder, a USB stick by its label, or a folder on a WebDAV server. A backup is written there under another name
// first, opened again where it lies, and only then named: a stick pulled out too soon, or a line that is cut, leaves no half backup
// under a whole one's name.

import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
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
import type { BackupSettings } from "#gateway/settings.ts";
import { DavTrouble } from "#web/dav.ts";
import { DavFolder } from "#web/dav-folder.ts";
import { isWebdav, webdavUrl } from "#cli/config/checks.ts";
import { Failure, UsageError } from "#cli/verb.ts";

/** A place for backups. Every method throws `Failure`, in words. */
export interface Place {
  /** Takes the finished backup at `made` under `name`, if `prove` finds what lies there whole. Where it lies then. */
  keep(made: string, name: string, prove: (file: string) => Promise<void>): Promise<string>;
  names(): Promise<readonly string[]>;
  /** A file of this machine that holds the backup of that name. */
  bring(name: string): Promise<string>;
  remove(name: string): Promise<void>;
}

/** The place that `to` of the config means; `scratch` is a folder of ours for what has to be looked at. */
export function placeOf(to: string, scratch: string, account: Account | undefined): Place {
  return isWebdav(to) ? new WebdavPlace(to, scratch, account) : new FolderPlace(folderOf(to));
}

/** Throws `UsageError` for an address that cannot be used, before anything is done or said of it. */
export function checkAddresses(places: readonly string[], option: string): void {
  for (const place of places.filter(isWebdav)) {
    const wrong = webdavUrl(place);
    if (wrong) throw new UsageError(`${option} ${wrong.message}`);
  }
}

/** The config's user and password, for the server that they are for. Throws `Failure` where that is another one. */
export function accountFor(place: string, backup: BackupSettings | undefined): Account | undefined {
  const hosts = (backup?.to ?? []).filter(isWebdav).map(hostOf);
  if (hosts.length > 0 && isWebdav(place) && !hosts.includes(hostOf(place)))
    throw new Failure(
      `${place}: the config's webdav_user and password are for ${hosts[0]} and are not sent to another server.`,
    );
  return backup;
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? "";

/** Who we are on a WebDAV server. */
export type Account = Pick<BackupSettings, "webdavUser" | "webdavPassword">;

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

class FolderPlace implements Place {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(made: string, name: string, prove: (file: string) => Promise<void>): Promise<string> {
    const whole = join(this.#folder, name);
    const part = whole + PART;
    try {
      copyFileSync(made, part);
      sync(part);
      await prove(part);
      renameSync(part, whole);
      sync(this.#folder);
      return whole;
    } catch (error) {
      rmSync(part, { force: true });
      if (error instanceof Failure) throw error;
      throw new Failure(`${this.#folder} does not take the backup: ${whyNot(error)}.`);
    }
  }

  async names(): Promise<readonly string[]> {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      throw new Failure(`${this.#folder} cannot be read: ${whyNot(error)}.`);
    }
  }

  async bring(name: string): Promise<string> {
    const path = join(this.#folder, name);
    if (!existsSync(path)) throw new Failure(`${path} is not there.`);
    return path;
  }

  async remove(name: string): Promise<void> {
    try {
      rmSync(join(this.#folder, name), { force: true });
    } catch (error) {
      throw new Failure(`${join(this.#folder, name)}: ${whyNot(error)}.`);
    }
  }
}

function whyNot(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") return "it is full";
  return code === "EACCES" || code === "EROFS" ? "it may not be written" : String(error);
}

class WebdavPlace implements Place {
  readonly #url: string;
  readonly #scratch: string;
  readonly #there: DavFolder;

  constructor(url: string, scratch: string, account: Account | undefined) {
    this.#url = url.replace(/\/+$/, "");
    this.#scratch = scratch;
    this.#there = new DavFolder({ url, user: account?.webdavUser ?? "", password: account?.webdavPassword ?? "" });
  }

  async keep(made: string, name: string, prove: (file: string) => Promise<void>): Promise<string> {
    // Not `.part`: Nextcloud keeps that for itself and refuses it.
    const coming = name + COMING;
    const back = join(this.#scratch, "back");
    return this.#told(async () => {
      // Wrong addresses and passwords show here; a server that refuses a large file in the middle is not always heard.
      await this.#there.names();
      try {
        await this.#there.put(made, coming);
        await this.#there.get(coming, back, statSync(made).size);
        if ((await digestOf(back)) !== (await digestOf(made)))
          throw new DavTrouble(
            `what comes back is not what was sent (${statSync(back).size} of ${statSync(made).size} bytes)`,
            true,
          );
        await prove(back);
        await this.#there.rename(coming, name);
      } catch (error) {
        await this.#there.remove(coming).catch(() => undefined);
        throw error;
      } finally {
        rmSync(back, { force: true });
      }
      return `${this.#url}/${name}`;
    });
  }

  async bring(name: string): Promise<string> {
    if (!(await this.names()).includes(name)) throw new Failure(`${this.#url}: it holds no such file as ${name}.`);
    const path = join(this.#scratch, name);
    await this.#told(() => this.#there.get(name, path));
    return path;
  }

  async names(): Promise<readonly string[]> {
    return this.#told(() => this.#there.names());
  }

  async remove(name: string): Promise<void> {
    return this.#told(() => this.#there.remove(name));
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof DavTrouble) throw new Failure(`${this.#url}: ${error.message}.`);
      throw error;
    }
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Removes the oldest backups of one gateway beyond `keep`, never `newest`: a box whose clock is wrong gives it an old name. What a cut
 * line or a power cut left half done goes too. A place that does not show `newest` loses nothing.
 */
export async function rotate(place: Place, prefix: string, keep: number, newest: string): Promise<string[]> {
  const there = (await place.names()).filter((name) => name.startsWith(prefix));
  if (!there.includes(newest))
    throw new Failure("The backup was taken there, but its name is not in the list of files: nothing was removed.");
  const ours = there.filter((name) => name.endsWith(SUFFIX) && name !== newest).toSorted();
  const gone = ours.slice(0, Math.max(0, ours.length - (keep - 1)));
  const halves = there.filter((name) => HALF.some((tail) => name.endsWith(SUFFIX + tail)));
  for (const name of [...gone, ...halves])
    await place.remove(name).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(`The backup is there, whole; but ${name} cannot be removed: ${error.message}`);
    });
  return gone;
}

/** The newest backup among these names, by the time that each has in it. Throws `Failure` where there is none, or two gateways'. */
export function newestOf(names: readonly string[], place: string): string {
  const ours = names.flatMap((name) => {
    const [, gateway, time] = NAME.exec(name) ?? [];
    return gateway === undefined ? [] : [{ name, gateway, time: time! }];
  });
  const newest = new Map(
    ours.toSorted((a, b) => (a.time < b.time ? -1 : 1)).map(({ gateway, name }) => [gateway, name]),
  );
  const [first, ...others] = newest.values();
  if (first === undefined) throw new Failure(`There is no backup of Muster in ${place}.`);
  if (others.length > 0)
    throw new Failure(`${place} holds backups of several gateways. Name one: ${[first, ...others].join(", ")}`);
  return first;
}

export const SUFFIX = ".tar.gz.age";
const NAME = /^muster-(.+)-(\d{8}T\d{6}Z)\.tar\.gz\.age$/;
const [PART, COMING] = [".part", ".coming"];
const HALF = [PART, COMING];
