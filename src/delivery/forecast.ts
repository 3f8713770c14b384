// What something will cost before it is said: packets, seconds of air, the share of the hour, and when it will be done.
// Forecasts, not promises: the next call for help goes first.

import type { Millis } from "#base/clock.ts";
import type { Micros } from "./airtime.ts";
import { limitsOf, permission, type AirView, type Wish } from "./budget.ts";

export interface Cost {
  readonly packets: number;
  /** Seconds that our own radio sends, each packet once. */
  readonly airSeconds: number;
  /** Of what the gateway may use in an hour, 0 to 1 and more. */
  readonly shareOfHour: number;
  /** When the last of it will have been handed to the radio. */
  readonly finishAt: Millis;
}

export interface Queue {
  /** Milliseconds between two packets. */
  readonly gap: Millis;
  /** Packets that go before these. */
  readonly ahead: number;
}

/** `air` undefined: nothing is limited. */
export function costOf(wishes: readonly Wish[], air: AirView | undefined, queue: Queue, now: Millis): Cost {
  const micros = wishes.reduce((sum, wish) => sum + wish.micros, 0);
  let view = air;
  let at = now + queue.ahead * queue.gap;
  let finishAt = now;
  for (const wish of wishes) {
    at = waitedFor(view, wish, at);
    finishAt = at;
    if (view)
      view = { ...view, spent: [...view.spent, { at, micros: wish.micros, transmissions: wish.transmissions }] };
    at += queue.gap;
  }
  const budget = air === undefined ? undefined : limitsOf(air.region, air.settings).ordinary;
  const shareOfHour = budget === undefined ? 0 : budget === 0 ? Number.POSITIVE_INFINITY : micros / budget;
  return { packets: wishes.length, airSeconds: micros / 1_000_000, shareOfHour, finishAt };
}

/** Looks again a few times: one wait may end in another. */
function waitedFor(view: AirView | undefined, wish: Wish, from: Millis): Millis {
  if (view === undefined) return from;
  let at = from;
  for (let look = 0; look < 4; look++) {
    const allowed = permission(view, wish, at).at;
    if (allowed <= at) return at;
    at = allowed;
  }
  return at;
}

export interface Zone {
  readonly name: string;
  readonly households: number;
}

export interface RollCallAir {
  /** All transmissions, by anybody, that one call causes. */
  readonly callMicros: Micros;
  /** All transmissions, by anybody, that one household's answer causes, acks and its share of a receipt included. */
  readonly answerMicros: Micros;
  /** Percent of the channel's time that the roll call may fill. */
  readonly utilisation: number;
  /** How long people take to answer, whatever the channel is like. */
  readonly peopleTake: Millis;
}

export interface ZonePlan {
  readonly name: string;
  readonly callAt: Millis;
  /** When those who will answer have answered. */
  readonly doneAt: Millis;
}

/**
 * When to call which zone, so that answers come no faster than the channel takes them: the next zone is called when the
 * answers of those before it have had their time. The last `doneAt` is the forecast of the whole.
 */
export function rollCallPlan(zones: readonly Zone[], air: RollCallAir, now: Millis): ZonePlan[] {
  let callAt = now;
  return zones.map(({ name, households }) => {
    const micros = air.callMicros + households * air.answerMicros;
    const takes = Math.ceil(micros / 1000 / (air.utilisation / 100));
    const plan = { name, callAt, doneAt: callAt + Math.max(takes, air.peopleTake) };
    callAt += takes;
    return plan;
  });
}

/** How many households at most make a zone whose answers the channel takes in about the time that people need. */
export function zoneSize(air: RollCallAir): number {
  const room = air.peopleTake * 1000 * (air.utilisation / 100) - air.callMicros;
  return Math.max(1, Math.floor(room / air.answerMicros));
}
