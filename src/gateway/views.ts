// What people and programs are shown of the gateway: status and messages, as `muster status --json` prints them.

import { isoTime } from "#base/calendar.ts";
import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { countWaiting, lastRadioArrival } from "#store/inbox.ts";
import { listLedger, type LedgerRow } from "#store/ledger.ts";
import { countMatrixQueued } from "#store/matrix-outbox.ts";
import { countMeshQueued } from "#store/mesh-outbox.ts";
import type { Store } from "#store/store.ts";
import { wallOffset } from "#store/timeline.ts";
import { linkRow } from "#store/world.ts";
import { airtimeView, type AirtimeView } from "./air.ts";
import { uplinkLink } from "./matrix/places.ts";
import type { Settings } from "./settings.ts";
import { clockSure, RADIO, type RadioFacts } from "./turn.ts";

export interface StatusView {
  readonly radio: {
    readonly state: string;
    readonly reason: string;
    readonly node: string | null;
    readonly firmware: string | null;
    readonly region: string | null;
    readonly lastHeardAt: string | null;
  };
  readonly uplinks: readonly {
    readonly name: string;
    readonly state: string;
    readonly reason: string;
    readonly queued: number;
  }[];
  readonly inbox: { readonly waiting: number };
  readonly outbox: { readonly mesh: { readonly queued: number } };
  readonly database: { readonly ok: boolean; readonly path: string };
  /** Of the last hour; null while the air is not limited. */
  readonly airtime: AirtimeView | null;
  readonly now: string;
  /** False while the machine's clock cannot be right: then no time that is shown is. */
  readonly clock: { readonly sure: boolean };
}

/**
 * `state.now` is calendar time. `running` is false when the service is down and its database is read from outside: then
 * nothing is connected.
 */
export function statusView(
  store: Store,
  settings: Settings,
  state: { readonly now: Millis; readonly running: boolean; readonly databaseOk: boolean },
): StatusView {
  const radio = linkRow(store, RADIO);
  const facts = JSON.parse(radio?.detail ?? "{}") as Partial<RadioFacts>;
  const heard = lastRadioArrival(store);
  return {
    radio: {
      state: state.running ? (radio?.state ?? "down") : "down",
      reason: state.running ? (radio?.reason ?? "") : "the service is not running",
      node: facts.node === undefined ? null : nodeId(facts.node),
      firmware: facts.firmware ?? null,
      region: facts.region ?? null,
      lastHeardAt: heard === undefined ? null : isoTime(heard + wallOffset(store)),
    },
    uplinks: settings.uplinks.map((uplink) => {
      const link = linkRow(store, uplinkLink(uplink.name));
      return {
        name: uplink.name,
        state: state.running ? (link?.state ?? "down") : "down",
        reason: state.running ? (link?.reason ?? "") : "the service is not running",
        queued: countMatrixQueued(store, uplink.name),
      };
    }),
    inbox: { waiting: countWaiting(store) },
    outbox: { mesh: { queued: countMeshQueued(store) } },
    database: { ok: state.databaseOk, path: store.path },
    airtime: airtimeView({ store, settings, now: state.now - wallOffset(store) }),
    now: isoTime(state.now),
    clock: { sure: clockSure(state.now) },
  };
}

export interface MessageView {
  readonly id: number;
  readonly class: string;
  readonly direction: string;
  readonly origin: string;
  readonly destination: string;
  readonly text: string;
  readonly state: string;
  readonly reason: string | null;
  readonly acceptedAt: string;
  readonly settledAt: string | null;
  readonly packetId: number | null;
  readonly eventId: string | null;
}

/** `since` is calendar time. */
export function messagesView(store: Store, filter: { since?: Millis; state?: string }): MessageView[] {
  const offset = wallOffset(store);
  const { since, ...rest } = filter;
  const rows = listLedger(store, since === undefined ? rest : { ...rest, since: since - offset });
  return rows.map((row) => messageView(row, offset));
}

/** `offset`: calendar time minus our own. */
export function messageView(row: LedgerRow, offset: Millis): MessageView {
  return {
    id: row.id,
    class: row.class,
    direction: row.direction,
    origin: row.origin,
    destination: row.destination,
    text: row.text,
    state: row.state,
    reason: row.reason,
    acceptedAt: isoTime(row.acceptedAt + offset),
    settledAt: row.settledAt === null ? null : isoTime(row.settledAt + offset),
    packetId: row.packetId,
    eventId: row.eventId,
  };
}
