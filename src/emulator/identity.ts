// Who lives in the emulated street: names, keys and node numbers, all from a seed or from a file.
//
// Firmware 2.7 derives a node's number from its hardware address, 2.8 from its public key (crc32). The keys are 32 random
// bytes: nothing is really encrypted, a radio "can decrypt" when it knows the right key.

import { crc32 } from "node:zlib";
import { fromHex, toHex, utf8 } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { nodeId, nodeNum, parseNodeId } from "#base/ids.ts";
import type { Parsed } from "#base/parsed.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Random } from "#base/random.ts";
import { below } from "#base/random.ts";
import type { WireUser } from "./proto.ts";

export type Firmware = "2.7" | "2.8";

export interface Identity {
  readonly num: NodeNum;
  readonly longName: string;
  readonly shortName: string;
  /** 32 bytes, hexadecimal. */
  readonly publicKey: string;
  /** 32 bytes, hexadecimal. */
  readonly privateKey: string;
  readonly macaddr: Uint8Array;
  /** 1e-7 degrees; absent for a radio that does not know where it is. */
  readonly position?: { readonly latitudeI: number; readonly longitudeI: number; readonly altitude: number };
}

export interface Identities {
  readonly gateways: readonly Identity[];
  readonly handhelds: readonly Identity[];
}

/** Long names stay within the 24 bytes that firmware 2.8 keeps, short names within 4. */
const RESIDENTS: readonly (readonly [string, string])[] = [
  ["Ana Ñúñez 14 Elm", "ANA"],
  ["Bob Marsh 3 Elm", "BOB"],
  ["Chiara 7b Elm", "CHIA"],
  ["Dmitri & Olga 9 Elm", "D&O"],
  ["Ed Okafor 22 Elm", "EDOK"],
  ["Fatima 16a Elm", "🌵"],
  ["Grace Kim 5 Elm", "GRCE"],
  ["Håkon 11 Elm", "HÅK"],
  ["Ines Duarte 2 Elm", "INES"],
  ["Jack 30 Elm", "JACK"],
  ["Kaito Mori 18 Elm", "森"],
  ["Lupe Ortiz 27 Elm", "LUPE"],
];

/** Portland's inner east side; the houses stand about 10 m apart. */
const STREET = { latitudeI: 455_230_640, longitudeI: -1_226_764_830, altitude: 15 };

function randomKey(random: Random): string {
  const key = new Uint8Array(32);
  for (let at = 0; at < key.length; at++) key[at] = below(random, 256);
  return toHex(key);
}

function numberOf(firmware: Firmware, publicKey: string, random: Random): NodeNum {
  if (firmware === "2.8") return nodeNum(crc32(fromHex(publicKey)!));
  // 0 to 3 are reserved and the highest is the broadcast address.
  return nodeNum(0x1000_0000 + below(random, 0xe000_0000));
}

/** The six bytes of a hardware address whose last four are the 2.7 node number. */
export function macOf(num: NodeNum): Uint8Array {
  return Uint8Array.of(0x80, 0, num >>> 24, (num >>> 16) & 0xff, (num >>> 8) & 0xff, num & 0xff);
}

function invent(random: Random, firmware: Firmware, names: readonly [string, string], house: number): Identity {
  const publicKey = randomKey(random);
  const privateKey = randomKey(random);
  const num = numberOf(firmware, publicKey, random);
  return {
    num,
    longName: names[0],
    shortName: names[1],
    publicKey,
    privateKey,
    macaddr: macOf(num),
    position: { ...STREET, latitudeI: STREET.latitudeI + house * 900 + below(random, 200) },
  };
}

/** A street from a seed. The first handhelds are the same people however many there are. */
export function inventIdentities(random: Random, firmware: Firmware, gateways: number, handhelds: number): Identities {
  const gatewayOf = (index: number): Identity =>
    invent(random, firmware, [index === 0 ? "Elm Street" : `Elm Street ${index + 1}`, `GW${index + 1}`], 0);
  const residentOf = (index: number): Identity => {
    const known = RESIDENTS[index];
    return invent(random, firmware, known ?? [`Neighbour ${index + 1} Elm`, `N${index + 1}`], index + 1);
  };
  return {
    gateways: Array.from({ length: gateways }, (_, index) => gatewayOf(index)),
    handhelds: Array.from({ length: handhelds }, (_, index) => residentOf(index)),
  };
}

function readIdentity(given: unknown, where: string): Parsed<Identity> {
  if (typeof given !== "object" || given === null) return refused(`${where} is not an object`);
  const it = given as Readonly<Record<string, unknown>>;
  const num = typeof it["num"] === "string" ? parseNodeId(it["num"]) : undefined;
  if (num === undefined) return refused(`${where}.num is not a node id like "!0a1b2c3d"`);
  const keyOf = (name: string): string | undefined => {
    const key = typeof it[name] === "string" ? fromHex(it[name]) : undefined;
    return key?.length === 32 ? toHex(key) : undefined;
  };
  const publicKey = keyOf("publicKey");
  if (publicKey === undefined) return refused(`${where}.publicKey is not 64 hexadecimal digits`);
  return parsed({
    num,
    publicKey,
    privateKey: keyOf("privateKey") ?? publicKey,
    longName: typeof it["longName"] === "string" ? it["longName"] : `Node ${nodeId(num).slice(-4)}`,
    shortName: typeof it["shortName"] === "string" ? it["shortName"] : nodeId(num).slice(-4),
    macaddr: macOf(num),
  });
}

/**
 * Reads `{"gateways": [...], "handhelds": [...]}`, each element `{num: "!hex", publicKey: hex, privateKey?: hex,
 * longName?, shortName?}`.
 */
export function readIdentities(json: unknown): Parsed<Identities> {
  if (typeof json !== "object" || json === null) return refused("identities are not an object");
  const lists: { gateways: Identity[]; handhelds: Identity[] } = { gateways: [], handhelds: [] };
  for (const kind of ["gateways", "handhelds"] as const) {
    const given = (json as Readonly<Record<string, unknown>>)[kind] ?? [];
    if (!Array.isArray(given)) return refused(`${kind} is not a list`);
    for (const [index, each] of given.entries()) {
      const identity = readIdentity(each, `${kind}[${index}]`);
      if (!identity.ok) return identity;
      lists[kind].push(identity.value);
    }
  }
  return parsed(lists);
}

/** Hardware models (HardwareModel of the protocol): what the captures' radio says it is. */
export const PORTDUINO = 37;

/** How a radio introduces itself. */
export function userOf(identity: Identity): WireUser {
  return {
    id: utf8(nodeId(identity.num)),
    longName: utf8(identity.longName),
    shortName: utf8(identity.shortName),
    macaddr: identity.macaddr,
    hwModel: PORTDUINO,
    publicKey: fromHex(identity.publicKey)!,
    isUnmessagable: false,
  };
}
