// Sticks that the config names, mounted for as long as a backup takes. The backup itself has no right to mount anything:
// muster-backup.service calls this before and after it, as root.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { deviceOf, labelOf } from "./places.ts";

const FOLDER = "/run/muster-usb";

/** Nothing on a stick is a program or a device. FAT has no owners: all of it is the gateway's while it is mounted. */
const OPTIONS = "nosuid,nodev,noexec,umask=077";

/** Mounts what is plugged in and not mounted yet; answers what could not be, in words. `owner`: a file of the gateway's user. */
export function mountSticks(places: readonly string[], owner: string): string[] {
  const { uid, gid } = statSync(owner);
  return labels(places).flatMap((label) => {
    const device = deviceOf(label);
    if (device === undefined || spawnSync("findmnt", ["--source", device]).status === 0) return [];
    const folder = join(FOLDER, label);
    mkdirSync(folder, { recursive: true });
    const { status, stderr } = spawnSync("mount", ["-o", `${OPTIONS},uid=${uid},gid=${gid}`, device, folder], {
      encoding: "utf8",
    });
    if (status === 0) return [];
    rmdirSync(folder);
    return [`${label} cannot be mounted (a stick for this has FAT or exFAT): ${stderr.trim()}`];
  });
}

/** Unmounts what `mountSticks` mounted: after that it may be pulled out. */
export function unmountSticks(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).flatMap((label) => {
    const folder = join(FOLDER, label);
    const { status, stderr } = spawnSync("umount", [folder], { encoding: "utf8" });
    if (status === 0) rmdirSync(folder);
    return status === 0 ? [] : [`${label} cannot be unmounted: ${stderr.trim()}`];
  });
}

function labels(places: readonly string[]): string[] {
  return places.map(labelOf).filter((label) => label !== undefined && !label.includes("/")) as string[];
}
