// What a host may ask of its own radio and order from it. A local host needs no key (meshtastic-facts 2.8).
//
// Settings are kept as they come, without the firmware's checks. As there, a new LoRa, network or module configuration
// restarts the radio, an owner or a channel does not; between begin and commit nothing is written down, and a restart
// forgets it (drafts.ts). The first region that a fresh radio is given makes its keys; that 2.8 then also changes its number
// is not emulated: it has had it from the start.

import { fromHex } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { nodeNum } from "#base/ids.ts";
import type { ConfigKind } from "./handshake.ts";
import { metadataOf } from "./handshake.ts";
import type { Firmware } from "./identity.ts";
import type { Drafts } from "./drafts.ts";
import type { MeshNode } from "./node.ts";
import type { Plain, WireChannel, WireUser } from "./proto.ts";

/** What admin messages can reach. */
export interface Administered {
  readonly node: MeshNode;
  readonly firmware: Firmware;
  readonly config: Record<ConfigKind, Plain>;
  readonly modules: Plain[];
  canned: Uint8Array;
  readonly drafts: Drafts;
  setClock(seconds: number, now: Millis): void;
  rebootAfter(delay: Millis, now: Millis): void;
}

type Order = (radio: Administered, value: never, now: Millis) => Plain | undefined;

const CONFIG_KINDS: readonly ConfigKind[] = [
  "device",
  "position",
  "power",
  "network",
  "display",
  "lora",
  "bluetooth",
  "security",
  "sessionkey",
  "deviceUi",
];
const RESTARTING: readonly string[] = ["lora", "network"];
/** Seen on real firmware: 4.5 to 7 s after set_config; the restart itself takes three of them. */
const RESTART_AFTER: Millis = 2000;

function restartUnlessOpen(radio: Administered, now: Millis): void {
  if (!radio.drafts.open) radio.rebootAfter(RESTART_AFTER, now);
}

/** A radio has no keys until it has a region (meshtastic-facts 7.1). */
function makeKeys(radio: Administered): void {
  const { security, lora } = radio.config;
  if (!lora["region"] || (security["privateKey"] as Uint8Array | undefined)?.length) return;
  const { publicKey, privateKey } = radio.node.identity;
  radio.config.security = { ...security, publicKey: fromHex(publicKey)!, privateKey: fromHex(privateKey)! };
  radio.node.user = { ...radio.node.user, publicKey: fromHex(publicKey)! };
}

function favourite(is: boolean): Order {
  return (radio, num: number) => {
    const entry = radio.node.nodes.find(nodeNum(num));
    if (entry) entry.favorite = is;
    return undefined;
  };
}

/** By the name of the message's variant: what is done, and what is answered. */
const ORDERS: Readonly<Record<string, Order>> = {
  getChannelRequest: (radio, index: number) => {
    const channel = radio.node.channels[index - 1];
    return channel && { getChannelResponse: channel };
  },
  getOwnerRequest: (radio) => ({ getOwnerResponse: radio.node.user }),
  getConfigRequest: (radio, type: number) => {
    const kind = CONFIG_KINDS[type];
    return kind && { getConfigResponse: { [kind]: radio.config[kind] } };
  },
  getModuleConfigRequest: (radio, type: number) => {
    const value = radio.modules[type];
    return value && { getModuleConfigResponse: value };
  },
  getCannedMessageModuleMessagesRequest: (radio) => ({ getCannedMessageModuleMessagesResponse: radio.canned }),
  getDeviceMetadataRequest: (radio) => ({ getDeviceMetadataResponse: metadataOf(radio.firmware) }),
  setOwner: (radio, user: WireUser) => {
    radio.node.user = {
      ...radio.node.user,
      ...(user.longName?.length ? { longName: user.longName } : {}),
      ...(user.shortName?.length ? { shortName: user.shortName } : {}),
      isUnmessagable: user.isUnmessagable === true,
    };
    radio.node.nodes.meet(radio.node.num).user = radio.node.user;
    return undefined;
  },
  setChannel: (radio, channel: WireChannel) => {
    const index = channel.index ?? 0;
    if (index >= 0 && index < radio.node.channels.length) radio.node.channels[index] = { ...channel, index };
    return undefined;
  },
  setConfig: (radio, config: Plain, now) => {
    for (const kind of CONFIG_KINDS) {
      const value = config[kind] as Plain | undefined;
      if (!value) continue;
      radio.config[kind] = value;
      if (kind === "lora") makeKeys(radio);
      if (RESTARTING.includes(kind)) restartUnlessOpen(radio, now);
    }
    return undefined;
  },
  setModuleConfig: (radio, module: Plain, now) => {
    const [kind, value] = Object.entries(module)[0] ?? [];
    const at = radio.modules.findIndex((each) => kind !== undefined && kind in each);
    if (at === -1 || kind === undefined) return undefined;
    radio.modules[at] = { [kind]: value };
    restartUnlessOpen(radio, now);
    return undefined;
  },
  setCannedMessageModuleMessages: (radio, text: Uint8Array) => {
    radio.canned = text;
    return undefined;
  },
  beginEditSettings: (radio) => {
    radio.drafts.begin(radio);
    return undefined;
  },
  commitEditSettings: (radio, _is, now) => {
    radio.drafts.commit();
    radio.rebootAfter(RESTART_AFTER, now);
    return undefined;
  },
  removeByNodenum: (radio, num: number) => {
    if (num !== radio.node.num) radio.node.nodes.forget(nodeNum(num));
    return undefined;
  },
  setFavoriteNode: favourite(true),
  removeFavoriteNode: favourite(false),
  setTimeOnly: (radio, seconds: number, now) => {
    radio.setClock(seconds, now);
    return undefined;
  },
  addContact: (radio, contact: { nodeNum?: number; user?: WireUser }) => {
    const entry = radio.node.nodes.meet(nodeNum(contact.nodeNum ?? 0));
    if (contact.user) entry.user = contact.user;
    entry.favorite = true;
    return undefined;
  },
  rebootSeconds: (radio, seconds: number, now) => {
    if (seconds >= 0) radio.rebootAfter(seconds * 1000, now);
    return undefined;
  },
};

/** Obeys; the answer, if there is one, is a variant of AdminMessage. What is not known is ignored. */
export function administer(radio: Administered, message: Plain, now: Millis): Plain | undefined {
  for (const [variant, value] of Object.entries(message)) {
    const order = ORDERS[variant];
    if (order) return order(radio, value as never, now);
  }
  return undefined;
}
