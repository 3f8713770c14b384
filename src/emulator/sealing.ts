// From what an app wants said to what flies: which secret closes the packet, whether it fits, whether it is signed.
// And back: whether a radio can open what it hears. (meshtastic-facts 2.2, 2.7, 2.9, 7.2.)

import { toHex } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { BROADCAST } from "#base/ids.ts";
import type { Parsed } from "#base/parsed.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Random } from "#base/random.ts";
import { below } from "#base/random.ts";
import { HEADER_BYTES, MAX_FRAME_BYTES } from "./airtime.ts";
import { CHANNEL_ROLE, channelSeal } from "./channels.ts";
import type { Firmware } from "./identity.ts";
import type { NodeDb } from "./node-db.ts";
import type { Frame, Seal } from "./packet.ts";
import { PORT, ROUTING_ERROR } from "./packet.ts";
import type { WireChannel, WireData, WirePacket } from "./proto.ts";
import { encode } from "./proto.ts";

const MAX_DATA_BYTES = MAX_FRAME_BYTES - HEADER_BYTES;
/** 8 bytes of authentication and 4 of nonce. */
const PKI_OVERHEAD = 12;
const SIGNATURE_BYTES = 64;
/** Data.bitfield: the sender wants a response. */
const BITFIELD_WANT_RESPONSE = 2;
/** Ports whose unicasts stay under the channel's key. */
const NEVER_PKI: readonly number[] = [PORT.traceroute, PORT.nodeInfo, PORT.routing, PORT.position];

/** What a radio knows when it seals or opens. */
export interface Keyring {
  readonly num: NodeNum;
  /** Its own public key, hexadecimal. */
  readonly key: string;
  readonly firmware: Firmware;
  readonly channels: readonly WireChannel[];
  /** The name of a channel that has none. */
  readonly presetName: string;
  readonly nodes: NodeDb;
}

export interface Sealed {
  readonly seal: Seal;
  readonly data: WireData;
  /** Bytes on the air, header included. */
  readonly length: number;
}

function sealFor(ring: Keyring, packet: WirePacket, to: NodeNum): Parsed<Seal, number> {
  const portnum = packet.decoded?.portnum ?? 0;
  const pki = packet.pkiEncrypted === true || (to !== BROADCAST && !NEVER_PKI.includes(portnum));
  if (pki) {
    const known = ring.nodes.keyOf(to);
    if (known === undefined) return refused(ROUTING_ERROR.pkiSendFailPublicKey);
    const wanted = packet.publicKey && packet.publicKey.length > 0 ? toHex(packet.publicKey) : known;
    if (wanted !== known) return refused(ROUTING_ERROR.pkiFailed);
    return parsed({ kind: "pki", senderKey: ring.key, receiverKey: known });
  }
  const channel = ring.channels[packet.channel ?? 0];
  if (!channel || (channel.role ?? 0) === CHANNEL_ROLE.disabled) return refused(ROUTING_ERROR.noChannel);
  return parsed(channelSeal(channel, ring.presetName));
}

/** Closes a packet of one's own; the refusal is a Routing.Error. */
export function seal(ring: Keyring, packet: WirePacket, to: NodeNum, random: Random): Parsed<Sealed, number> {
  const wanted = packet.decoded ?? {};
  const chosen = sealFor(ring, packet, to);
  if (!chosen.ok) return chosen;
  let data: WireData = { ...wanted, bitfield: wanted.wantResponse ? BITFIELD_WANT_RESPONSE : 0 };
  let bytes = encode("Data", data).length;
  if (ring.firmware === "2.8" && to === BROADCAST && bytes + SIGNATURE_BYTES + 2 <= MAX_DATA_BYTES) {
    const xeddsaSignature = Uint8Array.from({ length: SIGNATURE_BYTES }, () => below(random, 256));
    data = { ...data, xeddsaSignature };
    bytes += SIGNATURE_BYTES + 2;
  }
  if (chosen.value.kind === "pki") bytes += PKI_OVERHEAD;
  if (bytes > MAX_DATA_BYTES) return refused(ROUTING_ERROR.tooLarge);
  return parsed({ seal: chosen.value, data, length: HEADER_BYTES + bytes });
}

export interface Opened {
  readonly data: WireData;
  /** Index in the receiver's table; 0 for a direct message under keys. */
  readonly channel: number;
  /** The sender's key, hexadecimal, when it authenticated the packet. */
  readonly pkiKey?: string;
}

/** Opens a frame as `ring` can; the refusal is the Routing.Error that its sender is told. */
export function open(ring: Keyring, frame: Frame): Parsed<Opened, number> {
  if (frame.seal.kind === "pki") {
    const { senderKey, receiverKey } = frame.seal;
    if (frame.to !== ring.num || receiverKey !== ring.key) return refused(ROUTING_ERROR.noChannel);
    if (ring.nodes.keyOf(frame.from) !== senderKey) return refused(ROUTING_ERROR.pkiUnknownPubkey);
    return parsed({ data: frame.data, channel: 0, pkiKey: senderKey });
  }
  const secret = frame.seal.secret;
  const index = ring.channels.findIndex(
    (channel) =>
      (channel.role ?? 0) !== CHANNEL_ROLE.disabled && channelSeal(channel, ring.presetName).secret === secret,
  );
  return index < 0 ? refused(ROUTING_ERROR.noChannel) : parsed({ data: frame.data, channel: index });
}
