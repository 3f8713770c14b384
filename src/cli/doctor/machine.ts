// The doctor's checks of the machine itself: what can be seen without speaking to the radio or to a homeserver.

import { accessSync, constants, existsSync, lstatSync, readdirSync, realpathSync, statfsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { wallClock, type Millis } from "#base/clock.ts";
import { isoTime, timeOfDay } from "#base/calendar.ts";
import type { Settings } from "#gateway/settings.ts";
import { machineFindings } from "./machine-health.ts";
import type { Check, CheckFinding } from "./check.ts";

type Found = Omit<CheckFinding, "check">;

/** No radio answers TCP later than this on a street's network. */
const TCP_WITHIN: Millis = 3000;

/** Below this the database may not be able to grow for long: it is some megabytes a month. */
const LEAST_FREE_BYTES = 200 * 1024 * 1024;

/** 2026-01-01: a clock before this was never set (a Raspberry Pi without network starts at its last shutdown or in 1970). */
const PLAUSIBLE_SINCE: Millis = 1_767_225_600_000;

const DIALOUT_ADVICE =
  "Add the gateway's user to the group that owns the port: sudo usermod -aG dialout USER, then log in again (or restart the service).";

/** A check that needs settings is left out without them: the config's own findings say why. */
function withSettings(look: (settings: Settings) => readonly Found[] | Promise<readonly Found[]>): Check {
  return (patient) => (patient.settings ? look(patient.settings) : []);
}

export const MACHINE_CHECKS: Readonly<Record<string, Check>> = {
  port: withSettings(({ meshtastic }) =>
    meshtastic.connectionType === "serial"
      ? checkSerialPort(meshtastic.serialPort)
      : checkTcp(meshtastic.host, meshtastic.port),
  ),
  secrets: withSettings(checkSecrets),
  clock: () => [checkClock(wallClock.wall())],
  timezone: withSettings(({ node }) => checkTimezone(node.timezone)),
  disk: withSettings(({ database }) => checkDisk(database.path)),
  database: withSettings(({ database }) => checkDatabaseFile(database.path)),
  // Room on the disk is told above, in megabytes.
  machine: withSettings(({ database }) => machineFindings(database.path).filter(({ check }) => check !== "disk")),
};

export function checkSerialPort(path: string): Found[] {
  if (!existsSync(path)) return [{ ok: false, finding: `${path} is not there`, advice: absentPortAdvice(path) }];
  const device = realpathSync(path);
  if (!lstatSync(device).isCharacterDevice())
    return [
      {
        ok: false,
        finding: `${path} is no serial port`,
        advice: `Write the radio's path into meshtastic.serial_port. ${presentPorts()}`,
      },
    ];
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch {
    return [
      {
        ok: false,
        finding: `this user may not open ${path} (owned by group ${statSync(device).gid})`,
        advice: DIALOUT_ADVICE,
      },
    ];
  }
  const stable = /^\/dev\/tty(USB|ACM)\d+$/.test(path);
  const name = stable ? ` (its number changes when it is replugged; a name of /dev/serial/by-id does not)` : "";
  return [{ ok: true, finding: `${path} is there and may be opened${name}` }];
}

function absentPortAdvice(path: string): string {
  const parent = existsSync(dirname(path)) ? "" : " There is no such folder: is a radio plugged in at all?";
  return `Plug the radio in (with a cable that carries data), or correct meshtastic.serial_port.${parent} ${presentPorts()}`;
}

const BY_ID = "/dev/serial/by-id";

function presentPorts(): string {
  const named = existsSync(BY_ID) ? readdirSync(BY_ID).map((name) => join(BY_ID, name)) : [];
  const bare = existsSync("/dev") ? readdirSync("/dev").filter((name) => /^tty(USB|ACM)\d+$/.test(name)) : [];
  const ports = named.length > 0 ? named : bare.map((name) => join("/dev", name));
  return ports.length === 0 ? "No serial port is there now." : `Ports that are there: ${ports.join(", ")}`;
}

/** Only opens and closes: says nothing that a radio would take for a client of its own. */
export function checkTcp(host: string, port: number): Promise<Found[]> {
  return new Promise((resolve) => {
    const end = (found: Found): void => {
      cancel();
      socket.destroy();
      resolve([found]);
    };
    const bad = (why: string): void =>
      end({
        ok: false,
        finding: `${host}:${port} cannot be reached: ${why}`,
        advice:
          "Look whether the radio is on and in the network, and whether meshtastic.host and port are right (4403 is usual).",
      });
    const cancel = wallClock.after(TCP_WITHIN, () => bad(`no answer within ${TCP_WITHIN / 1000} s`));
    const socket = connect({ host, port });
    socket.once("connect", () => end({ ok: true, finding: `${host}:${port} can be reached` }));
    socket.once("error", (error: NodeJS.ErrnoException) => bad(error.code ?? error.message));
  });
}

export function checkSecrets({ uplinks }: Settings): Found[] {
  return uplinks.flatMap(({ name, accessTokenFile: file }): Found[] => {
    if (file === undefined || !existsSync(file)) return [];
    const open = (statSync(file).mode & 0o077) !== 0;
    if (!open) return [{ ok: true, finding: `${name}: only its owner can read ${file}` }];
    return [{ ok: false, finding: `${name}: others can read ${file}`, advice: `chmod 600 ${file}` }];
  });
}

export function checkClock(now: Millis): Found {
  if (now >= PLAUSIBLE_SINCE) return { ok: true, finding: `it is ${isoTime(now)}` };
  return {
    ok: false,
    finding: `the clock says ${isoTime(now)}, which cannot be`,
    advice: "Set it (timedatectl set-ntp true, or date -s); a box without network needs a clock module (RTC).",
  };
}

/** `system`: the machine's own zone. Most machines stay on UTC, which says nothing. */
export function checkTimezone(timezone: string, system = Intl.DateTimeFormat().resolvedOptions().timeZone): Found[] {
  const now = wallClock.wall();
  const same = timeOfDay(now, system) === timeOfDay(now, timezone);
  const times = `residents are told times of ${timezone} (there it is ${timeOfDay(now, timezone)})`;
  if (same || /^(Etc\/)?(UTC|GMT|UCT|Zulu)$/.test(system)) return [{ ok: true, finding: times }];
  return [
    {
      ok: false,
      finding: `${times}, but this machine is in ${system}, where it is ${timeOfDay(now, system)}`,
      advice: "Correct node.timezone in the config, or the machine's zone: timedatectl set-timezone ZONE",
    },
  ];
}

function checkDisk(database: string): Found[] {
  const folder = existingFolder(database);
  const { bavail, bsize } = statfsSync(folder);
  return [diskFound(folder, bavail * bsize)];
}

export function diskFound(folder: string, freeBytes: number): Found {
  const megabytes = Math.floor(freeBytes / 1024 / 1024);
  if (freeBytes >= LEAST_FREE_BYTES) return { ok: true, finding: `${megabytes} MiB are free at ${folder}` };
  return {
    ok: false,
    finding: `only ${megabytes} MiB are free at ${folder}`,
    advice: "Make room (journalctl --vacuum-size=100M, apt-get clean), or move database.path to a larger disk.",
  };
}

function existingFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

export function checkDatabaseFile(path: string): Found[] {
  const there = existsSync(path);
  const needed = there ? path : existingFolder(path);
  try {
    accessSync(needed, constants.R_OK | constants.W_OK);
  } catch {
    return [
      {
        ok: false,
        finding: `this user may not write ${needed}`,
        advice: `Run the doctor as the gateway's user, or give that user the folder: sudo chown -R USER ${dirname(path)}`,
      },
    ];
  }
  return [
    {
      ok: true,
      finding: there ? `${basename(path)} may be read and written` : `${path} will be made at the first start`,
    },
  ];
}
