// What other gateways and companion programs said (src/wire): each message with who vouches for it, and what is kept to
// know repeats and forgeries. One row of memory, written in the step that handled the message.

import type { Millis } from "#base/clock.ts";
import { packBody, unpackBody } from "./inbox.ts";
import type { Store } from "./store.ts";
import { metaValue, setMeta } from "./world.ts";

export interface MachineRow {
  readonly id: number;
  readonly at: Millis;
  readonly sender: number;
  readonly type: string;
  /** The message as JSON (wire/json.ts). */
  readonly message: string;
  readonly vouched: string;
  readonly freshness: string;
  readonly mayAct: 0 | 1;
}

export function addMachineRow(store: Store, row: Omit<MachineRow, "id">): number {
  return store.run(
    "INSERT INTO machine_messages (at, sender, type, message, vouched, freshness, may_act) VALUES (?, ?, ?, ?, ?, ?, ?)",
    row.at,
    row.sender,
    row.type,
    row.message,
    row.vouched,
    row.freshness,
    row.mayAct,
  ).lastInsertRowid;
}

/** Whether this sender has said such a message before: the same in these fields. */
export function saidBefore(
  store: Store,
  sender: number,
  type: string,
  fields: Readonly<Record<string, unknown>>,
): boolean {
  return store
    .all<{ message: string }>("SELECT message FROM machine_messages WHERE sender = ? AND type = ?", sender, type)
    .some(({ message }) => {
      const known = JSON.parse(message) as Record<string, unknown>;
      return Object.entries(fields).every(([name, value]) => known[name] === value);
    });
}

export function listMachineRows(store: Store, since: Millis): MachineRow[] {
  return store.all<MachineRow>(
    "SELECT id, at, sender, type, message, vouched, freshness, may_act AS mayAct FROM machine_messages WHERE at >= ? ORDER BY id",
    since,
  );
}

/** A value kept between messages (replay windows, our own counter, pieces); `otherwise` until there is one. */
export function machineMemory<T>(store: Store, name: string, otherwise: T): T {
  const kept = metaValue(store, `machines ${name}`);
  return kept === undefined ? otherwise : (unpackBody(kept) as T);
}

export function keepMachineMemory(store: Store, name: string, value: unknown): void {
  setMeta(store, `machines ${name}`, packBody(value));
}
