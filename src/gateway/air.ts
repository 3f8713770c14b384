// The air as the gateway knows it: what its own radio reports, what it has used of the hour, what saying something would cost.
// The rules are delivery's; here they are fed from rows.

import { timeOfDay } from "#base/calendar.ts";
import {
  ACK_FRAME_BYTES,
  frameAirtime,
  packetAirtime,
  signsBroadcasts,
  type Micros,
  type Packet,
} from "#delivery/airtime.ts";
import {
  HOUR,
  limitsOf,
  RELIABLE_TRANSMISSIONS,
  spentInHour,
  type AirReport,
  type AirView,
  type Limits,
} from "#delivery/budget.ts";
import { costOf as reckon, type Cost } from "#delivery/forecast.ts";
import { rankOf, type MessageClass } from "#domain/message.ts";
import { addSpent, spentSince } from "#store/air.ts";
import { countMeshQueued, type MeshOutboxRow } from "#store/mesh-outbox.ts";
import { bookPageAir } from "#store/pages.ts";
import { bookRollAir } from "#store/rolls.ts";
import { metaValue, setMeta } from "#store/world.ts";
import type { Telemetry } from "./inputs.ts";
import { calendarTime, EVERYONE, radioFacts, type Turn } from "./turn.ts";

const REPORT = "air report";
const REFUSED = "air refused until";

/** What our own radio says of the channel and of its own sending. */
export function noteAir(turn: Turn, telemetry: Telemetry): void {
  const { channelUtilization, airUtilTx, uptimeSeconds } = telemetry;
  if (channelUtilization === undefined || airUtilTx === undefined) return;
  const counted = uptimeSeconds === undefined ? HOUR : Math.min(HOUR, uptimeSeconds * 1000);
  const report: AirReport = {
    at: turn.now,
    countsFrom: turn.now - counted,
    channelUtilisation: channelUtilization,
    airUtilTx,
  };
  setMeta(turn.store, REPORT, JSON.stringify(report));
}

/** "Duty cycle limit exceeded. You can send again in N mins" (meshtastic-facts §1.5). */
export function radioRefused(turn: Turn, notification: string): void {
  const minutes = Number(/duty cycle.*again in (\d+) min/i.exec(notification)?.[1]);
  if (minutes > 0) setMeta(turn.store, REFUSED, String(turn.now + Math.min(minutes, 60) * 60_000));
}

/** Undefined while rate limits are off: an emulated radio, where airtime costs nobody anything. */
export function airView(turn: Pick<Turn, "store" | "settings" | "now">): AirView | undefined {
  const { settings, store, now } = turn;
  if (settings.meshtastic.messageDelay === 0) return undefined;
  const report = metaValue(store, REPORT);
  const refused = Number(metaValue(store, REFUSED) ?? 0);
  return {
    region: radioFacts(turn)?.region ?? "",
    settings: settings.airtime,
    spent: spentSince(store, now - HOUR),
    ...(report === undefined ? {} : { report: JSON.parse(report) as AirReport }),
    ...(refused > now ? { refusedUntil: refused } : {}),
  };
}

export function airLimits(turn: Pick<Turn, "store" | "settings">): Limits {
  return limitsOf(radioFacts(turn)?.region ?? "", turn.settings.airtime);
}

/** Microseconds of one transmission by our radio, as it is set now. */
export function microsOf(turn: Turn, packet: Packet): Micros {
  const radio = radioFacts(turn);
  const signs = signsBroadcasts(radio?.firmware ?? "");
  return packetAirtime(radio?.modemPreset ?? "LONG_FAST", { ...packet, signs });
}

/** Microseconds of the ack of a direct message. */
export function ackMicros(turn: Turn): Micros {
  return frameAirtime(radioFacts(turn)?.modemPreset ?? "LONG_FAST", ACK_FRAME_BYTES);
}

export function transmissionsOf(wantAck: boolean): number {
  return wantAck ? RELIABLE_TRANSMISSIONS : 1;
}

type Sized = Pick<MeshOutboxRow, "payload" | "portnum" | "to" | "replyId" | "emoji">;

export function microsOfRow(turn: Turn, row: Sized): Micros {
  return microsOf(turn, {
    payloadBytes: row.payload.length,
    portnum: row.portnum,
    direct: row.to !== EVERYONE,
    reply: row.replyId !== 0,
    emoji: row.emoji !== 0,
  });
}

const RECEIPT = rankOf("receipt");

/** A packet was handed to the radio. */
export function bookAir(turn: Turn, row: Sized & Pick<MeshOutboxRow, "wantAck" | "ledger" | "rank">): void {
  const transmissions = transmissionsOf(row.wantAck === 1);
  const micros = microsOfRow(turn, row);
  addSpent(turn.store, { at: turn.now, micros, transmissions });
  bookRollAir(turn.store, row.ledger, row.rank === RECEIPT, micros);
  bookPageAir(turn.store, row.ledger, micros);
}

/** What saying these packets would cost, told before a broadcast to many. */
export function costOf(turn: Turn, packets: readonly Packet[], messageClass: MessageClass): Cost {
  const wishes = packets.map((packet) => ({
    rank: rankOf(messageClass),
    micros: microsOf(turn, packet),
    transmissions: RELIABLE_TRANSMISSIONS,
  }));
  const queue = { gap: turn.settings.meshtastic.messageDelay * 1000, ahead: countMeshQueued(turn.store) };
  return reckon(wishes, airView(turn), queue, turn.now);
}

/** "3 packets, 5.6 s of air, 2 % of the hour's budget, done by 14:05" */
export function costWords(turn: Turn, cost: Cost): string {
  const { packets, airSeconds } = cost;
  return `${packets} ${packets === 1 ? "packet" : "packets"}, ${airSeconds.toFixed(1)} s of air, ${shareWords(turn, cost)}`;
}

/** "2 % of the hour's budget, done by 14:05" */
export function shareWords(turn: Turn, { shareOfHour, finishAt }: Cost): string {
  const done = timeOfDay(calendarTime(turn, finishAt), turn.settings.node.timezone);
  return `${Math.ceil(shareOfHour * 100)} % of the hour's budget, done by ${done}`;
}

/** The hour's airtime, for programs; null while it is not limited. Seconds of one transmission each. */
export interface AirtimeView {
  readonly usedSeconds: number;
  readonly leftSeconds: number;
  /** For distress and pages: the reserve too. */
  readonly emergencyLeftSeconds: number;
  /** Percent, as our radio last said. */
  readonly channelUtilisation: number | null;
}

export function airtimeView(turn: Pick<Turn, "store" | "settings" | "now">): AirtimeView | null {
  const view = airView(turn);
  if (view === undefined) return null;
  const used = spentInHour(view, turn.now);
  const { ordinary, withReserve } = airLimits(turn);
  const tenths = (micros: Micros): number => Math.round(Math.max(0, micros) / 100_000) / 10;
  return {
    usedSeconds: tenths(used),
    leftSeconds: tenths(ordinary - used),
    emergencyLeftSeconds: tenths(withReserve - used),
    channelUtilisation: view.report?.channelUtilisation ?? null,
  };
}

/** What is left of the hour, for `!health`. */
export function airWords(turn: Turn): string {
  const view = airView(turn);
  if (view === undefined) return "Airtime: not limited";
  const used = spentInHour(view, turn.now);
  const { ordinary, withReserve } = airLimits(turn);
  const percent = (micros: Micros): string => (micros / 36_000_000).toFixed(1);
  const reported = view.report
    ? `; the radio counts ${view.report.airUtilTx.toFixed(1)} % sent, channel in use ${view.report.channelUtilisation.toFixed(0)} %`
    : "";
  return `Airtime: ${percent(used)} of ${percent(ordinary)} % of the last hour used, ${percent(withReserve - ordinary)} % kept for emergencies${reported}`;
}
