// The services that the neighbourhood shares (homeserver, wiki, clock, power): who looks after them and how they are. An edge looks at
// each (web/probe.ts); one failure is nothing, the second in a row is "down". Whoever asked hears of the next change, once; the
// operators hear of every one.

import { timeOfDay } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { parseNodeId } from "#base/ids.ts";
import { serviceRow, setService, takeWatches, watchService, type ServiceRow, type WatchRow } from "#store/knowledge.ts";
import { inquiriesOf } from "#wire/grammar/inquiry.ts";
import { fill, fits } from "#wire/grammar/reply.ts";
import type { ServiceSeen } from "#gateway/inputs.ts";
import { tellOperators, tellRoom, tellMesh } from "#gateway/say.ts";
import type { ServiceSettings } from "#gateway/settings.ts";
import { calendarTime, clockSure, type Turn } from "#gateway/turn.ts";

const FAILURES = 2;
/** Whoever asked longer ago has forgotten that they did. */
const REMEMBERED: Millis = 24 * 3_600_000;

export function servicesSeen(turn: Turn, seen: readonly ServiceSeen[]): void {
  for (const each of seen) {
    const settings = turn.settings.services.find(({ name }) => name === each.name);
    if (settings) serviceSeen(turn, settings, each);
  }
}

function serviceSeen(turn: Turn, settings: ServiceSettings, { up, reason }: ServiceSeen): void {
  const { store, now } = turn;
  const { name } = settings;
  const known = serviceRow(store, name);
  const failures = up ? 0 : (known?.failures ?? 0) + 1;
  const state = up ? "up" : known === undefined || failures >= FAILURES ? "down" : known.state;
  const row: ServiceRow = {
    name,
    state,
    reason,
    since: known?.state === state ? known.since : now,
    checkedAt: now,
    failures,
  };
  setService(store, row);
  if (state !== (known?.state ?? "up")) changed(turn, settings, row);
}

function changed(turn: Turn, settings: ServiceSettings, row: ServiceRow): void {
  const why = row.state === "down" ? ` (${row.reason})` : "";
  tellOperators(turn, `${changeWords(turn, settings, row, "en")}${why}`);
  for (const watch of takeWatches(turn.store, row.name, turn.now - REMEMBERED)) tellWatcher(turn, settings, row, watch);
}

function changeWords(turn: Turn, settings: ServiceSettings, row: ServiceRow, language: string): string {
  return fill(inquiriesOf(language).changed[row.state], {
    name: row.name,
    time: sinceWords(turn, row),
    owner: keeperOf(settings),
  });
}

function tellWatcher(turn: Turn, settings: ServiceSettings, row: ServiceRow, { place, language }: WatchRow): void {
  const words = changeWords(turn, settings, row, language);
  const node = place.startsWith("mesh:") ? parseNodeId(place.slice("mesh:".length)) : undefined;
  if (node !== undefined) {
    tellMesh(turn, {
      class: "information",
      to: node,
      text: words,
      latestKey: `service ${row.name}`,
    });
    return;
  }
  const [, uplink, room] = /^matrix:([^/]+)\/(.+)$/.exec(place) ?? [];
  if (uplink !== undefined && room !== undefined) tellRoom(turn, uplink, room, words);
}

/** Whoever asks hears of the next change of each, once. */
export function watchAll(turn: Turn, watch: WatchRow): void {
  for (const { name } of turn.settings.services) watchService(turn.store, name, watch, turn.now);
}

function keeperOf({ owner, deputy }: ServiceSettings): string {
  return deputy === undefined ? owner : `${owner}, ${deputy}`;
}

function sinceWords(turn: Turn, { since }: ServiceRow): string {
  return clockSure(turn.wall) ? timeOfDay(calendarTime(turn, since), turn.settings.node.timezone) : "?";
}

/** What is down first, with whom to ask; then the rest. */
export function servicesWords(turn: Turn, language: string): string {
  const { services } = turn.settings;
  const words = inquiriesOf(language);
  if (services.length === 0) return words.noServices;
  const rows = services.map((settings) => ({ settings, row: rowOf(turn, settings) }));
  const names = (state: ServiceRow["state"] | undefined): string =>
    rows
      .filter(({ row }) => row?.state === state)
      .map(({ settings }) => settings.name)
      .join(" ");
  const down = rows
    .filter(({ row }) => row?.state === "down")
    .map(({ settings, row }) =>
      fill(words.downOne, { name: settings.name, time: sinceWords(turn, row!), owner: keeperOf(settings) }),
    );
  const upNames = names("up")
    .split(" ")
    .filter((name) => name !== "");
  const parts = (up: string): string =>
    [
      down.length === 0 ? "" : fill(words.down, { services: down.join(", ") }),
      up === "" ? "" : fill(words.up, { names: up }),
      names(undefined) === "" ? "" : fill(words.unchecked, { names: names(undefined) }),
    ]
      .filter((part) => part !== "")
      .join(" ");
  // What matters least is left out first: the promise, then which of them are up.
  const named = parts(upNames.join(" "));
  const shapes = [named + words.willTell, named, parts(upNames.length === 0 ? "" : String(upNames.length))];
  return shapes.find(fits) ?? shapes.at(-1)!;
}

function rowOf(turn: Pick<Turn, "store">, { name, check }: ServiceSettings): ServiceRow | undefined {
  return check === undefined ? undefined : serviceRow(turn.store, name);
}

export interface ServiceView {
  readonly name: string;
  readonly state: "up" | "down" | "unknown";
  readonly reason: string;
  readonly owner: string;
  readonly deputy: string | null;
  readonly check: string | null;
  readonly since: Millis | null;
  readonly checkedAt: Millis | null;
}

/** For `muster services --json`; times by the calendar. */
export function serviceViews(turn: Turn): ServiceView[] {
  return turn.settings.services.map((settings) => {
    const row = rowOf(turn, settings);
    return {
      name: settings.name,
      state: row?.state ?? "unknown",
      reason: row?.reason ?? "",
      owner: settings.owner,
      deputy: settings.deputy ?? null,
      check: settings.check ?? null,
      since: row ? calendarTime(turn, row.since) : null,
      checkedAt: row ? calendarTime(turn, row.checkedAt) : null,
    };
  });
}
