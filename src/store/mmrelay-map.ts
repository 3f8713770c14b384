// mmrelay's message map: which Matrix event shows which mesh packet. Taken over, replies and reactions to messages from
// before the move still find their other side.

import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import type { Millis } from "#base/clock.ts";
import { addLedgerRow, moveLedger, rowsOfEvent } from "./ledger.ts";
import type { Store } from "./store.ts";

export interface MappedMessage {
  readonly packetId: number;
  readonly eventId: string;
  readonly room: string;
  readonly text: string;
}

/** The map in mmrelay's database; words when there is none to be read. */
export function readMmrelayMap(path: string): readonly MappedMessage[] | string {
  if (!existsSync(path)) return "is not there.";
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    try {
      const rows = db
        .prepare(
          "SELECT meshtastic_id AS id, matrix_event_id AS event, matrix_room_id AS room, meshtastic_text AS text FROM message_map",
        )
        .all() as { id: unknown; event: unknown; room: unknown; text: unknown }[];
      return rows.flatMap(({ id, event, room, text }) => {
        const packetId = Number(id);
        const usable = Number.isInteger(packetId) && packetId > 0 && packetId <= 0xffff_ffff;
        if (!usable || typeof event !== "string" || typeof room !== "string") return [];
        return [{ packetId, eventId: event, room, text: typeof text === "string" ? text : "" }];
      });
    } finally {
      db.close();
    }
  } catch {
    return "holds no message map of mmrelay.";
  }
}

/** Adds what is not known yet as settled messages; `place` is where a room id lies in our config. Returns how many. */
export function addMapped(
  store: Store,
  messages: readonly MappedMessage[],
  place: (room: string) => string,
  now: Millis,
): number {
  return store.transaction(() => {
    let added = 0;
    for (const { packetId, eventId, room, text } of messages) {
      if (rowsOfEvent(store, eventId).length > 0) continue;
      const row = { class: "chat", direction: "mesh-to-matrix", origin: "mesh:-" } as const;
      const ledger = addLedgerRow(store, { ...row, destination: place(room), text, packetId, eventId }, now);
      moveLedger(store, ledger, "confirmed", "taken over from mmrelay", now);
      added++;
    }
    return added;
  });
}
