// The emulator's own codec: protobufjs over proto/*.proto. The gateway's radio room uses the official schemas with another
// library, so every test through the emulator also compares two readings of the protocol.
//
// Reading is total: bytes that are no message are a refusal, as the real radio ignores them in silence. Writing leaves out
// what has its default value unless the field can tell "absent" from "zero" (oneof, optional), as the radio's encoder does.

import { readFileSync } from "node:fs";
import protobuf from "protobufjs";
import { assert } from "#base/assert.ts";
import type { Parsed } from "#base/parsed.ts";
import { parsed, refused } from "#base/parsed.ts";

/** One message as a plain object: camel-case names, numbers, Uint8Array; absent fields are not there. */
export type Plain = { readonly [field: string]: unknown };

export interface WireData {
  readonly portnum?: number;
  readonly payload?: Uint8Array;
  readonly wantResponse?: boolean;
  readonly requestId?: number;
  readonly replyId?: number;
  readonly emoji?: number;
  readonly bitfield?: number;
  readonly xeddsaSignature?: Uint8Array;
}

/** A MeshPacket as a host and its radio pass it to each other. */
export interface WirePacket {
  readonly from?: number;
  readonly to?: number;
  readonly channel?: number;
  readonly decoded?: WireData;
  readonly encrypted?: Uint8Array;
  readonly id?: number;
  readonly rxTime?: number;
  readonly rxSnr?: number;
  readonly rxRssi?: number;
  readonly hopLimit?: number;
  readonly hopStart?: number;
  readonly wantAck?: boolean;
  readonly priority?: number;
  readonly viaMqtt?: boolean;
  readonly publicKey?: Uint8Array;
  readonly pkiEncrypted?: boolean;
  readonly nextHop?: number;
  readonly relayNode?: number;
  readonly transportMechanism?: number;
  readonly xeddsaSigned?: boolean;
}

export interface WireUser {
  readonly id?: Uint8Array;
  readonly longName?: Uint8Array;
  readonly shortName?: Uint8Array;
  readonly macaddr?: Uint8Array;
  readonly hwModel?: number;
  readonly isLicensed?: boolean;
  readonly role?: number;
  readonly publicKey?: Uint8Array;
  readonly isUnmessagable?: boolean;
}

export interface WireChannel {
  readonly index?: number;
  readonly settings?: {
    readonly psk?: Uint8Array;
    readonly name?: Uint8Array;
    readonly moduleSettings?: { readonly positionPrecision?: number; readonly isMuted?: boolean };
  };
  /** 0 disabled, 1 primary, 2 secondary. */
  readonly role?: number;
}

export interface WireQueueStatus {
  readonly res: number;
  readonly free: number;
  readonly maxlen: number;
  readonly meshPacketId: number;
}

export interface WireToRadio {
  readonly packet?: WirePacket;
  readonly wantConfigId?: number;
  readonly disconnect?: boolean;
  readonly heartbeat?: { readonly nonce?: number };
}

const FILES = ["mesh.proto", "config.proto", "module_config.proto", "admin.proto"];

function loadSchemas(): protobuf.Root {
  const root = new protobuf.Root();
  for (const file of FILES) {
    protobuf.parse(readFileSync(new URL(`../../proto/${file}`, import.meta.url), "utf8"), root, { keepCase: false });
  }
  root.resolveAll();
  return root;
}

const schemas = loadSchemas();

/** The names of the messages that this room reads and writes. */
export type MessageName =
  | "AdminMessage"
  | "Config"
  | "Data"
  | "FromRadio"
  | "ModuleConfig"
  | "Position"
  | "Routing"
  | "Telemetry"
  | "ToRadio"
  | "User";

function typeOf(name: MessageName): protobuf.Type {
  return schemas.lookupType(`muster.radio.${name}`);
}

function isDefault(value: unknown): boolean {
  return value === 0 || value === false || value === "" || (value instanceof Uint8Array && value.length === 0);
}

/** The object without the fields that the wire leaves out. */
function lean(type: protobuf.Type, value: Plain): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    if (given === undefined) continue;
    const field = type.fields[name];
    assert(field, `${type.name} has no field ${name}`);
    const inner = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
    if (inner) {
      kept[name] = field.repeated
        ? (given as readonly Plain[]).map((each) => lean(inner, each))
        : lean(inner, given as Plain);
    } else if (field.partOf || field.repeated || !isDefault(given)) {
      kept[name] = given;
    }
  }
  return kept;
}

export function encode(name: MessageName, value: object): Uint8Array {
  const type = typeOf(name);
  return Uint8Array.from(type.encode(lean(type, value as Plain)).finish());
}

/** Reads a message; the caller names the shape it expects (the schemas above are its proof). */
export function decode<T extends object>(name: MessageName, bytes: Uint8Array): Parsed<T> {
  const type = typeOf(name);
  try {
    return parsed(type.toObject(type.decode(bytes), { longs: Number }) as T);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}
