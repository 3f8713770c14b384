// The admin protocol towards the radio on our own port: questions that it answers with a part of its settings, orders that it
// acknowledges (firmware modules/AdminModule.cpp; meshtastic-facts 2.8). Bytes in, bytes out; who waits how long for what is
// the caller's business.
//
// Our own radio needs no key for that unless it is managed. Its answers carry a session key all the same, which orders give
// back: firmware that asks for one gets it. Between `begin` and `commit` the radio keeps changes in memory: a restart
// without `commit` undoes them.

import { sameBytes, textOf, utf8 } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { aNumber, aPart, bytesIn, fieldNumbers, withBytes } from "./bare.ts";
import { CHANNEL_COUNT, CONFIG_PARTS, MODULE_PARTS } from "./settings.ts";
import type { RadioSettings } from "./settings.ts";

/** Field numbers of AdminMessage. */
const ADMIN = {
  channelRequest: 1,
  channelResponse: 2,
  ownerRequest: 3,
  ownerResponse: 4,
  configRequest: 5,
  configResponse: 6,
  moduleRequest: 7,
  moduleResponse: 8,
  cannedRequest: 10,
  cannedResponse: 11,
  setOwner: 32,
  setChannel: 33,
  setConfig: 34,
  setModule: 35,
  setCanned: 36,
  setFavourite: 39,
  begin: 64,
  commit: 65,
  addContact: 66,
  reboot: 97,
  passkey: 101,
} as const;

export interface Question {
  /** For people: "lora", "channel 1". */
  readonly about: string;
  readonly message: Uint8Array;
  /** The part of the settings in an answer; undefined when the message is no answer to this. */
  readonly read: (answer: Uint8Array) => Uint8Array | undefined;
}

const inside = (response: number, part: number) => (answer: Uint8Array) => {
  const found = bytesIn(answer, response);
  return found && bytesIn(found, part);
};

export const ASK = {
  owner: (): Question => ({
    about: "owner",
    message: aNumber(ADMIN.ownerRequest, 1),
    read: (answer) => bytesIn(answer, ADMIN.ownerResponse),
  }),
  channel: (index: number): Question => ({
    about: `channel ${index}`,
    message: aNumber(ADMIN.channelRequest, index + 1),
    read: (answer) => bytesIn(answer, ADMIN.channelResponse),
  }),
  config: (part: number): Question => ({
    about: CONFIG_PARTS[part] ?? `config ${part}`,
    message: aNumber(ADMIN.configRequest, part - 1),
    read: inside(ADMIN.configResponse, part),
  }),
  module: (part: number): Question => ({
    about: MODULE_PARTS[part] ?? `module ${part}`,
    message: aNumber(ADMIN.moduleRequest, part - 1),
    read: inside(ADMIN.moduleResponse, part),
  }),
  canned: (): Question => ({
    about: "canned messages",
    message: aNumber(ADMIN.cannedRequest, 1),
    read: (answer) => bytesIn(answer, ADMIN.cannedResponse),
  }),
} as const;

/** An order as an AdminMessage; `about` for people. */
export interface Order {
  readonly about: string;
  readonly message: Uint8Array;
}

export const ORDER = {
  begin: (): Order => ({ about: "begin", message: aNumber(ADMIN.begin, 1) }),
  commit: (): Order => ({ about: "commit", message: aNumber(ADMIN.commit, 1) }),
  /** Restarts the radio after so many seconds. */
  reboot: (seconds: number): Order => ({ about: "restart", message: aNumber(ADMIN.reboot, seconds) }),
  /** A node that the radio shall never forget in favour of others. */
  favourite: (node: NodeNum): Order => ({ about: "favourite", message: aNumber(ADMIN.setFavourite, node) }),
  /** A SharedContact: the node becomes known with its key, and a favourite. */
  contact: (contact: Uint8Array): Order => ({ about: "contact", message: aPart(ADMIN.addContact, contact) }),
} as const;

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && sameBytes(a, b);
}

/** What has to be ordered to bring a radio from one state of its settings to another; nothing where they are the same. */
export function ordersBetween(now: RadioSettings, wanted: RadioSettings): Order[] {
  const orders: Order[] = [];
  const parts = [
    [now.config, wanted.config, ADMIN.setConfig, CONFIG_PARTS],
    [now.modules, wanted.modules, ADMIN.setModule, MODULE_PARTS],
  ] as const;
  for (const [before, after, order, names] of parts)
    for (const [part, bytes] of after)
      if (!same(before.get(part), bytes))
        orders.push({ about: names[part] ?? `part ${part}`, message: aPart(order, aPart(part, bytes)) });
  wanted.channels.forEach((bytes, index) => {
    if (!same(now.channels[index], bytes))
      orders.push({ about: `channel ${index}`, message: aPart(ADMIN.setChannel, bytes) });
  });
  if (!same(now.owner, wanted.owner)) orders.push({ about: "owner", message: aPart(ADMIN.setOwner, wanted.owner) });
  if (now.canned !== wanted.canned)
    orders.push({ about: "canned messages", message: aPart(ADMIN.setCanned, utf8(wanted.canned)) });
  return orders;
}

export type AdminVerb = Exclude<keyof typeof ADMIN, "passkey" | `${string}Response`>;

const VERBS = new Map<number, AdminVerb>(
  Object.entries(ADMIN).flatMap(([name, no]) =>
    name === "passkey" || name.endsWith("Response") ? [] : [[no, name as AdminVerb] as const],
  ),
);

/** What a question or an order of ours wants; undefined for any other AdminMessage, and for bytes that are none. */
export function verbIn(message: Uint8Array): AdminVerb | undefined {
  const [no, ...more] = fieldNumbers(message).filter((each) => each !== ADMIN.passkey);
  return no === undefined || more.length > 0 ? undefined : VERBS.get(no);
}

/** A question leaves the radio as it is. */
export function isQuestion(verb: AdminVerb): boolean {
  return verb.endsWith("Request");
}

/** Everything there is to ask, in the order in which a whole reading asks it. */
export function everyQuestion(): Question[] {
  return [
    ASK.owner(),
    ...Array.from({ length: CHANNEL_COUNT }, (_, index) => ASK.channel(index)),
    ...Object.keys(CONFIG_PARTS).map((part) => ASK.config(Number(part))),
    ...Object.keys(MODULE_PARTS).map((part) => ASK.module(Number(part))),
    ASK.canned(),
  ];
}

/** The settings from the answers to `everyQuestion`, by `about`. Absent answers are parts that the radio does not have. */
export function settingsFrom(answers: ReadonlyMap<string, Uint8Array>): RadioSettings {
  const pick = (names: Readonly<Record<number, string>>): Map<number, Uint8Array> =>
    new Map(
      Object.entries(names).flatMap(([part, name]) => {
        const bytes = answers.get(name);
        return bytes ? [[Number(part), bytes] as const] : [];
      }),
    );
  const nothing = new Uint8Array(0);
  return {
    owner: answers.get("owner") ?? nothing,
    channels: Array.from({ length: CHANNEL_COUNT }, (_, index) => answers.get(`channel ${index}`) ?? nothing),
    config: pick(CONFIG_PARTS),
    modules: pick(MODULE_PARTS),
    canned: textOf(answers.get("canned messages") ?? nothing),
  };
}

/** The session key of an answer, 8 bytes. */
export function passkeyIn(answer: Uint8Array): Uint8Array | undefined {
  return bytesIn(answer, ADMIN.passkey);
}

export function withPasskey(message: Uint8Array, passkey: Uint8Array | undefined): Uint8Array {
  return passkey ? withBytes(message, ADMIN.passkey, passkey) : message;
}
