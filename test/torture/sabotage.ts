// Deliberately broken variants of the gateway, the controls of the campaigns: a campaign that does not notice is worthless.
//
// The product holds no switch for them. A process that is started with `--import` of this file and MUSTER_SABOTAGE=NAME
// loads the named source file with one passage replaced. A passage that is not there exactly once stops the process: the
// control has grown stale.

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

interface Edit {
  /** Below src/. */
  readonly file: string;
  readonly passage: string;
  readonly becomes: string;
}

export const SABOTAGES = {
  /** Every attempt towards a homeserver takes a transaction id of its own: a repeat is a second message. */
  "fresh-txn": [
    {
      file: "gateway/matrix/sending.ts",
      passage: "txnId: row.txnId,",
      becomes: "txnId: `${row.txnId}-${Math.random()}`,",
    },
  ],
  /** Every write to the radio takes a packet id of its own, crash or not. */
  "fresh-packet-id": [
    {
      file: "gateway/mesh/sending.ts",
      passage: "if (row.packetId === null) {",
      becomes: "if (row.packetId !== -1) {",
    },
  ],
  /** Which step a roll call had come to is forgotten at a start, as if it stood in memory. */
  "forget-roll": [
    {
      file: "gateway/links.ts",
      passage: "  resetRequests(turn.store);",
      becomes:
        "  resetRequests(turn.store);\n" +
        "  turn.store.run(\"UPDATE rolls SET stage = 'channel', stage_at = opened_at WHERE state = 'open'\");\n" +
        '  turn.store.run("UPDATE roll_houses SET called_at = NULL, asked_at = NULL, listed_at = NULL");\n' +
        "  turn.store.run(\"UPDATE timers SET due_at = 0 WHERE kind = 'roll'\");",
    },
  ],
  /** What waits for homeservers is forgotten at a start, as a queue in memory is. */
  "forget-queue": [
    {
      file: "store/matrix-outbox.ts",
      passage: "UPDATE matrix_outbox SET status = 'waiting' WHERE status = 'requesting'",
      becomes: "DELETE FROM matrix_outbox",
    },
  ],
  /** Commits are not synced to the disk, which is how better-sqlite3 opens a WAL file by itself. */
  "synchronous-normal": [
    {
      file: "store/store.ts",
      passage: 'const DURABLE = "synchronous = FULL";',
      becomes: 'const DURABLE = "synchronous = NORMAL";',
    },
    {
      file: "store/open.ts",
      passage: 'assert(db.pragma("synchronous", { simple: true }) === 2, "synchronous is FULL");',
      becomes: "",
    },
  ],
  /** What leaves is prepared, but not on the disk. */
  "leave-unsettled": [{ file: "pump.ts", passage: "this.#options.gateway.store.settle();", becomes: "" }],
  /** The radio's port is opened three times and then no more. */
  "give-up": [
    {
      file: "serial/edge.ts",
      passage: "this.#reopenTimer = this.#clock.after(",
      becomes:
        "const tries = ((globalThis as { tries?: number }).tries = ((globalThis as { tries?: number }).tries ?? 0) + 1);\n" +
        "    if (tries > 3) return;\n    this.#reopenTimer = this.#clock.after(",
    },
  ],
  /** Every attempt at the radio's port leaves a file open. */
  "leak-descriptor": [
    {
      file: "serial/serial-line.ts",
      passage: "    this.#path = path;",
      becomes: '    this.#path = path;\n    process.getBuiltinModule("node:fs").openSync("/dev/null", "r");',
    },
  ],
  /** Noise ends the session: no frame is looked for behind it. */
  "no-resync": [
    {
      file: "serial/edge.ts",
      passage: "        this.#link.receive(bytes, this.#clock.now(), wallClock.now());",
      becomes: "        if (bytes[0] === 0x94) this.#link.receive(bytes, this.#clock.now(), wallClock.now());",
    },
  ],
  /** What a full disk refuses is thrown away. */
  "drop-when-full": [
    {
      file: "serial/edge.ts",
      passage: "if (this.#door.accept(this.#held.all())) return this.#held.clear();",
      becomes: "this.#door.accept(this.#held.all());\n    return this.#held.clear();",
    },
  ],
  /** Whatever waits, waits for a date. */
  "wall-timers": [
    {
      file: "base/clock.ts",
      passage: "const now = (): Millis => Math.round(start + (uptime() - from) * rate);",
      becomes: "const now = (): Millis => Date.now();",
    },
  ],
} as const satisfies Record<string, readonly Edit[]>;

export type Sabotage = keyof typeof SABOTAGES;

/** The environment that makes a child process of ours a broken one. */
export function sabotaged(sabotage: Sabotage | undefined): Record<string, string> {
  if (sabotage === undefined) return {};
  return { MUSTER_SABOTAGE: sabotage, NODE_OPTIONS: `--import=${import.meta.url}` };
}

/** Loads the broken passages instead of the good ones from now on. */
export function apply(sabotage: Sabotage): void {
  const source = new URL("../../src/", import.meta.url);
  const edits = new Map<string, Edit[]>();
  for (const edit of SABOTAGES[sabotage]) {
    const url = new URL(edit.file, source).href;
    edits.set(url, [...(edits.get(url) ?? []), edit]);
  }
  registerHooks({
    load(url, context, nextLoad) {
      const here = edits.get(url);
      if (!here) return nextLoad(url, context);
      let text = readFileSync(fileURLToPath(url), "utf8");
      for (const { file, passage, becomes } of here) {
        if (text.split(passage).length !== 2) throw new Error(`sabotage ${sabotage}: ${file} has no one "${passage}"`);
        text = text.replace(passage, () => becomes);
      }
      return { format: "module-typescript", source: text, shortCircuit: true };
    },
  });
}

const asked = process.env["MUSTER_SABOTAGE"];
if (asked !== undefined) apply(asked as Sabotage);
