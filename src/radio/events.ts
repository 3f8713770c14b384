// What the link tells and is told. The shapes of packets and reports are those of gateway/inputs.ts, which this room does
// not import: the radio's edge hands them on unchanged, and the compiler compares them there.

import type { NodeNum } from "#base/ids.ts";

/** A mesh packet as the radio handed it over; names are those of mesh.proto, absent numbers are 0. */
export interface MeshPacket {
  readonly from: NodeNum;
  readonly to: NodeNum;
  readonly id: number;
  /** Index 0–7; the channel's hash while `encrypted` is set. */
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  /** Set when the radio could not decrypt it; then portnum is 0 and payload empty. */
  readonly encrypted?: Uint8Array;
  /** Seconds since 1970 by the radio's clock; 0 when it had none. */
  readonly rxTime: number;
  /** dB. */
  readonly rxSnr: number;
  /** dBm; 0 when not heard by radio. */
  readonly rxRssi: number;
  readonly hopLimit: number;
  readonly hopStart: number;
  readonly wantAck: boolean;
  readonly viaMqtt: boolean;
  readonly pkiEncrypted: boolean;
  readonly publicKey?: Uint8Array;
  readonly xeddsaSigned: boolean;
  readonly requestId: number;
  readonly replyId: number;
  readonly emoji: number;
  readonly bitfield?: number;
  readonly relayNode: number;
}

/** Names are valid UTF-8 and otherwise as they came. */
export interface NodeInfo {
  readonly num: NodeNum;
  readonly longName?: string;
  readonly shortName?: string;
  readonly publicKey?: Uint8Array;
  readonly hwModel?: number;
  readonly role?: number;
  readonly isUnmessagable?: boolean;
  readonly snr?: number;
  readonly lastHeard?: number;
  readonly hopsAway?: number;
  readonly viaMqtt?: boolean;
  readonly isFavorite?: boolean;
}

interface Position {
  readonly latitudeI?: number;
  readonly longitudeI?: number;
  readonly altitude?: number;
  readonly time?: number;
  readonly precisionBits?: number;
}

interface Waypoint {
  readonly id: number;
  readonly latitudeI?: number;
  readonly longitudeI?: number;
  readonly expire?: number;
  readonly lockedTo?: number;
  readonly name: string;
  readonly description: string;
  readonly icon?: number;
}

export interface Telemetry {
  readonly time?: number;
  readonly batteryLevel?: number;
  readonly voltage?: number;
  readonly channelUtilization?: number;
  readonly airUtilTx?: number;
  readonly uptimeSeconds?: number;
  readonly numPacketsTx?: number;
  readonly numPacketsRx?: number;
  readonly numPacketsRxBad?: number;
  readonly numOnlineNodes?: number;
  readonly numTotalNodes?: number;
  readonly numRxDupe?: number;
  readonly numTxRelay?: number;
  readonly numTxDropped?: number;
}

export type PortBody =
  | { readonly kind: "routing"; readonly error: number }
  | { readonly kind: "node-info"; readonly node: NodeInfo }
  | { readonly kind: "position"; readonly position: Position }
  | { readonly kind: "waypoint"; readonly waypoint: Waypoint }
  | { readonly kind: "telemetry"; readonly telemetry: Telemetry }
  | { readonly kind: "store-forward"; readonly rr: number; readonly text?: Uint8Array };

/** `raw`: the bytes of the MeshPacket protobuf, exactly as the radio sent them. */
export interface PacketEvent {
  readonly kind: "radio";
  readonly raw: Uint8Array;
  readonly packet: MeshPacket;
  readonly body?: PortBody;
  readonly replayed: boolean;
}

export type LinkState = "down" | "opening" | "configuring" | "ready" | "silent";

export interface ChannelInfo {
  readonly index: number;
  readonly name: string;
  readonly role: "disabled" | "primary" | "secondary";
  /** 0 = none, 1 = a public default key, 16 or 32 = a key of one's own. The key itself stays here. */
  readonly pskLength: number;
}

export interface RadioInfo {
  readonly node: NodeNum;
  readonly longName?: string;
  readonly shortName?: string;
  readonly publicKey?: Uint8Array;
  readonly firmware: string;
  readonly hwModel?: number;
  readonly role?: number;
  readonly region: string;
  readonly modemPreset: string;
  readonly hopLimit: number;
  readonly rebootCount: number;
  readonly channels: readonly ChannelInfo[];
  readonly nodes: readonly NodeInfo[];
}

/** Facts that the gateway is told as they are. */
export type LinkReport =
  | { readonly kind: "radio-state"; readonly state: LinkState; readonly reason: string }
  | { readonly kind: "radio-configured"; readonly info: RadioInfo }
  | { readonly kind: "radio-node"; readonly node: NodeInfo }
  | { readonly kind: "radio-rebooted" }
  | { readonly kind: "radio-notification"; readonly level: number; readonly text: string; readonly replyId: number }
  | {
      readonly kind: "queue-status";
      readonly packetId: number;
      readonly res: number;
      readonly free: number;
      readonly maxlen: number;
    }
  | { readonly kind: "mesh-written"; readonly sendId: number; readonly written: boolean; readonly reason?: string };

/** What only the holder of the port can do for a link that has gone quiet. */
export type Remedy = "reopen" | "toggle-dtr";

/** Our own radio answers an AdminMessage: with one of its own, or on the routing port with an error or none. */
export interface AdminAnswer {
  readonly kind: "admin-answer";
  readonly requestId: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
}

export type RadioEvent =
  | PacketEvent
  | LinkReport
  | AdminAnswer
  /** Console text of the radio, in pieces as it came, lines not assembled. */
  | { readonly kind: "console"; readonly bytes: Uint8Array }
  | { readonly kind: "remedy"; readonly remedy: Remedy; readonly reason: string }
  /** For the log. Never holds keys, names or texts. */
  | { readonly kind: "note"; readonly words: string };

/** One packet to be handed to the radio, as gateway/inputs.ts has it. */
export interface Send {
  readonly sendId: number;
  readonly packetId: number;
  readonly to: NodeNum;
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  readonly wantAck: boolean;
  readonly wantResponse: boolean;
  readonly hopLimit: number;
  readonly pkiEncrypted: boolean;
  readonly publicKey?: Uint8Array;
  readonly replyId: number;
  readonly emoji: number;
  readonly priority: number;
}

export type LinkRequest =
  | { readonly kind: "add-contact"; readonly node: NodeInfo }
  /** Our own NodeInfo to this node, wanting its: afterwards both radios know each other's key. */
  | { readonly kind: "exchange-keys"; readonly node: NodeNum }
  /** Broadcast our own NodeInfo. */
  | { readonly kind: "announce" };

/** One write to the port. `sendId` names the send that it carries, if any. */
export interface Write {
  readonly bytes: Uint8Array;
  readonly sendId?: number;
}
