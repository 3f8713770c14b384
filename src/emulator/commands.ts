// The lines of standard input (contract: "Emulator: JSON lines"), checked and obeyed.
//
// Beyond the contract: {"node"|"radio": "!hex", "do": "forget", "of": "!hex"} makes a radio forget another's name and key,
// and "wantAck": false on what a handheld says.

import type { Millis } from "#base/clock.ts";
import { fromHex, utf8 } from "#base/bytes.ts";
import { BROADCAST, parseNodeId } from "#base/ids.ts";
import type { GatewayRadio } from "./gateway-radio.ts";
import type { Handheld } from "./handheld.ts";
import type { MeshNode } from "./node.ts";
import { PORT } from "./packet.ts";
import type { Street } from "./street.ts";

type Command = Readonly<Record<string, unknown>>;

/** What is wrong with a command, or nothing. */
type Complaint = string | undefined;

/** A field of a command as text; what is no text is none. */
function textField(command: Command, name: string): string {
  const value = command[name];
  return typeof value === "string" ? value : "";
}

/** How long a fault lasts when the command does not say. */
const DEFAULT_SECONDS = { garbage: 1, reboot: 3 } as const;

function forget(node: MeshNode, command: Command): Complaint {
  const of = parseNodeId(textField(command, "of"));
  if (of === undefined) return 'forget needs "of": a node id';
  node.nodes.forget(of);
  return undefined;
}

type RadioDeed = (radio: GatewayRadio, command: Command, street: Street, now: Millis) => Complaint;

function lasting(command: Command): Millis | undefined {
  return typeof command["seconds"] === "number" ? command["seconds"] * 1000 : undefined;
}

/** Begins something now and ends it after "seconds", if they are given. */
function forAWhile(begin: (radio: GatewayRadio) => void, end: (radio: GatewayRadio, now: Millis) => void): RadioDeed {
  return (radio, command, street, now) => {
    begin(radio);
    const seconds = lasting(command);
    if (seconds !== undefined) street.later(now + seconds, (then) => end(radio, then));
    return undefined;
  };
}

function setPlugged(radio: GatewayRadio, plugged: boolean): void {
  for (const port of [radio.tcp, radio.serial]) {
    port.plugged = plugged;
    if (!plugged) port.closed();
  }
}

const RADIO_DEEDS: Readonly<Record<string, RadioDeed>> = {
  reboot: (radio, command, _street, now) => {
    radio.reboot(now, lasting(command) ?? DEFAULT_SECONDS.reboot * 1000);
    return undefined;
  },
  unplug: forAWhile(
    (radio) => setPlugged(radio, false),
    (radio) => setPlugged(radio, true),
  ),
  plug: (radio) => {
    setPlugged(radio, true);
    return undefined;
  },
  garbage: (radio, command, street, now) => {
    street.garbage(radio, now + (lasting(command) ?? DEFAULT_SECONDS.garbage * 1000), now);
    return undefined;
  },
  mute: forAWhile(
    (radio) => radio.mute(),
    (radio, now) => radio.unmute(now),
  ),
  unmute: (radio, _command, _street, now) => {
    radio.unmute(now);
    return undefined;
  },
  full: forAWhile(
    (radio) => {
      radio.node.queue.blocked = true;
    },
    (radio) => {
      radio.node.queue.blocked = false;
    },
  ),
  forget: (radio, command) => forget(radio.node, command),
};

type HandheldDeed = (handheld: Handheld, command: Command, now: Millis) => Complaint;

const HANDHELD_DEEDS: Readonly<Record<string, HandheldDeed>> = {
  away: (handheld) => {
    handheld.away();
    return undefined;
  },
  back: (handheld, _command, now) => {
    handheld.back(now);
    return undefined;
  },
  forget: (handheld, command) => forget(handheld.node, command),
};

function readAddress(to: unknown): number | undefined {
  return to === "^all" ? BROADCAST : typeof to === "string" ? parseNodeId(to) : undefined;
}

function type(handheld: Handheld, command: Command, now: Millis): Complaint {
  const to = readAddress(command["to"]);
  if (to === undefined) return '"to" is neither "^all" nor a node id';
  // A tapback is a text whose payload is the emoji.
  const text = command["emoji"] ?? command["text"];
  const isText = typeof text === "string";
  const payload = isText ? utf8(text) : fromHex(textField(command, "payload"));
  const portnum = command["portnum"] ?? (isText ? PORT.text : undefined);
  if (!payload || typeof portnum !== "number") return 'neither "text" nor "portnum" with a "payload" in hexadecimal';
  handheld.type(
    {
      to,
      channel: typeof command["channel"] === "number" ? command["channel"] : 0,
      portnum,
      payload,
      ...(typeof command["replyTo"] === "number" ? { replyId: command["replyTo"] } : {}),
      isEmoji: typeof command["emoji"] === "string",
      ...(typeof command["wantAck"] === "boolean" ? { wantAck: command["wantAck"] } : {}),
    },
    now,
  );
  return undefined;
}

function lose(street: Street, command: Command): Complaint {
  const what = command["lose"];
  const share = command["share"];
  if (what !== "acks" && what !== "packets") return '"lose" is neither "acks" nor "packets"';
  if (typeof share !== "number" || share < 0 || share > 1) return '"share" is not a number from 0 to 1';
  street.lose(what, share);
  return undefined;
}

/** Obeys one command, or says in words why not. */
export function obey(street: Street, json: unknown, now: Millis): Complaint {
  if (typeof json !== "object" || json === null) return "not an object";
  const command = json as Command;
  if (command["lose"] !== undefined) return lose(street, command);
  const deed = textField(command, "do");
  if (command["radio"] !== undefined) {
    const radio = street.radio(textField(command, "radio"));
    const known = Object.hasOwn(RADIO_DEEDS, deed) ? RADIO_DEEDS[deed] : undefined;
    if (!radio) return `no gateway radio ${textField(command, "radio")}`;
    return known ? known(radio, command, street, now) : `a radio cannot ${deed}`;
  }
  const handheld = street.handheld(textField(command, "node"));
  if (!handheld) return `no handheld ${textField(command, "node")}`;
  if (command["do"] === undefined) return type(handheld, command, now);
  const known = Object.hasOwn(HANDHELD_DEEDS, deed) ? HANDHELD_DEEDS[deed] : undefined;
  return known ? known(handheld, command, now) : `a handheld cannot ${deed}`;
}
