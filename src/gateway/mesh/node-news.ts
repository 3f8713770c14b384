// What radios say about themselves, kept for whoever asks; and the two things that operators may want to be told unasked,
// once each until it changes: a battery that is low, a radio that was heard every day and is silent. Both are off unless
// the config asks for them: a street has many radios, and most silences mean nothing.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { learnNode, listNodes, setTimer, tellOnce, untell } from "#store/world.ts";
import { defuseName } from "#wire/text.ts";
import type { Position, Telemetry } from "#gateway/inputs.ts";
import { tellOperators } from "#gateway/say.ts";
import { ago } from "#gateway/spans.ts";
import { namesOf, type Turn, type Handled } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

/** A battery counts as well again this many percent above the line, so that it does not flicker. */
const RECOVERED = 10;
const LOOK_EVERY: Millis = 15 * 60_000;
/** A radio that has been away for longer than this before is nobody's surprise. */
const FORGOTTEN: Millis = 14 * 24 * 3_600_000;

export function telemetryHeard(turn: Turn, node: number, telemetry: Telemetry): Handled {
  const { batteryLevel, voltage, channelUtilization, airUtilTx } = telemetry;
  learnNode(turn.store, node, { battery: batteryLevel, voltage, channelUtilization, airUtilTx });
  const line = turn.settings.notices.lowBatteryPercent;
  if (line > 0 && batteryLevel !== undefined) watchBattery(turn, node, batteryLevel, line);
  return { end: "handled", reason: "telemetry" };
}

function watchBattery(turn: Turn, node: number, percent: number, line: number): void {
  const key = `battery ${nodeId(node)}`;
  if (percent <= line && tellOnce(turn.store, key, turn.now))
    tellOperators(turn, WORDS.lowBattery(nameOf(turn, node), nodeId(node), percent));
  else if (percent > line + RECOVERED) untell(turn.store, key);
}

export function positionHeard(turn: Turn, node: number, position: Position): Handled {
  const { latitudeI, longitudeI } = position;
  // 0/0 is a GPS without a fix, not a boat in the Gulf of Guinea.
  if (latitudeI === undefined || longitudeI === undefined || (latitudeI === 0 && longitudeI === 0))
    return { end: "handled", reason: "a position without a place" };
  learnNode(turn.store, node, { latitudeI, longitudeI, positionAt: turn.now });
  return { end: "handled", reason: "a position" };
}

/** Looks for radios that have fallen silent; set again for as long as the config asks for it. */
export function silentNodes(turn: Turn): void {
  const limit = turn.settings.notices.silentHours * 3_600_000;
  if (limit <= 0) return;
  for (const node of listNodes(turn.store)) {
    if (node.lastHeardAt === null) continue;
    const silence = turn.now - node.lastHeardAt;
    const key = `silent ${nodeId(node.num)}`;
    if (silence < limit) untell(turn.store, key);
    else if (silence < FORGOTTEN && tellOnce(turn.store, key, turn.now))
      tellOperators(turn, WORDS.silentSince(nameOf(turn, node.num), nodeId(node.num), ago(silence)));
  }
  setTimer(turn.store, "silent-nodes", 0, turn.now + LOOK_EVERY);
}

function nameOf(turn: Turn, node: number): string {
  return defuseName(namesOf(turn, node).long);
}
