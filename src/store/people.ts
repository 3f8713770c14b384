// Zones, households, members and their radios. Every change is also a journal row, because other gateways would have to learn
// it; `kind` "people", its body naming what it is about, so that forgetting somebody finds those rows too.

import type { Millis } from "#base/clock.ts";
import type { House } from "#domain/wire-words.ts";
import type { Household, Member, Radio, Role, Zone } from "#domain/people/people.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

// ───────────────────────────── zones ─────────────────────────────

type Nulls<T> = { [K in keyof T]-?: Exclude<T[K], undefined> | null };

function given<T extends object>(row: Nulls<T>): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

export function listZones(store: Store): Zone[] {
  return store.all<Nulls<Zone>>("SELECT number, name, captain, deputy FROM zones ORDER BY number").map(given<Zone>);
}

export function setZone(store: Store, zone: Zone, now: Millis): void {
  store.run(
    "INSERT INTO zones (number, name, captain, deputy) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, " +
      "captain = excluded.captain, deputy = excluded.deputy",
    zone.number,
    zone.name,
    zone.captain ?? null,
    zone.deputy ?? null,
  );
  journal(store, "people", { zone: zone.number, is: zone }, now);
}

/** Houses of the zones that this member is captain or deputy of. */
export function housesOfCaptain(store: Store, member: number): House[] {
  return store
    .all<{ house: House }>(
      "SELECT h.house FROM households h JOIN zones z ON z.number = h.zone WHERE z.captain = ? OR z.deputy = ?",
      member,
      member,
    )
    .map(({ house }) => house);
}

// ───────────────────────────── households ─────────────────────────────

interface HouseholdRow {
  readonly house: House;
  readonly zone: number | null;
  readonly people: number | null;
  readonly animals: number | null;
  readonly languages: string;
  readonly needsPower: 0 | 1;
  readonly mobility: string;
  readonly medical: string;
  readonly medicalReaders: string;
  readonly contacts: string;
  readonly address: string;
}

const HOUSEHOLD =
  "house, zone, people, animals, languages, needs_power AS needsPower, mobility, medical, medical_readers AS medicalReaders, contacts, address";

function householdOf({ zone, people, animals, ...row }: HouseholdRow): Household {
  return {
    ...row,
    languages: words(row.languages),
    needsPower: row.needsPower === 1,
    medicalReaders: words(row.medicalReaders),
    ...(zone === null ? {} : { zone }),
    ...(people === null ? {} : { people }),
    ...(animals === null ? {} : { animals }),
  };
}

export function household(store: Store, house: House): Household | undefined {
  const row = store.get<HouseholdRow>(`SELECT ${HOUSEHOLD} FROM households WHERE house = ?`, house);
  return row && householdOf(row);
}

/** By number, then letter. */
export function listHouseholds(store: Store): Household[] {
  return store
    .all<HouseholdRow>(`SELECT ${HOUSEHOLD} FROM households ORDER BY CAST(house AS INTEGER), house`)
    .map(householdOf);
}

export function isKnownHouse(store: Store, house: House): boolean {
  return store.get("SELECT 1 FROM households WHERE house = ?", house) !== undefined;
}

export function setHousehold(store: Store, row: Household, now: Millis): void {
  store.run(
    "INSERT INTO households (house, zone, people, animals, languages, needs_power, mobility, medical, medical_readers, contacts, address) " +
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET zone = excluded.zone, people = excluded.people, " +
      "animals = excluded.animals, languages = excluded.languages, needs_power = excluded.needs_power, mobility = excluded.mobility, " +
      "medical = excluded.medical, medical_readers = excluded.medical_readers, contacts = excluded.contacts, address = excluded.address",
    row.house,
    row.zone ?? null,
    row.people ?? null,
    row.animals ?? null,
    row.languages.join(" "),
    row.needsPower ? 1 : 0,
    row.mobility,
    row.medical,
    row.medicalReaders.join(" "),
    row.contacts,
    row.address,
  );
  journal(store, "people", { house: row.house, is: row }, now);
}

// ───────────────────────────── members ─────────────────────────────

interface MemberRow {
  readonly number: number;
  readonly name: string;
  readonly house: House | null;
  readonly role: Role;
  readonly language: string | null;
  readonly matrix: string;
}

const MEMBER = "number, name, house, role, language, matrix";

function memberOf({ house, language, ...row }: MemberRow): Member {
  return {
    ...row,
    matrix: words(row.matrix),
    ...(house === null ? {} : { house }),
    ...(language === null ? {} : { language }),
  };
}

export function member(store: Store, number: number): Member | undefined {
  const row = store.get<MemberRow>(`SELECT ${MEMBER} FROM members WHERE number = ?`, number);
  return row && memberOf(row);
}

export function listMembers(store: Store): Member[] {
  return store.all<MemberRow>(`SELECT ${MEMBER} FROM members ORDER BY number`).map(memberOf);
}

export function membersOfHouse(store: Store, house: House): Member[] {
  return store.all<MemberRow>(`SELECT ${MEMBER} FROM members WHERE house = ? ORDER BY number`, house).map(memberOf);
}

/** Adds a member and returns its number. */
export function addMember(store: Store, row: Omit<Member, "number">, now: Millis): number {
  const number = store.run(
    "INSERT INTO members (name, house, role, language, matrix) VALUES (?, ?, ?, ?, ?)",
    row.name,
    row.house ?? null,
    row.role,
    row.language ?? null,
    row.matrix.join(" "),
  ).lastInsertRowid;
  journal(store, "people", { member: number, house: row.house, is: { ...row, number } }, now);
  return number;
}

export function setMember(store: Store, row: Member, now: Millis): void {
  store.run(
    "UPDATE members SET name = ?, house = ?, role = ?, language = ?, matrix = ? WHERE number = ?",
    row.name,
    row.house ?? null,
    row.role,
    row.language ?? null,
    row.matrix.join(" "),
    row.number,
  );
  journal(store, "people", { member: row.number, house: row.house, is: row }, now);
}

// ───────────────────────────── radios ─────────────────────────────

interface RadioRow {
  readonly node: number;
  readonly publicKey: Uint8Array | null;
  readonly member: number;
}

const RADIO = "node, public_key AS publicKey, member";

export function radioByNode(store: Store, node: number): Radio | undefined {
  const row = store.get<RadioRow>(`SELECT ${RADIO} FROM radios WHERE node = ?`, node);
  return row && given<Radio>(row);
}

/** A radio keeps its key when its number changes (meshtastic-facts §0.1). */
export function radioByKey(store: Store, publicKey: Uint8Array): Radio | undefined {
  const row = store.get<RadioRow>(`SELECT ${RADIO} FROM radios WHERE public_key = ?`, publicKey);
  return row && given<Radio>(row);
}

export function radiosOfMember(store: Store, number: number): Radio[] {
  return store.all<RadioRow>(`SELECT ${RADIO} FROM radios WHERE member = ? ORDER BY node`, number).map(given<Radio>);
}

/**
 * Binds a radio to a member, with the key it is believed by from now on (none: the first that it shows). What the radio
 * said before it belonged to anybody is then about that household.
 */
export function bindRadio(store: Store, radio: Radio, now: Millis): void {
  store.run(
    "INSERT INTO radios (node, public_key, member) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET public_key = excluded.public_key, " +
      "member = excluded.member",
    radio.node,
    radio.publicKey ?? null,
    radio.member,
  );
  const house = member(store, radio.member)?.house;
  if (house !== undefined) {
    store.run("UPDATE welfare SET house = ? WHERE node = ? AND house IS NULL", house, radio.node);
    store.run("UPDATE calls SET house = ? WHERE node = ? AND house IS NULL", house, radio.node);
  }
  const key = radio.publicKey === undefined ? undefined : Buffer.from(radio.publicKey).toString("base64");
  journal(store, "people", { node: radio.node, member: radio.member, house, key }, now);
}

/** The first key that a bound radio shows is the one it is believed by. */
export function pinKey(store: Store, node: number, publicKey: Uint8Array, now: Millis): void {
  const pinned = store.run("UPDATE radios SET public_key = ? WHERE node = ? AND public_key IS NULL", publicKey, node);
  if (pinned.changes > 0) journal(store, "people", { node, key: Buffer.from(publicKey).toString("base64") }, now);
}
