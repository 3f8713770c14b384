// What the queue towards the mesh needs besides being sent: what has lost its meaning is dropped, receipts that wait for a line
// for many get one, and people are told, once, why their words wait.

import type { Millis } from "#base/clock.ts";
import type { Held } from "#delivery/choose.ts";
import { ledgerRow, moveLedger } from "#store/ledger.ts";
import { expiredSends, meshOutboxRow, nextExpiry, setMeshStatus } from "#store/mesh-outbox.ts";
import { tellSeldom } from "#store/world.ts";
import { sayDigests, surgeNow } from "./many.ts";
import { dropHeld } from "./out-of-reach.ts";
import { tellWriter } from "#gateway/say.ts";
import type { Turn } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";

const HOUR: Millis = 3_600_000;
const DAY = 24 * HOUR;

/** Returns when to look again. */
export function tendAir(turn: Turn): Millis | undefined {
  dropExpired(turn);
  const moments = [nextExpiry(turn.store), dropHeld(turn), sayDigests(turn)].filter((at) => at !== undefined);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function dropExpired(turn: Turn): void {
  for (const row of expiredSends(turn.store, turn.now)) {
    setMeshStatus(turn.store, row.id, "done");
    if (!moveLedger(turn.store, row.ledger, "expired", WORDS.waitedTooLong, turn.now)) continue;
    const ledger = ledgerRow(turn.store, row.ledger)!;
    tellWriter(turn, ledger, WORDS.expired(ledger.text));
  }
}

/** Says to the writers of what the air holds back why it waits: once an hour in a room, and once for each surge. */
export function tellHeld(turn: Turn, held: readonly Held[]): void {
  for (const { id, why } of held) {
    const row = meshOutboxRow(turn.store, id);
    const ledger = row && ledgerRow(turn.store, row.ledger);
    if (!ledger || ledger.direction !== "matrix-to-mesh") continue;
    const room = ledger.origin.slice(0, ledger.origin.lastIndexOf("/"));
    const waits =
      why === "surge"
        ? { about: `${why} ${room} ${surgeNow(turn)?.since ?? 0}`, within: DAY }
        : { about: `${why} ${room}`, within: HOUR };
    if (tellSeldom(turn.store, { what: "waits", ...waits }, turn.now)) tellWriter(turn, ledger, WORDS.waits[why]);
  }
}
