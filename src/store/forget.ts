// Forgetting people for good. Deleted rows are overwritten (secure_delete is on), and the write-ahead log that still has them is
// emptied afterwards by whoever holds the connection (`leaveNoTrace`), because that cannot be done inside a transaction.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import type { House } from "#domain/wire-words.ts";
import { forgetAttendance } from "./calendar.ts";
import { blankBoards, blankInResults, forgetCalls, forgetLoose, forgetTalk } from "./forget-boards.ts";
import { forgetAid } from "./aid.ts";
import { forgetContacts } from "./pages.ts";
import { forgetLedger } from "./prune.ts";
import { membersOfHouse, radiosOfMember } from "./people.ts";
import type { Store } from "./store.ts";
import { journal } from "./world.ts";

/** What still has to happen before this household may be forgotten, in words; undefined: nothing. */
export function whyNotForget(store: Store, house: House): string | undefined {
  const call = store.get("SELECT 1 FROM calls WHERE house = ? AND state <> 'closed'", house);
  if (call) return `household ${house} has an open call for help`;
  for (const node of nodesOf(store, house)) {
    const pending = store.get(
      "SELECT 1 FROM ledger WHERE settled_at IS NULL AND class = 'distress' AND (origin = ? OR destination = ?)",
      `mesh:${nodeId(node)}`,
      `mesh:${nodeId(node)}`,
    );
    if (pending) return `a call for help of household ${house} is still on its way`;
  }
  return undefined;
}

function nodesOf(store: Store, house: House): number[] {
  return membersOfHouse(store, house).flatMap(({ number }) => radiosOfMember(store, number).map(({ node }) => node));
}

/** Removes a household, its members and radios, and everything that they said or were told. True if it was known. */
export function forgetHousehold(store: Store, house: House, now: Millis): boolean {
  const members = membersOfHouse(store, house);
  const nodes = nodesOf(store, house);
  forgetCalls(store, callsOf(store, house, nodes));
  for (const node of nodes) forgetRadio(store, node);
  for (const user of members.flatMap(({ matrix }) => matrix)) {
    forgetMessages(store, "instr(origin || char(10), '/' || ? || char(10)) > 0", user);
    store.run("DELETE FROM votes WHERE voter = ?", user);
  }
  for (const { number, name } of members) {
    // What the gateway itself wrote about them; short names are too common to be looked for in texts.
    if (name.length > 3) forgetMessages(store, "origin = 'gateway' AND instr(text, ?) > 0", name);
    store.run("DELETE FROM radios WHERE member = ?", number);
    store.run("UPDATE zones SET captain = NULL WHERE captain = ?", number);
    store.run("UPDATE zones SET deputy = NULL WHERE deputy = ?", number);
    store.run("DELETE FROM members WHERE number = ?", number);
    store.run("DELETE FROM welfare WHERE member = ?", number);
    store.run("DELETE FROM journal WHERE kind IN ('people', 'welfare') AND json_extract(body, '$.member') = ?", number);
  }
  forgetAttendance(store, [
    ...members.flatMap(({ number, name, matrix }) => [`member:${number}`, name, ...matrix]),
    ...nodes.map((node) => `mesh:${nodeId(node)}`),
  ]);
  store.run("DELETE FROM welfare WHERE house = ?", house);
  store.run("DELETE FROM roll_houses WHERE house = ?", house);
  blankInResults(store, [...members.map(({ name }) => name).filter((name) => name.length > 3), ...nodes.map(nodeId)]);
  blankBoards(store);
  forgetTalk(store);
  forgetLoose(store);
  store.run(
    "DELETE FROM journal WHERE kind IN ('people', 'welfare', 'call') AND json_extract(body, '$.house') = ?",
    house,
  );
  forgetAid(store, house);
  forgetContacts(store, [`house ${house}`, ...members.flatMap(({ number, name }) => [`member ${number}`, name])]);
  const known = store.run("DELETE FROM households WHERE house = ?", house).changes > 0;
  if (known) journal(store, "people", { forgotten: house }, now);
  return known || members.length > 0;
}

function callsOf(store: Store, house: House, nodes: readonly number[]): number[] {
  return store
    .all<{ id: number }>(
      "SELECT id FROM calls WHERE house = ? OR node IN (SELECT value FROM json_each(?))",
      house,
      JSON.stringify(nodes),
    )
    .map(({ id }) => id);
}

function forgetRadio(store: Store, node: number): void {
  const id = `mesh:${nodeId(node)}`;
  forgetMessages(
    store,
    "inbox IN (SELECT id FROM inbox WHERE source = 'radio' AND json_extract(body, '$.packet.from') = ?)",
    node,
  );
  forgetMessages(store, "origin = ?", id);
  forgetMessages(store, "destination = ?", id);
  store.run("DELETE FROM inbox WHERE source = 'radio' AND json_extract(body, '$.packet.from') = ?", node);
  for (const table of [
    "threads",
    "reactions",
    "barred",
    "waypoints",
    "ghosts",
    "questions",
    "calls",
    "welfare",
    "receipt_times",
    "stored_from",
    "pages",
    "reading",
  ])
    store.run(`DELETE FROM ${table} WHERE node = ?`, node);
  store.run("DELETE FROM votes WHERE voter = ?", id);
  store.run("DELETE FROM service_watches WHERE place = ?", id);
  store.run("DELETE FROM told WHERE instr(key, ?) > 0 OR instr(key, ?) > 0", nodeId(node), ` ${node} `);
  store.run(
    "DELETE FROM journal WHERE json_extract(body, '$.node') = ? OR json_extract(body, '$.from') = ?",
    node,
    nodeId(node),
  );
  store.run("DELETE FROM journal WHERE json_extract(body, '$.node') = ?", nodeId(node));
  store.run("DELETE FROM machine_messages WHERE sender = ?", node);
  store.run("DELETE FROM nodes WHERE num = ?", node);
}

/** `where`: a condition on the ledger, in which `value` is bound once. */
function forgetMessages(store: Store, where: string, value: string | number): void {
  store.run(`DELETE FROM inbox WHERE source <> 'radio' AND id IN (SELECT inbox FROM ledger WHERE ${where})`, value);
  const rows = store.all<{ id: number }>(`SELECT id FROM ledger WHERE ${where}`, value);
  forgetLedger(
    store,
    rows.map(({ id }) => id),
  );
}

/** After the transaction: the log that remembers what was deleted is emptied too. */
export function leaveNoTrace(store: Store): void {
  store.pragma("wal_checkpoint(TRUNCATE)");
}
