// What one radio hands to another by a link or a QR code: its channels with their keys, and who it is.
//
// The forms are Meshtastic's: https://meshtastic.org/e/# + base64url(ChannelSet{settings 1…, lora_config 2}) replaces a
// radio's channels, and https://meshtastic.org/v/# + base64url(SharedContact{node_num 1, user 2}) makes a contact. Everything
// after the # stays in the phone. A channel link holds the keys: who has it is a member.

import { concatBytes } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { aNumber, aPart, bytesIn, everyIn, isMessage, numberIn, withBytes } from "./bare.ts";
import { channelIn, channelOfSettings, settingsOfChannel } from "./settings.ts";
import type { RadioSettings } from "./settings.ts";

const CHANNELS = "https://meshtastic.org/e/#";
const CONTACT = "https://meshtastic.org/v/#";
const CHANNEL_SET = { settings: 1, lora: 2 } as const;
const LORA_PART = 6;
const SHARED_CONTACT = { node: 1, user: 2 } as const;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

/** The link by which another radio joins: every channel that is switched on, and the LoRa settings. */
export function channelUrl(settings: RadioSettings): string {
  const on = settings.channels.filter((channel) => channelIn(channel).role !== "disabled");
  const parts = on.map((channel) => aPart(CHANNEL_SET.settings, settingsOfChannel(channel)));
  const lora = aPart(CHANNEL_SET.lora, settings.config.get(LORA_PART) ?? new Uint8Array(0));
  return CHANNELS + base64url(concatBytes([...parts, lora]));
}

export interface SharedChannels {
  /** Channel messages from index 0 on. */
  readonly channels: readonly Uint8Array[];
  readonly lora: Uint8Array | undefined;
}

/** Reads a link that replaces a radio's channels; words when it is none. */
export function readChannelUrl(url: string): SharedChannels | string {
  const bytes = payloadOf(url, CHANNELS);
  if (typeof bytes === "string") return bytes;
  const settings = everyIn(bytes, CHANNEL_SET.settings);
  if (settings.length === 0 || settings.length > 8 || !settings.every(isMessage)) return "it holds no channels";
  const channels = settings.map((each, index) => channelOfSettings(index, each));
  return { channels, lora: bytesIn(bytes, CHANNEL_SET.lora) };
}

/** The link by which another radio learns who this one is and what its key is, before they have heard each other. */
export function contactUrl(node: NodeNum, owner: Uint8Array): string {
  return CONTACT + base64url(withBytes(aNumber(SHARED_CONTACT.node, node), SHARED_CONTACT.user, owner));
}

/** The SharedContact of such a link, and its node; words when it is none. */
export function readContactUrl(url: string): { readonly contact: Uint8Array; readonly node: number } | string {
  const contact = payloadOf(url, CONTACT);
  if (typeof contact === "string") return contact;
  const node = numberIn(contact, SHARED_CONTACT.node);
  return node === undefined || node <= 3 ? "it names no radio" : { contact, node };
}

function payloadOf(url: string, form: string): Uint8Array | string {
  const at = url.indexOf("#");
  const path = form.slice("https://".length, -1);
  if (
    at === -1 ||
    !url
      .slice(0, at)
      .replace(/^https?:\/\//i, "")
      .toLowerCase()
      .startsWith(path.slice(0, -1))
  )
    return `it does not begin with ${form}`;
  const bytes = new Uint8Array(Buffer.from(url.slice(at + 1), "base64url"));
  return bytes.length > 0 && isMessage(bytes) ? bytes : "what follows the # is cut off or mistyped";
}
