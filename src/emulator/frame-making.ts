// From packets to frames and back: what an app wants said, acks and NAKs, and what an app is handed of what was heard.

import type { NodeNum } from "#base/ids.ts";
import { BROADCAST } from "#base/ids.ts";
import { channelSeal } from "./channels.ts";
import type { Frame, Reception } from "./packet.ts";
import { PORT, PRIORITY, ROUTING_ERROR, TRANSPORT_LORA, isRouting, packetKey } from "./packet.ts";
import type { WirePacket } from "./proto.ts";
import { encode } from "./proto.ts";
import { HOP_LIMIT, priorityOf, responseHops } from "./router-rules.ts";
import type { Keyring, Sealed } from "./sealing.ts";

/** An app's packet, closed; `nextHop`: the last byte of who is to relay it, 0 for all. */
export function appFrame(from: NodeNum, to: NodeNum, packet: WirePacket, sealed: Sealed, nextHop: number): Frame {
  const id = packet.id ?? 0;
  const given = packet.hopLimit ?? 0;
  const hops = given === 0 && packet.wantAck ? HOP_LIMIT : given;
  return {
    from,
    to,
    id,
    key: packetKey(from, id),
    hopLimit: hops,
    hopStart: hops,
    wantAck: packet.wantAck === true && to !== BROADCAST,
    relayNode: from & 0xff,
    nextHop,
    seal: sealed.seal,
    data: sealed.data,
    length: sealed.length,
    priority: priorityOf(packet),
  };
}

/** Acks and NAKs travel under the primary channel's key with two hops to spare; acks of acks do not travel at all. */
export function routingFrame(ring: Keyring, question: Frame, id: number, errorReason: number, nextHop: number): Frame {
  const ofAnAck = isRouting(question);
  const hopLimit = ofAnAck ? 0 : responseHops(question);
  return {
    from: ring.num,
    to: question.from,
    id,
    key: packetKey(ring.num, id),
    hopLimit,
    hopStart: hopLimit,
    // The ack of a text is itself acknowledged (since 2.7.12).
    wantAck: question.data.portnum === PORT.text && errorReason === ROUTING_ERROR.none,
    relayNode: ofAnAck ? 0 : ring.num & 0xff,
    nextHop: ofAnAck ? 0 : nextHop,
    seal: question.seal.kind === "channel" ? question.seal : channelSeal(ring.channels[0]!, ring.presetName),
    data: { portnum: PORT.routing, payload: encode("Routing", { errorReason }), requestId: question.id, bitfield: 0 },
    // 16 bytes of header; port, payload, request id and bitfield make 13.
    length: 29,
    priority: PRIORITY.ack,
  };
}

/** What an app is told of a frame, without its content; `rxTime` in seconds by the radio's clock. */
export function receivedPacket(frame: Frame, reception: Reception, rxTime: number): WirePacket {
  const { from, to, id, hopLimit, hopStart, wantAck, nextHop, relayNode } = frame;
  const { snr: rxSnr, rssi: rxRssi } = reception;
  const transportMechanism = TRANSPORT_LORA;
  return { from, to, id, rxTime, rxSnr, rxRssi, hopLimit, hopStart, wantAck, nextHop, relayNode, transportMechanism };
}
