// The doors of the gateway: what may happen to it (inputs) and what it wants done (sends). Types only.
//
// Two kinds of input. An ARRIVAL is something that was said: it is committed to the inbox before anybody looks inside
// (`Door.accept`), and handled by a step afterwards; the death of the program after `accept` returned loses nothing, and what a
// homeserver brought outlives a power cut as well. A REPORT is a fact
// about the edges themselves (a send's outcome, the state of a link): it is handled at once, in a step of its own, and
// losing it with the process is harmless, because the next start finds out anew.

import type { Message } from "#domain/wire-words.ts";
import type { Millis } from "#base/clock.ts";
import type { NodeNum } from "#base/ids.ts";

// ───────────────────────────── arrivals ─────────────────────────────

/** A mesh packet as a radio handed it over; names are those of Meshtastic's mesh.proto. Absent numbers are 0. */
export interface MeshPacket {
  readonly from: NodeNum;
  readonly to: NodeNum;
  /** The sender's packet id; with `from` and the payload it names the packet. */
  readonly id: number;
  /** Channel index 0–7; the channel's hash while `encrypted` is set. */
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  /** Set when our radio could not decrypt the packet; then portnum is 0 and payload empty. */
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
  /** The radio decrypted it with the sender's public key: an authenticated sender. */
  readonly pkiEncrypted: boolean;
  readonly publicKey?: Uint8Array;
  /** Firmware 2.8 verified the sender's signature. */
  readonly xeddsaSigned: boolean;
  /** The packet this one answers at protocol level (acks, responses). */
  readonly requestId: number;
  /** The message this text replies to or taps back. */
  readonly replyId: number;
  /** Non-zero: the payload is a tapback for `replyId`. */
  readonly emoji: number;
  readonly bitfield?: number;
  readonly relayNode: number;
}

/** What a radio says about a node. Names come cleaned: valid UTF-8, but not defused for any display. */
export interface NodeInfo {
  readonly num: NodeNum;
  readonly longName?: string;
  readonly shortName?: string;
  readonly publicKey?: Uint8Array;
  readonly hwModel?: number;
  readonly role?: number;
  readonly isUnmessagable?: boolean;
  readonly snr?: number;
  /** Seconds since 1970 by the radio's clock; 0 unknown. */
  readonly lastHeard?: number;
  readonly hopsAway?: number;
  readonly viaMqtt?: boolean;
  readonly isFavorite?: boolean;
}

/** 1e-7 degrees; altitude in metres; time in seconds since 1970. */
export interface Position {
  readonly latitudeI?: number;
  readonly longitudeI?: number;
  readonly altitude?: number;
  readonly time?: number;
  readonly precisionBits?: number;
}

export interface Waypoint {
  readonly id: number;
  readonly latitudeI?: number;
  readonly longitudeI?: number;
  readonly expire?: number;
  readonly lockedTo?: number;
  readonly name: string;
  readonly description: string;
  readonly icon?: number;
}

/** Percentages as the radio reports them (0–100, battery 101 = USB powered); voltage in volts. */
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

/** The payload of the ports that the radio room can read; everything else stays bytes. */
export type PortBody =
  | { readonly kind: "routing"; readonly error: number }
  | { readonly kind: "node-info"; readonly node: NodeInfo }
  | { readonly kind: "position"; readonly position: Position }
  | { readonly kind: "waypoint"; readonly waypoint: Waypoint }
  | { readonly kind: "telemetry"; readonly telemetry: Telemetry }
  | { readonly kind: "store-forward"; readonly rr: number; readonly text?: Uint8Array };

/** One packet handed over by the radio. `raw` are the bytes of the MeshPacket protobuf, exactly. */
export interface RadioArrival {
  readonly kind: "radio";
  readonly raw: Uint8Array;
  readonly packet: MeshPacket;
  readonly body?: PortBody;
  /** Firmware 2.8 replays cached positions and telemetry after the handshake; that is not live traffic. */
  readonly replayed: boolean;
}

/** One event of a bridged or operators' room, as JSON; `event.event_id`, `sender`, `type`, `content` as the server sent them. */
export interface MatrixArrival {
  readonly kind: "matrix";
  readonly uplink: string;
  readonly room: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** The sender's right to speak, read from the room's state when the event came: undefined when not known. */
  readonly senderMaySpeak?: boolean;
  /** The sender's right to notify the whole room (power_levels.notifications.room), in the same way. */
  readonly senderMayRing?: boolean;
  /** Display name at that time, if known; not defused. */
  readonly senderName?: string;
}

/** What came of a `FileRequest`. */
export interface FileArrival {
  readonly kind: "file";
  readonly uplink: string;
  /** The inbox row of whoever asked. */
  readonly asked: number;
  readonly file: FileOutcome;
}

export type FileOutcome =
  /** In UTF-8; it may hold addresses, so it is shown and logged nowhere. */
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "not-text" | "too-large" | "encrypted" }
  /** The event is none with a file. */
  | { readonly is: "no-file" }
  | { readonly is: "gone" }
  /** The homeserver did not hand it over; `reason` in words. */
  | { readonly is: "away"; readonly reason: string };

export type Arrival = RadioArrival | MatrixArrival | FileArrival;

/** Where a source has been read up to, committed together with the arrivals: `name` e.g. "sync:street". */
export interface SourcePosition {
  readonly name: string;
  readonly value: string;
}

// ───────────────────────────── reports ─────────────────────────────

/** What a look at a shared service showed. */
export interface ServiceSeen {
  readonly name: string;
  readonly up: boolean;
  /** Why not, in words. */
  readonly reason: string;
}

export type RadioState = "down" | "opening" | "configuring" | "ready" | "silent";
export type UplinkState = "down" | "connecting" | "ready" | "held";

export interface ChannelInfo {
  readonly index: number;
  /** As set on the radio; "" means the preset's name. */
  readonly name: string;
  readonly role: "disabled" | "primary" | "secondary";
  /** 0 = none, 1 = one of the public default keys, 16 or 32 = a key of one's own. The key itself never leaves the radio room. */
  readonly pskLength: number;
}

/** The radio as its handshake described it. */
export interface RadioInfo {
  readonly node: NodeNum;
  readonly longName?: string;
  readonly shortName?: string;
  readonly publicKey?: Uint8Array;
  readonly firmware: string;
  readonly hwModel?: number;
  readonly role?: number;
  /** Meshtastic's name, e.g. "EU_868"; "UNSET" when the radio must not transmit. */
  readonly region: string;
  /** Meshtastic's name, e.g. "LONG_FAST". */
  readonly modemPreset: string;
  readonly hopLimit: number;
  readonly rebootCount: number;
  readonly channels: readonly ChannelInfo[];
  readonly nodes: readonly NodeInfo[];
}

export type Report =
  /** A message for machines (src/wire) that an operator or a program wants said. */
  | {
      readonly kind: "machine-send";
      readonly message: Message;
      readonly to: number;
      readonly channel: number;
      readonly carrier: "port" | "text";
    }
  /** The shared services, as an edge found them. */
  | { readonly kind: "services-seen"; readonly seen: readonly ServiceSeen[] }
  | { readonly kind: "start"; readonly bootId: string; readonly monotonicOk?: boolean }
  | { readonly kind: "stop" }
  | { readonly kind: "tick" }
  /** The disk, or the database's own cap, leaves no room. */
  | { readonly kind: "disk-full" }
  | { readonly kind: "disk-back" }
  /** A row's bytes are not those that were stored. */
  | {
      readonly kind: "row-damaged";
      readonly table: "inbox" | "ledger" | "mesh_outbox" | "matrix_outbox";
      readonly id: number;
    }
  /** The wall clock was set, or has drifted: calendar time is now `offset` ms ahead of our own. */
  | { readonly kind: "wall-clock"; readonly offset: Millis }
  | { readonly kind: "radio-state"; readonly state: RadioState; readonly reason: string }
  | { readonly kind: "radio-configured"; readonly info: RadioInfo }
  | { readonly kind: "radio-node"; readonly node: NodeInfo }
  | { readonly kind: "radio-rebooted" }
  | { readonly kind: "radio-notification"; readonly level: number; readonly text: string; readonly replyId: number }
  /** The radio's queueStatus. `packetId` 0: not about one packet of ours. `res` as meshtastic-facts §1.5. */
  | {
      readonly kind: "queue-status";
      readonly packetId: number;
      readonly res: number;
      readonly free: number;
      readonly maxlen: number;
    }
  /** The frame's bytes left for the radio, or certainly did not. */
  | { readonly kind: "mesh-written"; readonly sendId: number; readonly written: boolean; readonly reason?: string }
  | {
      readonly kind: "uplink-state";
      readonly uplink: string;
      readonly state: UplinkState;
      readonly reason: string;
      readonly userId?: string;
    }
  /** Aliases of the config resolved, and whether we are in the room, may speak, and can read it. */
  | {
      readonly kind: "room-state";
      readonly uplink: string;
      /** As the config spells it: "#alias:server" or "!id:server". */
      readonly configured: string;
      readonly room?: string;
      readonly joined: boolean;
      readonly maySpeak: boolean;
      readonly encrypted: boolean;
      readonly reason?: string;
    }
  | { readonly kind: "matrix-outcome"; readonly sendId: number; readonly outcome: MatrixOutcome };

/** What became of one request to a homeserver. Only something that is an event id counts as delivered. */
export type MatrixOutcome =
  | { readonly is: "delivered"; readonly eventId: string }
  /** May have been stored: said again later with the same transaction id. `retryAfter` in ms, from the server. */
  | { readonly is: "retry"; readonly reason: string; readonly retryAfter?: Millis; readonly rateLimited?: boolean }
  /** Never tried: one before it in the same room has to be said again. */
  | { readonly is: "untried" }
  /** The message's own fault (too large, bad JSON, duplicate annotation): never said again. */
  | { readonly is: "refused"; readonly reason: string }
  /** Not the message's fault: the room's queue waits until the room is repaired. */
  | { readonly is: "hold-room"; readonly reason: string }
  /** Not the message's fault: the uplink's queue waits until the login is repaired. */
  | { readonly is: "hold-uplink"; readonly reason: string };

// ───────────────────────────── sends ─────────────────────────────

/** One packet to be handed to the radio; id and bytes are stored and frozen before anyone sees this. */
export interface MeshSend {
  /** Row of the mesh outbox. */
  readonly sendId: number;
  readonly packetId: number;
  readonly from: NodeNum;
  readonly to: NodeNum;
  readonly channel: number;
  readonly portnum: number;
  readonly payload: Uint8Array;
  readonly wantAck: boolean;
  readonly wantResponse: boolean;
  readonly hopLimit: number;
  readonly pkiEncrypted: boolean;
  /** Destination's key, when known and pkiEncrypted. */
  readonly publicKey?: Uint8Array;
  readonly replyId: number;
  readonly emoji: number;
  /** MeshPacket.Priority; 0 = let the radio choose, 110 = ALERT for distress. */
  readonly priority: number;
}

/** Something to ask of our own radio that is not a message: no ledger row, no airtime of its own. */
export type RadioRequest =
  | { readonly kind: "add-contact"; readonly node: NodeInfo }
  /** A NODEINFO of our own to this node, with want_response: afterwards both radios know each other's key. */
  | { readonly kind: "exchange-keys"; readonly node: NodeNum }
  /** Heartbeat nonce 1: broadcast our own NodeInfo. */
  | { readonly kind: "announce" };

/** Something to ask of a homeserver that is not a message: the file of an event. Answered by one `FileArrival`, unless we stop first. */
export interface FileRequest {
  readonly kind: "fetch-file";
  readonly uplink: string;
  /** Room id ("!…"). */
  readonly room: string;
  readonly event: string;
  /** The inbox row of whoever asks. */
  readonly asked: number;
  /** Bytes; what is larger is not read. */
  readonly most: number;
}

/** One request to a homeserver. `txnId` is derived from origin and packet and stored; it is the same on every try. */
export interface MatrixSend {
  readonly sendId: number;
  readonly uplink: string;
  /** Room id ("!…"). */
  readonly room: string;
  readonly type: string;
  readonly txnId: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Appservice mode: the radio that says it. `id` is lowercase letters, digits, "." and "-"; `name` is shown. Absent: the bot. */
  readonly sender?: { readonly id: string; readonly name: string };
  /** Appservice mode: original time in ms. */
  readonly ts?: Millis;
  /**
   * It may have been stored so long ago that the homeserver has forgotten the transaction: look for an event of ours whose
   * content holds the transaction id under this key before saying it.
   */
  readonly lookFirst?: string;
  /** Set for a redaction: the event to redact; `type` is then "m.room.redaction". */
  readonly redacts?: string;
}

// ───────────────────────────── what an edge is given, and what it gives ─────────────────────────────

/** The loop as the edges see it. Both calls are synchronous; neither throws for what others sent. */
export type Door = {
  /**
   * True: committed. What a homeserver brought, or any position, is then on the disk; a radio's packets, of which nobody is told,
   * are so with the step that handles them (decisions/fewer-syncs.md). False: the disk is full; the caller keeps it and tries again.
   */
  accept(arrivals: readonly Arrival[], position?: SourcePosition): boolean;
  report(report: Report): void;
  /** The last committed value of a source position. */
  position(name: string): string | undefined;
};

/** What the pump asks of the radio's edge. Outcomes come back as reports. */
export type RadioEdge = {
  send(send: MeshSend): void;
  request(request: RadioRequest): void;
};

/** What the pump asks of one uplink's edge. Outcomes come back as reports. */
export interface UplinkEdge {
  readonly uplink: string;
  send(send: MatrixSend): void;
  fetch(request: FileRequest): void;
}
