// A radio's settings in a file, and back into it or into another radio. The messages are kept as the radio gave them, byte for
// byte, so that a backup also holds what this program does not know. It holds the radio's private key and the channels' keys:
// mode 0600, and as dear as the key to the house.

import { readFileSync } from "node:fs";
import { isoTime } from "#base/calendar.ts";
import { wallClock } from "#base/clock.ts";
import { nodeId, parseNodeId } from "#base/ids.ts";
import type { NodeNum } from "#base/ids.ts";
import { bytesIn, isMessage } from "#radio/bare.ts";
import { CHANNEL_COUNT, LONGEST_CANNED, type RadioSettings } from "#radio/settings.ts";
import type { RadioSeen } from "./session.ts";
import { Failure } from "#cli/verb.ts";

const KIND = "muster-radio-backup";
const VERSION = 1;
/** A backup is about 3 kB, with 250 favourites 30. */
const LARGEST = 1024 * 1024;

export interface Backup {
  readonly firmware: string;
  readonly node: NodeNum;
  readonly made: string;
  readonly settings: RadioSettings;
  /** Nodes that the radio shall not forget. */
  readonly favourites: readonly NodeNum[];
}

export function backupText(settings: RadioSettings, info: RadioSeen): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const parts = (map: ReadonlyMap<number, Uint8Array>): Record<string, string> =>
    Object.fromEntries([...map].map(([part, bytes]) => [String(part), base64(bytes)]));
  const favourites = info.nodes.filter((node) => node.isFavorite === true && node.num !== info.node);
  return `${JSON.stringify(
    {
      kind: KIND,
      version: VERSION,
      made: isoTime(wallClock.wall()),
      firmware: info.firmware,
      node: nodeId(info.node),
      owner: base64(settings.owner),
      channels: settings.channels.map(base64),
      config: parts(settings.config),
      modules: parts(settings.modules),
      canned: settings.canned,
      favourites: favourites.map(({ num }) => nodeId(num)),
    },
    null,
    2,
  )}\n`;
}

/** Throws `Failure` in words when the file is no backup. */
export function readBackup(file: string): Backup {
  const fields = fieldsOf(file);
  const bad = (what: string): never => {
    throw new Failure(`${file} is damaged: ${what}. Nothing was changed.`);
  };
  const message = (value: unknown, what: string): Uint8Array => {
    const bytes = typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : undefined;
    return bytes && isMessage(bytes) ? bytes : bad(what);
  };
  const parts = (value: unknown, what: string): Map<number, Uint8Array> =>
    new Map(Object.entries(value ?? {}).map(([part, each]) => [Number(part), message(each, what)]));
  const channels = fields["channels"];
  if (!Array.isArray(channels) || channels.length !== CHANNEL_COUNT) bad("its channels are missing");
  const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
  const node = parseNodeId(text("node")) ?? bad("it names no radio");
  const canned = text("canned");
  if (Buffer.byteLength(canned) > LONGEST_CANNED) bad("its canned messages are too long");
  const config = parts(fields["config"], "its config");
  if (!config.has(6)) bad("its LoRa settings are missing");
  return {
    firmware: text("firmware"),
    node,
    made: text("made"),
    settings: {
      owner: message(fields["owner"], "its owner"),
      channels: (channels as unknown[]).map((each, index) => message(each, `channel ${index}`)),
      config,
      modules: parts(fields["modules"], "its modules"),
      canned,
    },
    favourites: [fields["favourites"]].flat().flatMap((each) => parseNodeId(String(each)) ?? []),
  };
}

function fieldsOf(file: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  let value: unknown;
  try {
    value = text.length > LARGEST ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  const fields = value as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof fields !== "object" || fields === null || fields["kind"] !== KIND)
    throw new Failure(`${file} is no backup of a radio made by \`muster radio backup\`.`);
  if (fields["version"] !== VERSION)
    throw new Failure(`${file} was made by a newer Muster (version ${String(fields["version"])}).`);
  return fields;
}

const SECURITY = 8;
const PRIVATE_KEY = 2;

/** The key that makes a radio who it is; undefined while it has none. */
export function privateKeyIn(settings: RadioSettings): Uint8Array | undefined {
  const key = bytesIn(settings.config.get(SECURITY) ?? new Uint8Array(0), PRIVATE_KEY);
  return key?.length === 32 ? key : undefined;
}
