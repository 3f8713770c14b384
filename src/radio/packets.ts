// Mesh packets between the radio's protobuf and our words. A payload that cannot be read by its port's schema stays bytes:
// the packet is handed on all the same. Reading is lenient about text (broken UTF-8 becomes U+FFFD) and about nothing else.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";

import { BROADCAST, nodeId, nodeNum } from "#base/ids.ts";
import type { NodeNum } from "#base/ids.ts";

import type { MeshPacket, NodeInfo, PacketEvent, PortBody, Send, Telemetry } from "./events.ts";
import {
  DataSchema,
  MeshPacketSchema,
  PORT,
  PositionSchema,
  RoutingSchema,
  StoreAndForwardSchema,
  TelemetrySchema,
  unknownVarint,
  UserSchema,
  WaypointSchema,
} from "./schemas.ts";
import type { MeshPacketMessage, NodeInfoMessage, TelemetryMessage, User } from "./schemas.ts";

/** MeshPacket fields that the npm schemas lack: transport_mechanism since 2.7.5, xeddsa_signed since 2.8. */
const TRANSPORT_FIELD = 21;
const XEDDSA_SIGNED_FIELD = 22;
/** LocalStats.num_tx_dropped, in the firmware's schema but not in npm's. */
const NUM_TX_DROPPED_FIELD = 14;

const TRANSPORT_LORA = 1;
const PRIORITY_BACKGROUND = 10;
const KEY_LENGTH = 32;

/** Reads a message; undefined where the bytes are not one. */
export function read<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> | undefined {
  try {
    return fromBinary(schema, bytes);
  } catch {
    return undefined;
  }
}

/** The fields that have a value. */
function present<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  const found: Partial<T> = {};
  for (const key in fields) if (fields[key] !== undefined) found[key] = fields[key];
  return found;
}

function keyOf(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === KEY_LENGTH ? bytes : undefined;
}

/** A packet as an event. `raw` are the bytes that `message` was read from. */
export function packetEvent(raw: Uint8Array, message: MeshPacketMessage): PacketEvent {
  const packet = packetOf(message);
  const body = packet.encrypted ? undefined : bodyOf(packet);
  return { kind: "radio", raw, packet, ...(body && { body }), replayed: isReplay(message, packet) };
}

function packetOf(message: MeshPacketMessage): MeshPacket {
  const variant = message.payloadVariant;
  const data = variant.case === "decoded" ? variant.value : undefined;
  return {
    from: nodeNum(message.from),
    to: nodeNum(message.to),
    id: message.id,
    channel: message.channel,
    portnum: data?.portnum ?? 0,
    payload: data?.payload ?? new Uint8Array(0),
    rxTime: message.rxTime,
    rxSnr: message.rxSnr,
    rxRssi: message.rxRssi,
    hopLimit: message.hopLimit,
    hopStart: message.hopStart,
    wantAck: message.wantAck,
    viaMqtt: message.viaMqtt,
    pkiEncrypted: message.pkiEncrypted,
    xeddsaSigned: unknownVarint(message, XEDDSA_SIGNED_FIELD) !== 0,
    requestId: data?.requestId ?? 0,
    replyId: data?.replyId ?? 0,
    emoji: data?.emoji ?? 0,
    relayNode: message.relayNode,
    ...present<Pick<MeshPacket, "encrypted" | "publicKey" | "bitfield">>({
      encrypted: variant.case === "encrypted" ? variant.value : undefined,
      publicKey: keyOf(message.publicKey),
      bitfield: data?.bitfield,
    }),
  };
}

const REPLAYED_PORTS: ReadonlySet<number> = new Set([PORT.position, PORT.telemetry, PORT.nodeStatus]);

/**
 * Firmware 2.8 hands over what it remembers of others' positions, telemetry and status after the handshake, looking like
 * live traffic but for two marks that no packet off the air has: a priority (it never travels) and LoRa without a signal.
 */
function isReplay(message: MeshPacketMessage, packet: MeshPacket): boolean {
  return (
    REPLAYED_PORTS.has(packet.portnum) &&
    packet.to === BROADCAST &&
    message.priority === PRIORITY_BACKGROUND &&
    packet.rxRssi === 0 &&
    unknownVarint(message, TRANSPORT_FIELD) === TRANSPORT_LORA
  );
}

type BodyReader = (payload: Uint8Array, from: NodeNum) => PortBody | undefined;

const BODIES: Readonly<Record<number, BodyReader>> = {
  [PORT.routing]: (payload) => {
    const routing = read(RoutingSchema, payload);
    if (!routing) return undefined;
    return { kind: "routing", error: routing.variant.case === "errorReason" ? routing.variant.value : 0 };
  },
  [PORT.nodeInfo]: (payload, from) => {
    const user = read(UserSchema, payload);
    return user && { kind: "node-info", node: { num: from, ...ownerOf(user) } };
  },
  [PORT.position]: (payload) => {
    const position = read(PositionSchema, payload);
    if (!position) return undefined;
    const { latitudeI, longitudeI, altitude, time, precisionBits } = position;
    return { kind: "position", position: present({ latitudeI, longitudeI, altitude, time, precisionBits }) };
  },
  [PORT.waypoint]: (payload) => {
    const waypoint = read(WaypointSchema, payload);
    if (!waypoint) return undefined;
    const { id, name, description, latitudeI, longitudeI, expire, lockedTo, icon } = waypoint;
    const rest = present({ latitudeI, longitudeI, expire, lockedTo, icon });
    return { kind: "waypoint", waypoint: { id, name, description, ...rest } };
  },
  [PORT.telemetry]: (payload) => {
    const telemetry = read(TelemetrySchema, payload);
    return telemetry && { kind: "telemetry", telemetry: telemetryOf(telemetry) };
  },
  [PORT.storeForward]: (payload) => {
    const message = read(StoreAndForwardSchema, payload);
    if (!message) return undefined;
    const text = message.variant.case === "text" ? message.variant.value : undefined;
    return { kind: "store-forward", rr: message.rr, ...(text && { text }) };
  },
};

function bodyOf(packet: MeshPacket): PortBody | undefined {
  return BODIES[packet.portnum]?.(packet.payload, packet.from);
}

function telemetryOf(message: TelemetryMessage): Telemetry {
  const { time, variant } = message;
  if (variant.case === "deviceMetrics") {
    const { batteryLevel, voltage, channelUtilization, airUtilTx, uptimeSeconds } = variant.value;
    return present<Telemetry>({ time, batteryLevel, voltage, channelUtilization, airUtilTx, uptimeSeconds });
  }
  if (variant.case !== "localStats") return { time };
  const stats = variant.value;
  return {
    time,
    channelUtilization: stats.channelUtilization,
    airUtilTx: stats.airUtilTx,
    uptimeSeconds: stats.uptimeSeconds,
    numPacketsTx: stats.numPacketsTx,
    numPacketsRx: stats.numPacketsRx,
    numPacketsRxBad: stats.numPacketsRxBad,
    numOnlineNodes: stats.numOnlineNodes,
    numTotalNodes: stats.numTotalNodes,
    numRxDupe: stats.numRxDupe,
    numTxRelay: stats.numTxRelay,
    numTxDropped: unknownVarint(stats, NUM_TX_DROPPED_FIELD),
  };
}

function ownerOf(user: User): Omit<NodeInfo, "num"> {
  const { longName, shortName, hwModel, role, isUnmessagable } = user;
  return present<Omit<NodeInfo, "num">>({
    longName: longName || undefined,
    shortName: shortName || undefined,
    publicKey: keyOf(user.publicKey),
    hwModel,
    role,
    isUnmessagable,
  });
}

/** What the radio's own list of nodes says of one. */
export function nodeOf(message: NodeInfoMessage): NodeInfo {
  const { snr, lastHeard, hopsAway, viaMqtt, isFavorite } = message;
  return {
    num: nodeNum(message.num),
    ...(message.user && ownerOf(message.user)),
    ...present<Omit<NodeInfo, "num">>({ snr, lastHeard, hopsAway, viaMqtt, isFavorite }),
  };
}

/** The owner's card of a node, for the radio's list of contacts. */
export function userOf(node: NodeInfo): User {
  return create(UserSchema, {
    id: nodeId(node.num),
    longName: node.longName ?? "",
    shortName: node.shortName ?? "",
    hwModel: node.hwModel ?? 0,
    role: node.role ?? 0,
    ...(node.publicKey && { publicKey: node.publicKey }),
    ...(node.isUnmessagable !== undefined && { isUnmessagable: node.isUnmessagable }),
  });
}

/**
 * A send as the radio's protobuf. `from` is our own number: the radio answers a text that comes too soon with an error
 * packet addressed to it, and to nobody when it is 0.
 */
export function packetMessage(send: Send, from: NodeNum): MeshPacketMessage {
  const { portnum, payload, wantResponse, replyId, emoji } = send;
  return create(MeshPacketSchema, {
    from,
    to: send.to,
    id: send.packetId,
    channel: send.channel,
    payloadVariant: {
      case: "decoded",
      value: create(DataSchema, { portnum, payload, wantResponse, replyId, emoji }),
    },
    hopLimit: send.hopLimit,
    wantAck: send.wantAck,
    priority: send.priority,
    pkiEncrypted: send.pkiEncrypted,
    ...(send.publicKey && { publicKey: send.publicKey }),
  });
}

/** Our own card to another node, asking for its: they then know each other's key. Never encrypted to a key, by its port. */
export function introduction(own: NodeInfo, to: NodeNum, id: number, hopLimit: number): MeshPacketMessage {
  const payload = bytesOf(UserSchema, userOf(own));
  const data = create(DataSchema, { portnum: PORT.nodeInfo, payload, wantResponse: true });
  const payloadVariant = { case: "decoded" as const, value: data };
  return create(MeshPacketSchema, { from: own.num, to, id, hopLimit, wantAck: true, payloadVariant });
}

export function bytesOf<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return toBinary(schema, message);
}
