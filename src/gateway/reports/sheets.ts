// How households stand, as tables: the CSV export, and the block sheet that a captain carries when radios fail. The
// silent come first, as everywhere. Addresses, contacts, medical words and what people wrote are only there when asked for.

import { isoTime } from "#base/calendar.ts";
import { isProven } from "#domain/people/trust.ts";
import type { Household } from "#domain/people/people.ts";
import { household, membersOfHouse } from "#store/people.ts";
import { statusWord } from "#wire/grammar/reply.ts";
import { TAXONOMY, wordFor } from "#wire/taxonomy.ts";
import { currentEvent } from "#gateway/events.ts";
import { isCoordinates } from "#gateway/welfare/place-answer.ts";
import { columnOf, COLUMNS, homesNow, surveyOf, type Column, type Home } from "#gateway/welfare/survey.ts";
import { calendarTime, type Turn } from "#gateway/turn.ts";

export interface SheetHome {
  readonly household: string;
  readonly names: readonly string[];
  readonly people: number | null;
  readonly animals: number | null;
  readonly needsPower: boolean;
  readonly column: Column;
  /** In the gateway's language. */
  readonly status: string;
  readonly call: boolean;
  readonly needs: readonly string[];
  /** ISO; none: nothing was said, or our clock was not sure. */
  readonly at: string | null;
  readonly by: string | null;
  readonly source: string | null;
  readonly means: string | null;
  readonly trust: string | null;
  /** What stands could be anybody's word. */
  readonly doubtful: boolean;
  readonly place: string | null;
  /** Only when asked for. */
  readonly private?: {
    readonly address: string;
    readonly contacts: string;
    readonly mobility: string;
    readonly medical: string;
    readonly note: string;
  };
}

export interface SheetZone {
  readonly zone: number | null;
  readonly name: string;
  readonly heads: readonly string[];
  readonly homes: readonly SheetHome[];
}

export interface Sheet {
  readonly title: string;
  /** In a drill. */
  readonly mark?: "EXERCISE";
  readonly timezone: string;
  readonly preparedAt: string;
  readonly private: boolean;
  readonly zones: readonly SheetZone[];
}

/** `zone`: only this one. */
export function sheetOf(turn: Turn, wish: { readonly withPrivate: boolean; readonly zone?: number }): Sheet {
  const event = currentEvent(turn);
  return {
    title: event === undefined ? turn.settings.node.name : `${turn.settings.node.name}: ${event.name}`,
    ...(event?.drill ? { mark: "EXERCISE" as const } : {}),
    timezone: turn.settings.node.timezone,
    preparedAt: isoTime(turn.wall),
    private: wish.withPrivate,
    zones: surveyOf(turn, homesNow(turn))
      .filter(({ zone }) => wish.zone === undefined || zone === wish.zone)
      .map((here) => ({
        zone: here.zone ?? null,
        name: here.name,
        heads: here.heads,
        homes: COLUMNS.flatMap((column) => here[column]).map((home) => sheetHome(turn, home, wish.withPrivate)),
      })),
  };
}

function sheetHome(turn: Turn, home: Home, withPrivate: boolean): SheetHome {
  const { house } = home;
  const { status, fact, call } = home.standing;
  const listed = household(turn.store, house)!;
  const { language } = turn.settings.node;
  return {
    household: house,
    names: membersOfHouse(turn.store, house).map(({ name }) => name),
    people: fact?.people ?? listed.people ?? null,
    animals: fact?.animals ?? listed.animals ?? null,
    needsPower: listed.needsPower,
    column: columnOf(home),
    status: statusWord(status, language),
    call,
    needs: (fact?.needs ?? []).map((code) => wordFor(TAXONOMY, code, language)),
    at: fact?.clockSure ? isoTime(calendarTime(turn, fact.at)) : null,
    by: fact?.by ?? null,
    source: fact?.source ?? null,
    means: fact?.means ?? null,
    trust: fact?.trust ?? null,
    doubtful: fact !== undefined && !isProven(fact.trust),
    place: fact?.place === undefined || (isCoordinates(fact.place) && !withPrivate) ? null : fact.place,
    ...(withPrivate ? { private: privateOf(listed, fact?.note) } : {}),
  };
}

function privateOf({ address, contacts, mobility, medical }: Household, note = ""): NonNullable<SheetHome["private"]> {
  return { address, contacts, mobility, medical, note };
}
