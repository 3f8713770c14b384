// What a Prometheus is told about this gateway: figures of the database and the links, with names that neighbours of this
// program use too (field.md: radio connected, nodes active, messages, channel utilisation, last heard).
//
// Nothing here tells who said what: a radio is named by its number alone, people not at all.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { countWaiting, lastRadioArrival } from "#store/inbox.ts";
import { countMatrixQueued } from "#store/matrix-outbox.ts";
import { countMeshQueued } from "#store/mesh-outbox.ts";
import { messageCounts, messagesEver, nodesHeard, oldestQueued, openCounts } from "#store/figures.ts";
import { wallOffset } from "#store/timeline.ts";
import { linkRow } from "#store/world.ts";
import { airtimeView } from "./air.ts";
import { uplinkLink } from "./matrix/places.ts";
import { clockSure, RADIO, type Turn } from "./turn.ts";

/** One name with all that it is said of. Names end as Prometheus has it: `_total`, `_seconds`, `_ratio`. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

const HOUR: Millis = 3_600_000;
/** A radio that was heard within this is active: Meshtastic's own measure of "online" (2 h). */
const ACTIVE: Millis = 2 * HOUR;
/** Of these the last moment is told one by one. */
const REMEMBERED: Millis = 7 * 24 * HOUR;

/** Everything, at this moment. */
export function metricsView(turn: Pick<Turn, "store" | "settings" | "now" | "wall">): Metric[] {
  return [
    ...linkMetrics(turn),
    ...queueMetrics(turn),
    ...nodeMetrics(turn),
    ...airMetrics(turn),
    ...worldMetrics(turn),
  ];
}

type View = Parameters<typeof metricsView>[0];

function gauge(name: string, help: string, ...samples: readonly (Sample | number | undefined)[]): Metric {
  const given = samples.filter((each) => each !== undefined);
  return {
    name: `muster_${name}`,
    help,
    type: name.endsWith("_total") ? "counter" : "gauge",
    samples: given.map((each) => (typeof each === "number" ? { value: each } : each)),
  };
}

function linkMetrics({ store, settings }: View): Metric[] {
  const heard = lastRadioArrival(store);
  const connected = (link: string): number => (linkRow(store, link)?.state === "ready" ? 1 : 0);
  return [
    gauge("radio_connected", "Whether the radio is there and answers.", connected(RADIO)),
    gauge(
      "radio_last_heard_timestamp_seconds",
      "When anything was last heard by radio.",
      heard === undefined ? undefined : seconds(heard + wallOffset(store)),
    ),
    gauge(
      "uplink_connected",
      "Whether a homeserver takes what we send.",
      ...settings.uplinks.map(({ name }) => ({ labels: { uplink: name }, value: connected(uplinkLink(name)) })),
    ),
  ];
}

function queueMetrics({ store, settings, now }: View): Metric[] {
  const oldest = oldestQueued(store);
  return [
    gauge("messages_total", "Messages accepted since the gateway's first day.", messagesEver(store)),
    gauge(
      "messages_last_hour",
      "Messages accepted in the last hour, by what became of them.",
      ...messageCounts(store, now - HOUR).map(({ n, ...labels }) => ({ labels: { ...labels }, value: n })),
    ),
    gauge("inbox_waiting", "Arrivals that are kept and not handled yet.", countWaiting(store)),
    gauge("mesh_queued", "Messages that wait for the radio.", countMeshQueued(store)),
    gauge(
      "uplink_queued",
      "Messages that wait for a homeserver.",
      ...settings.uplinks.map(({ name }) => ({ labels: { uplink: name }, value: countMatrixQueued(store, name) })),
    ),
    gauge(
      "oldest_queued_seconds",
      "How long the oldest waiting message has waited.",
      oldest === undefined ? 0 : seconds(now - oldest),
    ),
  ];
}

function nodeMetrics({ store, now }: View): Metric[] {
  const nodes = nodesHeard(store, now - REMEMBERED);
  const offset = wallOffset(store);
  const named = (num: number): Record<string, string> => ({ node: nodeId(num) });
  return [
    gauge("nodes_active", "Radios heard in the last two hours.", nodes.filter(({ at }) => at > now - ACTIVE).length),
    gauge(
      "node_last_heard_timestamp_seconds",
      "When a radio was last heard.",
      ...nodes.map(({ num, at }) => ({ labels: named(num), value: seconds(at + offset) })),
    ),
    gauge(
      "node_channel_utilization_percent",
      "How much of the time a radio finds the channel in use.",
      ...nodes.flatMap(({ num, channelUtilization }) =>
        channelUtilization === null ? [] : [{ labels: named(num), value: channelUtilization }],
      ),
    ),
    gauge(
      "node_battery_percent",
      "What a radio says of its battery; above 100 it is plugged in.",
      ...nodes.flatMap(({ num, battery }) => (battery === null ? [] : [{ labels: named(num), value: battery }])),
    ),
  ];
}

function airMetrics(turn: View): Metric[] {
  const air = airtimeView(turn);
  if (air === null) return [];
  return [
    gauge("airtime_used_seconds", "Time on the air that the gateway used in the last hour.", air.usedSeconds),
    gauge(
      "airtime_left_seconds",
      "What is left of the hour's budget, for all and for distress and pages.",
      { labels: { class: "ordinary" }, value: air.leftSeconds },
      { labels: { class: "emergency" }, value: air.emergencyLeftSeconds },
    ),
    gauge(
      "channel_utilization_percent",
      "How much of the time our radio finds the channel in use.",
      air.channelUtilisation ?? undefined,
    ),
  ];
}

function worldMetrics({ store, wall }: View): Metric[] {
  const { calls, rolls } = openCounts(store);
  return [
    gauge("calls_open", "Calls for help that nobody has closed.", calls),
    gauge("roll_calls_open", "Roll calls that are running.", rolls),
    gauge(
      "database_bytes",
      "Size of the database.",
      Number(store.pragma("page_count")) * Number(store.pragma("page_size")),
    ),
    gauge("clock_sure", "Whether the machine's clock can be right.", clockSure(wall) ? 1 : 0),
  ];
}

const seconds = (ms: Millis): number => Math.round(ms / 1000);
