// Calling a neighbourhood part by part, so that answers come no faster than the channel takes them.
//
// The plan is a forecast from airtimes; what people and hidden radios make of it is seen in the channel's utilisation, and the
// next part is made smaller or larger by that. Whoever calls keeps to both: not before the plan, and not while it is busy.

import type { Millis } from "#base/clock.ts";
import { ACK_FRAME_BYTES, frameAirtime, packetAirtime, type Micros } from "./airtime.ts";
import { FLOOD } from "./surge.ts";

/** Percent of the channel's time that a roll call may fill. */
export const FILL = 25;
/** Most people read, think and type within this time. */
const PEOPLE_TAKE: Millis = 180_000;
/** An answer by direct message, its ack and the ack's ack: how often each is said in a mesh where others talk too. */
const REPEATS = 1.8;
const CALL_BYTES = 60;
const ANSWER_BYTES = 4;
/** A line for many, and how many it names. */
const LINE = { bytes: 190, names: 30 } as const;
/** A part has at least so many households, and shrinks or grows by this much at most. */
const LEAST_ZONE = 5;
const LEAST_STEP = 0.7;
/** A channel used for less than this share of what it may be is calm. */
const CALM = 0.6;

/** What a roll call takes on this preset, reckoned before anything is known of the mesh. */
export function rollCallAir(preset: string): RollCallAir {
  const ack = frameAirtime(preset, ACK_FRAME_BYTES);
  const answer = packetAirtime(preset, { payloadBytes: ANSWER_BYTES, direct: true });
  const receipt = packetAirtime(preset, { payloadBytes: LINE.bytes }) / LINE.names;
  return {
    callMicros: Math.ceil(FLOOD * packetAirtime(preset, { payloadBytes: CALL_BYTES })),
    answerMicros: Math.ceil(FLOOD * receipt + REPEATS * (answer + 2 * ack)),
    utilisation: FILL,
    peopleTake: PEOPLE_TAKE,
  };
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

/** The size of the next part, after one of `size` during which the channel was in use for `busiest` percent at most. */
export function nextZoneSize(size: number, busiest: number, air: RollCallAir): number {
  const share = busiest / air.utilisation;
  const factor = share > 1 ? Math.max(1 / share, LEAST_STEP) : share < CALM ? 1 / LEAST_STEP : 1;
  return Math.round(Math.min(2 * zoneSize(air), Math.max(LEAST_ZONE, size * factor)));
}
