// What this gateway has seen of its radio's firmware, by version: kept in radio-observed.json beside the database, printed for
// people, and as a section for firmware-notes/observed.md. Facts and counts only: no names, no texts, no numbers of radios.
//
// While the service runs, it is asked what it knows; otherwise the radio is visited, which also measures how long it takes to
// answer. What became of direct messages counts for the version that the radio has now, since it was first seen here.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isoTime, parseIsoTime } from "#base/calendar.ts";
import { wallClock } from "#base/clock.ts";
import type { RadioFacts } from "#gateway/turn.ts";
import type { MessageView } from "#gateway/views.ts";
import { CONFIG_PARTS, MODULE_PARTS } from "#radio/settings.ts";
import { askControl } from "#cli/service/control.ts";
import { answerOffline } from "#cli/offline.ts";
import { writePrivate } from "#cli/qr.ts";
import { diagnosisOf, targetOf } from "./target.ts";
import { OwnLine } from "./own-line.ts";
import { RadioSession } from "./session.ts";
import { answerJson, Failure, type Cli } from "#cli/verb.ts";

/** Milliseconds: the least, the middle and the most. */
type Spread = readonly [number, number, number];

interface Observed {
  readonly first: string;
  readonly last: string;
  /** HardwareModel numbers. */
  readonly boards: readonly number[];
  readonly regions: readonly string[];
  /** Restarts between observations. */
  readonly restarts: number;
  readonly rebootCount: number;
  readonly handshakeMs?: number;
  readonly answerMs?: Spread;
  /** Parts of the settings that it does not have. */
  readonly lacks?: readonly string[];
  /** Messages for one radio by their state, and how long a confirmation took. */
  readonly direct: Readonly<Record<string, number>>;
  readonly confirmedMs?: Spread;
}

type Versions = Readonly<Record<string, Observed>>;

const FILE = "radio-observed.json";

export async function observe(
  cli: Cli,
  options: { readonly json?: boolean; readonly markdown?: boolean },
): Promise<void> {
  const target = targetOf(cli, undefined);
  const settings = target.settings!;
  const file = join(dirname(settings.database.path), FILE);
  const versions = read(file);
  const running = await diagnosisOf(target);
  const seen: Measured & { readonly facts?: RadioFacts } = running
    ? { ...(running.radio.facts && { facts: running.radio.facts }) }
    : await visit(await OwnLine.open(target.place, target.keeper()));
  if (!seen.facts)
    throw new Failure(
      "The running service has not spoken with its radio yet; ask again when `muster status` says ready.",
    );
  const answer = await askControl(settings.control.socket, "messages");
  if (answer.is === "refused") throw new Failure(answer.error);
  const messages = (answer.is === "answered" ? answer.value : answerOffline(settings, "messages", {})) as MessageView[];
  const version = seen.facts.firmware;
  const after = { ...versions, [version]: merged(versions[version], seen.facts, seen, messages) };
  writePrivate(file, `${JSON.stringify(after, null, 2)}\n`, "w");
  if (options.json) return answerJson(cli, { file, versions: after });
  cli.answer(
    options.markdown
      ? markdown(after)
      : Object.entries(after)
          .map(([name, each]) => words(name, each))
          .join("\n"),
  );
  cli.say(`Kept in ${file}.`);
}

type Measured = Pick<Observed, "handshakeMs" | "answerMs" | "lacks">;

async function visit(line: OwnLine): Promise<Measured & { readonly facts: RadioFacts }> {
  const session = new RadioSession(line);
  try {
    const settings = await session.settings();
    const lacks = [
      ...Object.entries(CONFIG_PARTS).filter(([part]) => !settings.config.has(Number(part))),
      ...Object.entries(MODULE_PARTS).filter(([part]) => !settings.modules.has(Number(part))),
    ].map(([, name]) => name);
    const { nodes: _nodes, publicKey: _key, ...facts } = line.info;
    return { facts, handshakeMs: line.handshake, answerMs: spread(session.answers)!, lacks };
  } finally {
    await session.close();
  }
}

function merged(
  before: Observed | undefined,
  facts: RadioFacts,
  measured: Measured,
  messages: readonly MessageView[],
): Observed {
  const now = isoTime(wallClock.wall());
  const { handshakeMs, answerMs, lacks } = { ...before, ...measured };
  const first = before?.first ?? now;
  const direct = messages.filter(
    ({ destination, acceptedAt }) =>
      destination.startsWith("mesh:!") && (parseIsoTime(acceptedAt) ?? 0) >= (parseIsoTime(first) ?? 0),
  );
  const took = direct.flatMap(({ state, acceptedAt, settledAt }) =>
    state === "confirmed" && settledAt ? [(parseIsoTime(settledAt) ?? 0) - (parseIsoTime(acceptedAt) ?? 0)] : [],
  );
  const counts: Record<string, number> = {};
  for (const { state } of direct) counts[state] = (counts[state] ?? 0) + 1;
  return {
    first,
    last: now,
    boards: union(before?.boards, facts.hwModel),
    regions: union(before?.regions, `${facts.region} ${facts.modemPreset}`),
    restarts: (before?.restarts ?? 0) + Math.max(0, facts.rebootCount - (before?.rebootCount ?? facts.rebootCount)),
    rebootCount: facts.rebootCount,
    ...(handshakeMs === undefined ? {} : { handshakeMs }),
    ...(answerMs === undefined ? {} : { answerMs }),
    ...(lacks === undefined ? {} : { lacks }),
    direct: counts,
    ...(took.length === 0 ? {} : { confirmedMs: spread(took)! }),
  };
}

function union<T>(list: readonly T[] | undefined, more: T | undefined): readonly T[] {
  return [...new Set([...(list ?? []), ...(more === undefined ? [] : [more])])];
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  return [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
}

/** A file of ours that cannot be read is no reason to stop; it begins anew. */
function read(file: string): Versions {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Versions;
  } catch {
    return {};
  }
}

const range = (spreadOf: Spread | undefined): string =>
  spreadOf === undefined ? "not measured" : `${spreadOf[1]} ms (${spreadOf[0]} to ${spreadOf[2]})`;

function factsOf(each: Observed): (readonly [string, string])[] {
  return [
    ["seen", `${each.first.slice(0, 10)} to ${each.last.slice(0, 10)}`],
    ["boards (HardwareModel)", each.boards.join(", ") || "not told"],
    ["region and preset", each.regions.join(", ")],
    ["restarts between observations", String(each.restarts)],
    ["handshake", each.handshakeMs === undefined ? "not measured" : `${each.handshakeMs} ms`],
    ["an admin answer", range(each.answerMs)],
    ["settings it does not have", each.lacks?.join(", ") || "none"],
    [
      "direct messages",
      Object.entries(each.direct)
        .map(([state, count]) => `${count} ${state}`)
        .join(", ") || "none yet",
    ],
    ["a confirmation", range(each.confirmedMs)],
  ];
}

function words(version: string, each: Observed): string {
  return [`firmware ${version}`, ...factsOf(each).map(([what, value]) => `  ${what.padEnd(32)} ${value}`)].join("\n");
}

function markdown(versions: Versions): string {
  const section = ([version, each]: readonly [string, Observed]): string =>
    [`## ${version}`, "", "| | |", "|---|---|", ...factsOf(each).map(([what, value]) => `| ${what} | ${value} |`)].join(
      "\n",
    );
  return Object.entries(versions).map(section).join("\n\n");
}
