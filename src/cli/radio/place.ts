// Where a radio is: a serial port by its path, or HOST:PORT for one in the network.

import { existsSync, readdirSync, realpathSync } from "node:fs";
import type { MeshtasticSettings } from "#gateway/settings.ts";
import { UsageError } from "#cli/verb.ts";

/** Made by the package's udev rule. */
const STABLE = "/dev/muster-radio";
const BY_ID = "/dev/serial/by-id";
const RADIO_TCP_PORT = 4403;

/** Serial ports that are there, the best name of each, likeliest first. */
export function serialPorts(): string[] {
  const stable = existsSync(STABLE) ? [STABLE] : [];
  try {
    return [
      ...stable,
      ...readdirSync(BY_ID)
        .sort()
        .map((name) => `${BY_ID}/${name}`),
    ];
  } catch {
    return stable;
  }
}

/** Settings for a radio at `place`; the rest is what a visit does not use. Throws `UsageError` in words. */
export function readPlace(place: string): MeshtasticSettings {
  const rest = { messageDelay: 2.5, prefixFormat: "", privatePort: 293, staleAfterHours: 12 };
  if (place.startsWith("/"))
    return { connectionType: "serial", serialPort: place, host: "", port: RADIO_TCP_PORT, ...rest };
  const match = /^([^\s/:]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/i.exec(place);
  const port = Number(match?.[2] ?? RADIO_TCP_PORT);
  if (!match || port < 1 || port > 65_535)
    throw new UsageError(`A radio is at a path like /dev/ttyACM0 or at HOST:PORT, not at "${place}".`);
  return { connectionType: "tcp", serialPort: "", host: match[1]!.replace(/^\[(.*)\]$/, "$1"), port, ...rest };
}

/** Nobody out there hears it: loopback TCP or a pty. */
export function isEmulated(radio: MeshtasticSettings): boolean {
  if (radio.connectionType === "tcp") return /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(radio.host);
  try {
    return /^\/dev\/pts\/\d+$/.test(realpathSync(radio.serialPort));
  } catch {
    return false;
  }
}
