// The official Meshtastic schemas that we use, with types.
//
// npm's @meshtastic/core carries the schemas but its declarations point at a package whose own declarations do not exist,
// so everything from it is silently `any`. The shapes below are written by hand, once, after the descriptors; fields that
// we never touch are left out of the types (the codec keeps them all the same, also those it does not know, in `$unknown`).

import type { Message } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import { WireType } from "@bufbuild/protobuf/wire";
import { Protobuf } from "@meshtastic/js";

/** A oneof as the codec shows it: which case, and its value. */
type Oneof<Cases> =
  | { [Case in keyof Cases]: { case: Case; value: Cases[Case] } }[keyof Cases]
  | { case: undefined; value?: undefined };

type Data = Message<"meshtastic.Data"> & {
  portnum: number;
  payload: Uint8Array;
  wantResponse: boolean;
  requestId: number;
  replyId: number;
  emoji: number;
  bitfield?: number;
};

export type MeshPacketMessage = Message<"meshtastic.MeshPacket"> & {
  from: number;
  to: number;
  channel: number;
  payloadVariant: Oneof<{ decoded: Data; encrypted: Uint8Array }>;
  id: number;
  rxTime: number;
  rxSnr: number;
  hopLimit: number;
  wantAck: boolean;
  priority: number;
  rxRssi: number;
  viaMqtt: boolean;
  hopStart: number;
  publicKey: Uint8Array;
  pkiEncrypted: boolean;
  relayNode: number;
};

export type MyNodeInfo = Message<"meshtastic.MyNodeInfo"> & { myNodeNum: number; rebootCount: number };

export type User = Message<"meshtastic.User"> & {
  id: string;
  longName: string;
  shortName: string;
  hwModel: number;
  role: number;
  publicKey: Uint8Array;
  isUnmessagable?: boolean;
};

export type NodeInfoMessage = Message<"meshtastic.NodeInfo"> & {
  num: number;
  user?: User;
  snr: number;
  lastHeard: number;
  viaMqtt: boolean;
  hopsAway?: number;
  isFavorite: boolean;
};

type DeviceMetadata = Message<"meshtastic.DeviceMetadata"> & { firmwareVersion: string };

export type ChannelMessage = Message<"meshtastic.Channel"> & {
  index: number;
  settings?: Message<"meshtastic.ChannelSettings"> & { psk: Uint8Array; name: string };
  role: number;
};

export type LoRaConfig = Message<"meshtastic.Config.LoRaConfig"> & {
  usePreset: boolean;
  modemPreset: number;
  region: number;
  hopLimit: number;
};

type ConfigMessage = Message<"meshtastic.Config"> & {
  /** The other parts hold keys and are not for us. */
  payloadVariant: Oneof<{ lora: LoRaConfig }>;
};

export type QueueStatus = Message<"meshtastic.QueueStatus"> & {
  res: number;
  free: number;
  maxlen: number;
  meshPacketId: number;
};

export type ClientNotification = Message<"meshtastic.ClientNotification"> & {
  replyId?: number;
  level: number;
  message: string;
};

type LogRecord = Message<"meshtastic.LogRecord"> & { message: string; source: string; level: number };

/** Variants that we only recognise (that they came proves the session) have the type unknown. */
export type FromRadio = Message<"meshtastic.FromRadio"> & {
  payloadVariant: Oneof<{
    packet: MeshPacketMessage;
    myInfo: MyNodeInfo;
    nodeInfo: NodeInfoMessage;
    config: ConfigMessage;
    logRecord: LogRecord;
    configCompleteId: number;
    rebooted: boolean;
    moduleConfig: unknown;
    channel: ChannelMessage;
    queueStatus: QueueStatus;
    xmodemPacket: unknown;
    metadata: DeviceMetadata;
    mqttClientProxyMessage: unknown;
    fileInfo: unknown;
    clientNotification: ClientNotification;
    deviceuiConfig: unknown;
  }>;
};

type Heartbeat = Message<"meshtastic.Heartbeat">;

export type ToRadio = Message<"meshtastic.ToRadio"> & {
  payloadVariant: Oneof<{
    packet: MeshPacketMessage;
    wantConfigId: number;
    disconnect: boolean;
    heartbeat: Heartbeat;
  }>;
};

type Routing = Message<"meshtastic.Routing"> & {
  variant: Oneof<{ errorReason: number; routeRequest: unknown; routeReply: unknown }>;
};

type PositionMessage = Message<"meshtastic.Position"> & {
  latitudeI?: number;
  longitudeI?: number;
  altitude?: number;
  time: number;
  precisionBits: number;
};

type WaypointMessage = Message<"meshtastic.Waypoint"> & {
  id: number;
  latitudeI?: number;
  longitudeI?: number;
  expire: number;
  lockedTo: number;
  name: string;
  description: string;
  icon: number;
};

type DeviceMetrics = Message<"meshtastic.DeviceMetrics"> & {
  batteryLevel?: number;
  voltage?: number;
  channelUtilization?: number;
  airUtilTx?: number;
  uptimeSeconds?: number;
};

type LocalStats = Message<"meshtastic.LocalStats"> & {
  uptimeSeconds: number;
  channelUtilization: number;
  airUtilTx: number;
  numPacketsTx: number;
  numPacketsRx: number;
  numPacketsRxBad: number;
  numOnlineNodes: number;
  numTotalNodes: number;
  numRxDupe: number;
  numTxRelay: number;
};

export type TelemetryMessage = Message<"meshtastic.Telemetry"> & {
  time: number;
  variant: Oneof<{ deviceMetrics: DeviceMetrics; localStats: LocalStats; environmentMetrics: unknown }>;
};

type StoreAndForward = Message<"meshtastic.StoreAndForward"> & {
  rr: number;
  variant: Oneof<{ text: Uint8Array; stats: unknown; history: unknown; heartbeat: unknown }>;
};

type SharedContact = Message<"meshtastic.SharedContact"> & { nodeNum: number; user?: User };

export type AdminMessage = Message<"meshtastic.AdminMessage"> & {
  payloadVariant: Oneof<{
    getDeviceMetadataRequest: boolean;
    getDeviceMetadataResponse: DeviceMetadata;
    setTimeOnly: number;
    addContact: SharedContact;
    rebootSeconds: number;
  }>;
};

interface Library {
  readonly Mesh: {
    readonly FromRadioSchema: GenMessage<FromRadio>;
    readonly ToRadioSchema: GenMessage<ToRadio>;
    readonly MeshPacketSchema: GenMessage<MeshPacketMessage>;
    readonly DataSchema: GenMessage<Data>;
    readonly UserSchema: GenMessage<User>;
    readonly RoutingSchema: GenMessage<Routing>;
    readonly HeartbeatSchema: GenMessage<Heartbeat>;
    readonly PositionSchema: GenMessage<PositionMessage>;
    readonly WaypointSchema: GenMessage<WaypointMessage>;
  };
  readonly Admin: {
    readonly AdminMessageSchema: GenMessage<AdminMessage>;
    readonly SharedContactSchema: GenMessage<SharedContact>;
  };
  readonly Telemetry: { readonly TelemetrySchema: GenMessage<TelemetryMessage> };
  readonly StoreForward: { readonly StoreAndForwardSchema: GenMessage<StoreAndForward> };
}

const library = Protobuf as unknown as Library;

export const {
  FromRadioSchema,
  ToRadioSchema,
  MeshPacketSchema,
  DataSchema,
  UserSchema,
  RoutingSchema,
  HeartbeatSchema,
  PositionSchema,
  WaypointSchema,
} = library.Mesh;
export const { AdminMessageSchema, SharedContactSchema } = library.Admin;
export const { TelemetrySchema } = library.Telemetry;
export const { StoreAndForwardSchema } = library.StoreForward;

/** meshtastic.PortNum, the ones that we read or write ourselves. */
export const PORT = {
  position: 3,
  nodeInfo: 4,
  routing: 5,
  admin: 6,
  waypoint: 8,
  nodeStatus: 36,
  storeForward: 65,
  telemetry: 67,
} as const;

/** A varint field that the schema does not know, as firmware 2.8 has some: its lower 32 bits, 0 when absent. */
export function unknownVarint(message: Message, field: number): number {
  const data = message.$unknown?.findLast(
    (unknown) => unknown.no === field && unknown.wireType === WireType.Varint,
  )?.data;
  if (!data) return 0;
  let value = 0;
  for (let index = 0; index < data.length && index < 5; index++) value |= (data[index]! & 0x7f) << (7 * index);
  return value >>> 0;
}
