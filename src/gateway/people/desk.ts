// What coordinators do with the list of people: import, export, list, show, bind, purge, and trying out what a text would mean. The
// same for the running service and for the command line without one: each runs in one transaction of the caller.

import { fromHex } from "#base/bytes.ts";
import { nodeId, parseNodeId } from "#base/ids.ts";
import type { Household, Member } from "#domain/people/people.ts";
import { forgetHousehold, whyNotForget } from "#store/forget.ts";
import { eventToForget, forgetEvent, forgetOlder } from "#store/forget-event.ts";
import {
  addMember,
  bindRadio,
  household,
  listHouseholds,
  listMembers,
  listZones,
  membersOfHouse,
  radioByNode,
  radiosOfMember,
  setHousehold,
  setMember,
  setZone,
} from "#store/people.ts";
import { factsOf, standing } from "#store/welfare.ts";
import { recordNow } from "#gateway/events.ts";
import { pushContact } from "#gateway/mesh/contacts.ts";
import { nodeRow } from "#store/world.ts";
import { reachesHuman } from "#wire/grammar/reply.ts";
import { readPeople, writePeople, type CsvMember, type CsvPeople } from "#wire/people-csv.ts";
import type { Mistake } from "#wire/csv.ts";
import { boardsChanged } from "#gateway/welfare/roll-board.ts";
import { radioFacts, type Turn } from "#gateway/turn.ts";
import { understand } from "#gateway/understanding.ts";
import { replyFor } from "#gateway/acts.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Questions about people, and changes to them; by the verb of the command line. */
export const PEOPLE_DESK: Desk = {
  "people import": {
    changes: true,
    answer: (turn, args) => importPeople(turn, text(args["csv"]), args["dryRun"] === true),
  },
  "people export": { changes: false, answer: (turn) => ({ csv: exportPeople(turn) }) },
  "people list": { changes: false, answer: listPeople },
  "people show": { changes: false, answer: (turn, args) => showHousehold(turn, text(args["house"])) },
  "people bind": { changes: true, answer: bind },
  "people purge": { changes: true, answer: purge },
  say: { changes: false, answer: (turn, args) => sayView(turn, text(args["as"]), text(args["text"])) },
};

// ───────────────────────────── import and export ─────────────────────────────

export interface Imported {
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly mistakes: readonly Mistake[];
  readonly households: { readonly added: number; readonly changed: number };
  readonly members: { readonly added: number; readonly changed: number };
  readonly radios: number;
}

/** Adds and changes, never removes: who is not in the file stays. A dry run says the same and changes nothing. */
export function importPeople(turn: Turn, csv: string, dryRun: boolean): Imported {
  const read = readPeople(csv);
  const none = { added: 0, changed: 0 };
  if (!read.ok) return { ok: false, dryRun, mistakes: read.refusal, households: none, members: none, radios: 0 };
  const { value } = read;
  const write = !dryRun;
  const households = { ...none };
  for (const row of value.households) {
    const before = household(turn.store, row.house);
    const after = before === undefined ? row : merged(before, row);
    if (same(before, after)) continue;
    households[before === undefined ? "added" : "changed"]++;
    if (write) setHousehold(turn.store, after, turn.now);
  }
  const members = { ...none };
  let radios = 0;
  for (const row of value.members) {
    const outcome = importMember(turn, row, write);
    if (outcome.is !== "same") members[outcome.is]++;
    radios += outcome.radios;
  }
  if (write) importZones(turn, value);
  return { ok: true, dryRun, mistakes: [], households, members, radios };
}

/** What the file leaves empty stays as it was. */
function merged(before: Household, row: Household): Household {
  const said = Object.entries(row).filter(
    ([, value]) => value !== "" && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  return { ...before, ...Object.fromEntries(said) };
}

function same(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown): string => JSON.stringify(value, Object.keys(value ?? {}).toSorted());
  return sorted(a) === sorted(b);
}

function importMember(
  turn: Turn,
  row: CsvMember,
  write: boolean,
): { is: "added" | "changed" | "same"; radios: number } {
  const before = membersOfHouse(turn.store, row.house).find(({ name }) => name === row.name);
  const language = row.language ?? before?.language;
  const fields: Omit<Member, "number"> = {
    name: row.name,
    house: row.house,
    role: row.role === "deputy" ? "captain" : row.role,
    matrix: row.matrix.length > 0 ? row.matrix : (before?.matrix ?? []),
    ...(language === undefined ? {} : { language }),
  };
  const changed = before !== undefined && !same(before, { ...fields, number: before.number });
  const number = before?.number ?? (write ? addMember(turn.store, fields, turn.now) : 0);
  if (write && changed) setMember(turn.store, { ...fields, number }, turn.now);
  let radios = 0;
  for (const radio of row.radios) {
    const bound = radioByNode(turn.store, radio.node);
    const key = radio.publicKey ?? (bound?.member === number ? bound.publicKey : undefined);
    if (bound?.member === number && hex(bound.publicKey) === hex(key)) continue;
    radios++;
    if (write)
      bindRadio(
        turn.store,
        { node: radio.node, member: number, ...(key === undefined ? {} : { publicKey: key }) },
        turn.now,
      );
  }
  return { is: before === undefined ? "added" : changed ? "changed" : "same", radios };
}

const hex = (key: Uint8Array | undefined): string => (key === undefined ? "" : Buffer.from(key).toString("hex"));

function importZones(turn: Turn, people: CsvPeople): void {
  const known = new Map(listZones(turn.store).map((zone) => [zone.number, zone]));
  for (const [number, name] of people.zones) {
    const head = (role: "captain" | "deputy"): number | undefined => {
      const row = people.members.find(
        (each) => each.role === role && household(turn.store, each.house)?.zone === number,
      );
      return row && membersOfHouse(turn.store, row.house).find((each) => each.name === row.name)?.number;
    };
    const before = known.get(number);
    const captain = head("captain") ?? before?.captain;
    const deputy = head("deputy") ?? before?.deputy;
    const after = {
      number,
      name: name ?? before?.name ?? `Zone ${number}`,
      ...(captain === undefined ? {} : { captain }),
      ...(deputy === undefined ? {} : { deputy }),
    };
    if (!same(before, after)) setZone(turn.store, after, turn.now);
  }
}

export function exportPeople(turn: Turn): string {
  const zones = listZones(turn.store);
  const deputies = new Set(zones.map(({ deputy }) => deputy));
  const members = listMembers(turn.store).flatMap((row): CsvMember[] =>
    row.house === undefined
      ? []
      : [
          {
            line: 0,
            house: row.house,
            name: row.name,
            role: deputies.has(row.number) ? "deputy" : row.role,
            matrix: row.matrix,
            radios: radiosOfMember(turn.store, row.number),
            ...(row.language === undefined ? {} : { language: row.language }),
          },
        ],
  );
  return writePeople({
    zones: new Map(zones.map(({ number, name }) => [number, name])),
    households: listHouseholds(turn.store),
    members,
  });
}

// ───────────────────────────── looking ─────────────────────────────

/** Without addresses and medical words: they are only shown household by household. */
function listPeople(turn: Turn): unknown {
  const drill = recordNow(turn);
  return listHouseholds(turn.store).map(({ house, zone, people, needsPower }) => ({
    household: house,
    zone: zone ?? null,
    people: people ?? null,
    needsPower,
    members: membersOfHouse(turn.store, house).map(({ name, role }) => ({ name, role })),
    status: standing(turn.store, house).status,
    ...(drill === undefined ? {} : { exercise: standing(turn.store, house, drill).status }),
  }));
}

function showHousehold(turn: Turn, house: string): unknown {
  const found = household(turn.store, house);
  if (!found) return null;
  const { status, waiting, call } = standing(turn.store, house);
  return {
    ...found,
    members: membersOfHouse(turn.store, house).map((each) => ({
      ...each,
      radios: radiosOfMember(turn.store, each.number).map(({ node, publicKey }) => ({
        node: nodeId(node),
        pinned: publicKey !== undefined,
      })),
    })),
    status,
    call,
    waiting: waiting === undefined ? null : `${waiting.by}: ${waiting.status} ${house}?`,
    said: factsOf(turn.store, house),
  };
}

// ───────────────────────────── changing ─────────────────────────────

/** Binds a radio to a member of a household by name; its key is the one given, or the one it shows now. */
function bind(turn: Turn, args: Args): unknown {
  const node = parseNodeId(text(args["radio"]));
  if (node === undefined) return { ok: false, reason: "that is no radio's number like !a1b2c3d4" };
  const name = text(args["name"]);
  const members = membersOfHouse(turn.store, text(args["house"])).filter((each) => name === "" || each.name === name);
  const [who, ...others] = members;
  if (!who || others.length > 0)
    return { ok: false, reason: who ? "several members: give the name" : "no such member of that household" };
  const key = fromHex(text(args["key"]));
  const publicKey = key?.length === 32 ? key : (nodeRow(turn.store, node)?.publicKey ?? undefined);
  bindRadio(turn.store, { node, member: who.number, ...(publicKey ? { publicKey } : {}) }, turn.now);
  // A key bound by hand replaces the one that our radio has kept.
  if (publicKey) pushContact(turn, node);
  return { ok: true, radio: nodeId(node), member: who.name, pinned: publicKey !== undefined };
}

const DAY = 86_400_000;

function purge(turn: Turn, args: Args): unknown {
  const days = args["retention"] === true ? turn.settings.retention.messagesDays : args["olderThanDays"];
  if (typeof days === "number")
    return { ok: true, forgotten: forgetOlder(turn.store, turn.now - days * DAY, turn.now) };
  if (typeof args["event"] === "number") {
    const event = eventToForget(turn.store, args["event"]);
    if (typeof event === "string") return { ok: false, reason: event };
    forgetEvent(turn.store, event, turn.now);
    boardsChanged(turn);
    return { ok: true, forgotten: 1 };
  }
  const house = text(args["house"]);
  const reason = args["force"] === true ? undefined : whyNotForget(turn.store, house);
  if (reason !== undefined) return { ok: false, reason };
  if (!forgetHousehold(turn.store, house, turn.now)) return { ok: false, reason: `no household ${house} is known` };
  boardsChanged(turn);
  return { ok: true, forgotten: 1 };
}

// ───────────────────────────── trying out ─────────────────────────────

/** What the grammar makes of a direct message from this radio. Sends and changes nothing. */
export function sayView(turn: Turn, as: string, said: string): unknown {
  const from = parseNodeId(as);
  if (from === undefined) return { error: `"${as}" is no radio's number like !a1b2c3d4` };
  const key = radioByNode(turn.store, from)?.publicKey ?? nodeRow(turn.store, from)?.publicKey ?? undefined;
  const heard = understand(turn, {
    from,
    to: radioFacts(turn)?.node ?? from,
    channel: 0,
    text: said,
    portnum: 1,
    pkiEncrypted: key !== undefined,
    xeddsaSigned: key === undefined,
    replyId: 0,
    emoji: 0,
    ...(key === undefined ? {} : { publicKey: key }),
  });
  const { kind, urgency, households, people, reference } = heard.intention;
  return {
    kind,
    urgency,
    ...(households.length > 0
      ? { household: households.length === 1 ? households[0] : households }
      : heard.speaker.house === undefined
        ? {}
        : { household: heard.speaker.house }),
    ...(people === undefined ? {} : { people }),
    ...(reference === undefined ? {} : { reference }),
    reply: replyFor(turn, heard),
    reachesHuman: reachesHuman(heard.intention),
  };
}
