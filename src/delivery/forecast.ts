// What something will cost before it is said: packets, seconds of air, the share of the hour, and when it will be done.
// Forecasts, not promises: the next call for help goes first.

import type { Millis } from "#base/clock.ts";
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
