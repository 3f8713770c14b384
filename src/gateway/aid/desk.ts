// Mutual aid and the registers by the command line's verbs. The same deals as by radio; who did it is kept with a name.

import { AID_KINDS, type AidKind, type Item, type Wanted } from "#domain/aid/aid.ts";
import { byUrgency } from "#domain/aid/matching.ts";
import { singlePoints, whatFails, type Dependency, type Failure } from "#domain/aid/dependencies.ts";
import { allItems, itemByRef, itemRow, listDependencies, matchesOf, openItems, setDependency } from "#store/aid.ts";
import { household, listMembers, listZones, membersOfHouse } from "#store/people.ts";
import { isoTime } from "#base/calendar.ts";
import { aidDetails } from "#wire/grammar/aid-details.ts";
import { aidWords } from "#wire/grammar/aid-replies.ts";
import { needsInText } from "#wire/grammar/needs.ts";
import { parseRef } from "#wire/references.ts";
import { TAXONOMY, UNITS } from "#wire/taxonomy.ts";
import { readSkills, readThings, writeSkills, writeThings, type SkillRow } from "#wire/aid-csv.ts";
import { drop, finish, take, type Done } from "./deals.ts";
import { openItem } from "./items.ts";
import { airName, partyOfHouse, refOf, whatWords, type Doer } from "./people.ts";
import { suppliers } from "./watch.ts";
import { standingOf, wantedIn } from "./by-radio.ts";
import { recordNow } from "#gateway/events.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

// ───────────────────────────── what is shown ─────────────────────────────

export interface AidView {
  readonly reference: string;
  readonly kind: AidKind;
  readonly what: string;
  readonly amount?: number;
  readonly unit?: string;
  readonly urgency: Item["urgency"];
  readonly state: string;
  readonly zone?: number;
  /** The gateway that keeps it, where that is another. */
  readonly origin?: string;
  readonly household?: string;
  readonly at: string;
  readonly expiresAt?: string;
  readonly exercise?: true;
  readonly matches: readonly {
    readonly giver: string;
    readonly receiver: string;
    readonly state: string;
    readonly amount?: number;
  }[];
}

/** Zones and references; houses only where they were asked for (`full`). Nothing as it was typed, no address. */
function viewOf(turn: Turn, item: Item, full: boolean): AidView {
  const medical = item.code !== undefined && TAXONOMY.byCode.get(item.code)?.medical === true;
  const unit = UNITS.find(([code]) => code === item.unit)?.[1];
  const name = item.code === undefined ? "something" : (TAXONOMY.byCode.get(item.code)?.name ?? `#${item.code}`);
  const side = (party: Item["owner"]): string =>
    full ? (party.user ?? party.name) : party.zone === undefined ? "zone ?" : `zone ${party.zone}`;
  return {
    reference: refOf(item),
    kind: item.kind,
    what: medical && !full ? "medical" : name,
    ...(item.amount === undefined ? {} : { amount: item.amount }),
    ...(item.amount === undefined || unit === undefined ? {} : { unit }),
    urgency: item.urgency,
    state: standingOf(turn, item),
    ...(item.owner.zone === undefined ? {} : { zone: item.owner.zone }),
    ...(item.owner.machine === undefined ? {} : { origin: item.owner.name }),
    ...(full && item.owner.house !== undefined ? { household: item.owner.house } : {}),
    at: isoTime(calendarTime(turn, item.at)),
    ...(item.expiresAt === undefined ? {} : { expiresAt: isoTime(calendarTime(turn, item.expiresAt)) }),
    ...(item.event === undefined ? {} : { exercise: true as const }),
    matches: matchesOf(turn.store, item.id).map((match) => ({
      giver: side(match.giver),
      receiver: side(match.receiver),
      state: match.state,
      ...(match.amount === undefined ? {} : { amount: match.amount }),
    })),
  };
}

function list(turn: Turn, args: Args): { readonly items: readonly AidView[] } {
  const kind = text(args["kind"]);
  const items = args["all"] === true ? allItems(turn.store) : openItems(turn.store);
  return {
    items: items
      .filter((item) => kind === "" || item.kind === kind)
      .filter((item) => typeof args["zone"] !== "number" || item.owner.zone === args["zone"])
      .toSorted(byUrgency)
      .map((item) => viewOf(turn, item, args["full"] === true)),
  };
}

// ───────────────────────────── what is done ─────────────────────────────

export type DeskAnswer =
  | { readonly ok: true; readonly words: string; readonly item: AidView }
  | { readonly ok: false; readonly reason: string };

/** Whoever may use this machine; `by` names the household or the person who does it. */
function deskDoer(turn: Turn, by: string): Doer {
  const house = household(turn.store, by.toLowerCase()) ? by.toLowerCase() : undefined;
  const one =
    house === undefined
      ? listMembers(turn.store).find(({ name }) => name.toLowerCase() === by.toLowerCase())
      : undefined;
  const home = house ?? one?.house;
  const lives = home === undefined ? undefined : partyOfHouse(turn, home);
  const member = one?.number ?? (house === undefined ? undefined : membersOfHouse(turn.store, house)[0]?.number);
  return {
    party: {
      ...lives,
      name: airName(one?.name ?? lives?.name ?? (by === "" ? "a coordinator" : by)),
      ...(member === undefined ? {} : { member }),
    },
    coordinator: true,
    sure: true,
    language: turn.settings.node.language,
  };
}

export function itemNamed(turn: Turn, reference: string): Item | undefined {
  const ref = parseRef(reference.trim());
  return ref?.space === "a" ? itemByRef(turn.store, ref.ref) : undefined;
}

/** What came of it, in words. */
export function did(turn: Turn, item: Item, done: Done): DeskAnswer {
  const { language } = turn.settings.node;
  // At the desk nobody is told an address: who brings it is.
  const key = done.key === "yours" || done.key === "noAddress" ? "comes" : done.key;
  const words = aidWords(key, language, { what: whatWords(item, language), ref: refOf(item), ...done.values });
  return done.ok
    ? { ok: true, words, item: viewOf(turn, itemRow(turn.store, item.id)!, true) }
    : { ok: false, reason: words };
}

const deed =
  (act: (turn: Turn, doer: Doer, item: Item, wanted?: Wanted) => Done) =>
  (turn: Turn, args: Args): DeskAnswer => {
    const reference = text(args["reference"]);
    const item = itemNamed(turn, reference);
    if (!item) return { ok: false, reason: `there is no ${reference}` };
    return did(turn, item, act(turn, deskDoer(turn, text(args["by"])), item, wantedIn(text(args["amount"]))));
  };

function add(turn: Turn, args: Args): DeskAnswer {
  const kind = text(args["kind"]) as AidKind;
  const words = text(args["words"]);
  const house = text(args["household"]).toLowerCase();
  if (!AID_KINDS.includes(kind)) return { ok: false, reason: `the kind is one of ${AID_KINDS.join(", ")}` };
  if (!household(turn.store, house)) return { ok: false, reason: `no household ${house} is known` };
  const [code] = needsInText(words);
  if (code === undefined) return { ok: false, reason: `"${words}" names nothing of the taxonomy (docs/wire.md)` };
  const event = kind === "need" || kind === "offer" ? recordNow(turn) : undefined;
  const urgency =
    args["urgent"] === true ? ("urgent" as const) : kind === "need" ? ("soon" as const) : ("ordinary" as const);
  const wish = { kind, code, details: aidDetails(words), urgency, owner: partyOfHouse(turn, house), note: words };
  const opened = openItem(turn, event === undefined ? wish : { ...wish, event });
  if (!opened) return { ok: false, reason: "all references are taken" };
  return {
    ok: true,
    words: `${refOf(opened.item)} ${whatWords(opened.item, "en")}`,
    item: viewOf(turn, opened.item, true),
  };
}

/** Who could help with one need, or with each that is open. */
function match(turn: Turn, args: Args): unknown {
  const reference = text(args["reference"]);
  const needs = reference === "" ? openItems(turn.store, ["need"]).toSorted(byUrgency) : [itemNamed(turn, reference)];
  return {
    needs: needs.flatMap((need) =>
      need === undefined
        ? []
        : [
            {
              ...viewOf(turn, need, false),
              suppliers: suppliers(turn, need)
                .slice(0, MOST_SUPPLIERS)
                .map(({ item }) => viewOf(turn, item, false)),
            },
          ],
    ),
  };
}

export const MOST_SUPPLIERS = 5;

// ───────────────────────────── registers ─────────────────────────────

function importSkills(turn: Turn, args: Args): unknown {
  const read = readSkills(text(args["csv"]));
  if (!read.ok) return { ok: false, mistakes: read.refusal, added: 0, changed: 0 };
  const unknown = read.value.flatMap((row) =>
    household(turn.store, row.household)
      ? []
      : [{ line: row.line, column: "household", what: `no household ${row.household} is known; import people first` }],
  );
  if (unknown.length > 0) return { ok: false, mistakes: unknown, added: 0, changed: 0 };
  const counts = { added: 0, changed: 0 };
  for (const row of read.value) {
    const before = openItems(turn.store, [row.kind]).find(
      ({ code, owner }) => code === row.code && owner.house === row.household,
    );
    const same = before !== undefined && before.amount === row.amount && before.unit === row.unit;
    if (same) continue;
    counts[before === undefined ? "added" : "changed"]++;
    if (args["dryRun"] === true) continue;
    const member = membersOfHouse(turn.store, row.household).find(({ name }) => name === row.name);
    const owner = partyOfHouse(turn, row.household);
    const { amount, unit } = row;
    openItem(turn, {
      kind: row.kind,
      code: row.code,
      urgency: "ordinary",
      details: { endless: false, ...(amount === undefined ? {} : { amount }), ...(unit === undefined ? {} : { unit }) },
      owner: member === undefined ? owner : { ...owner, name: airName(member.name), member: member.number },
      ...(row.note === "" ? {} : { note: row.note }),
    });
  }
  return { ok: true, mistakes: [], ...counts };
}

function skillRows(turn: Turn): SkillRow[] {
  return openItems(turn.store, ["skill", "have"]).flatMap((item) =>
    item.owner.house === undefined || item.code === undefined
      ? []
      : [
          {
            line: 0,
            household: item.owner.house,
            name: item.owner.name,
            kind: item.kind as "skill" | "have",
            code: item.code,
            note: item.note ?? "",
            ...(item.amount === undefined ? {} : { amount: item.amount }),
            ...(item.unit === undefined ? {} : { unit: item.unit }),
          },
        ],
  );
}

/** Things that are looked after, and what only certain people may do: administer, coordinate, lead a zone. */
function everything(turn: Turn): Dependency[] {
  const people = listMembers(turn.store);
  const nameOf = (number: number | undefined): string => people.find((each) => each.number === number)?.name ?? "";
  const heads = listZones(turn.store).flatMap(({ number, name, captain, deputy }) =>
    captain === undefined && deputy === undefined
      ? []
      : [thing(`zone ${number} (${name})`, "captain", nameOf(captain), nameOf(deputy))],
  );
  const roles = (["operator", "coordinator"] as const).flatMap((role) => {
    const [first, second] = people.filter((each) => each.role === role);
    return first === undefined ? [] : [thing(`the ${role}s' work`, role, first.name, second?.name ?? "")];
  });
  return [...listDependencies(turn.store), ...roles, ...heads];
}

function thing(name: string, kind: string, keeper: string, deputy: string): Dependency {
  return { name, kind, keeper, deputy, needs: [], serves: [] };
}

export interface DependenciesView {
  readonly dependencies: readonly Dependency[];
  /** Everybody without whom something stops. */
  readonly singlePoints: readonly { readonly person: string; readonly fails: readonly Failure[] }[];
  readonly without?: string;
  /** What would fail without them. */
  readonly fails?: readonly Failure[];
}

function dependencies(turn: Turn, args: Args): DependenciesView {
  const things = everything(turn);
  const without = text(args["without"]);
  return {
    dependencies: things,
    singlePoints: singlePoints(things),
    ...(without === "" ? {} : { without, fails: whatFails(things, without) }),
  };
}

function importThings(turn: Turn, args: Args): unknown {
  const read = readThings(text(args["csv"]));
  if (!read.ok) return { ok: false, mistakes: read.refusal, changed: 0 };
  for (const each of read.value) setDependency(turn.store, each, turn.now);
  return { ok: true, mistakes: [], changed: read.value.length };
}

export const AID_DESK: Desk = {
  "aid list": { changes: false, answer: list },
  "aid add": { changes: true, answer: add },
  "aid take": { changes: true, answer: deed(take) },
  "aid done": { changes: true, answer: deed(finish) },
  "aid drop": { changes: true, answer: deed(drop) },
  "aid match": { changes: false, answer: match },
  "skills list": { changes: false, answer: (turn) => ({ skills: skillRows(turn).map((row) => skillView(row)) }) },
  "skills import": { changes: true, answer: importSkills },
  "skills export": { changes: false, answer: (turn) => ({ csv: writeSkills(skillRows(turn)) }) },
  dependencies: { changes: false, answer: dependencies },
  "dependencies import": { changes: true, answer: importThings },
  "dependencies export": { changes: false, answer: (turn) => ({ csv: writeThings(listDependencies(turn.store)) }) },
};

function skillView({ line: _line, code, unit, note: _note, ...row }: SkillRow): Record<string, unknown> {
  const name = UNITS.find(([each]) => each === unit)?.[1];
  return { ...row, what: TAXONOMY.byCode.get(code)?.name ?? `#${code}`, ...(name === undefined ? {} : { unit: name }) };
}
