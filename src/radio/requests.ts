// What we say to the radio itself, as the payload of a frame. Admin messages go to its own number with `from` left 0: that is
// how the firmware knows its local client, which needs no key unless the radio is managed.

import { create } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";

import type { NodeNum } from "#base/ids.ts";

import type { LinkRequest, NodeInfo, RadioInfo } from "./events.ts";
import { compareFirmware } from "./firmware.ts";
import { bytesOf, introduction, userOf } from "./packets.ts";
import {
  AdminMessageSchema,
  DataSchema,
  HeartbeatSchema,
  MeshPacketSchema,
  PORT,
  SharedContactSchema,
  ToRadioSchema,
} from "./schemas.ts";
import type { AdminMessage, MeshPacketMessage, ToRadio } from "./schemas.ts";

function toRadio(payloadVariant: ToRadio["payloadVariant"]): Uint8Array {
  return bytesOf(ToRadioSchema, create(ToRadioSchema, { payloadVariant }));
}

export const wantConfig = (nonce: number): Uint8Array => toRadio({ case: "wantConfigId", value: nonce });

export const disconnect = (): Uint8Array => toRadio({ case: "disconnect", value: true });

export const packetToRadio = (packet: MeshPacketMessage): Uint8Array => toRadio({ case: "packet", value: packet });

/** Nonce 0 keeps the session open; 1 also makes the radio broadcast its NodeInfo (firmware 2.7.23 and later). */
export function heartbeat(nonce: 0 | 1): Uint8Array {
  const value = create(HeartbeatSchema);
  // The npm schema has no nonce yet (Heartbeat field 1).
  if (nonce === 1) value.$unknown = [{ no: 1, wireType: WireType.Varint, data: Uint8Array.of(1) }];
  return toRadio({ case: "heartbeat", value });
}

export type AdminVariant = AdminMessage["payloadVariant"];

export const ADMIN = {
  probe: (): AdminVariant => ({ case: "getDeviceMetadataRequest", value: true }),
  setTime: (seconds: number): AdminVariant => ({ case: "setTimeOnly", value: seconds }),
  reboot: (seconds: number): AdminVariant => ({ case: "rebootSeconds", value: seconds }),
  addContact: (node: NodeInfo): AdminVariant => ({
    case: "addContact",
    value: create(SharedContactSchema, { nodeNum: node.num, user: userOf(node) }),
  }),
} as const;

/** An admin message to our own radio; it is answered with an acknowledgement, and with a response if one is wanted. */
export function admin(to: NodeNum, id: number, payloadVariant: AdminVariant, wantResponse: boolean): Uint8Array {
  return adminBytes(to, id, bytesOf(AdminMessageSchema, create(AdminMessageSchema, { payloadVariant })), wantResponse);
}

/** The same for an AdminMessage in bytes. */
export function adminBytes(to: NodeNum, id: number, payload: Uint8Array, wantResponse: boolean): Uint8Array {
  const data = create(DataSchema, { portnum: PORT.admin, payload, wantResponse });
  return packetToRadio(
    create(MeshPacketSchema, { to, id, wantAck: true, payloadVariant: { case: "decoded", value: data } }),
  );
}

const ADD_CONTACT_SINCE = "2.6.8";

/** What carries out a request that goes as a packet of its own; words when this firmware cannot. `id`: a fresh packet id. */
export function requestPacket(request: LinkRequest, info: RadioInfo, id: number): Uint8Array | string {
  if (request.kind === "announce") return heartbeat(1);
  if (request.kind === "exchange-keys") {
    return packetToRadio(introduction({ ...info, num: info.node }, request.node, id, info.hopLimit));
  }
  if ((compareFirmware(info.firmware, ADD_CONTACT_SINCE) ?? -1) < 0) {
    return `add-contact dropped: firmware ${info.firmware} is older than ${ADD_CONTACT_SINCE}`;
  }
  return admin(info.node, id, ADMIN.addContact(request.node), false);
}
