// The doctor's checks of the running service: what it says about itself, and what its database says when none runs.

import { existsSync } from "node:fs";
import type { StatusView } from "#gateway/views.ts";
import type { Store } from "#store/store.ts";
import { findDamaged, SUMMED_TABLES } from "#store/sums.ts";
import { openStore } from "#store/open.ts";
import type { Check, CheckFinding, Patient } from "./check.ts";

type Found = Omit<CheckFinding, "check">;

export const SERVICE_CHECKS: Readonly<Record<string, Check>> = {
  service: ({ settings, running, refusal }) => (settings ? [serviceFound(running, refusal)] : []),
  kept: ({ kept }) =>
    kept === 0
      ? []
      : [{ ok: true, finding: `${kept} arrivals were handed to the doctor and are kept for the next run` }],
  queues: ({ status }) => (status ? status.uplinks.flatMap(queueFound) : []),
  integrity: databaseFound,
};

function serviceFound(running: boolean, refusal: string | undefined): Found {
  if (refusal !== undefined)
    return { ok: false, finding: refusal, advice: "Ask as its user, or restart it: sudo systemctl restart muster" };
  return { ok: true, finding: running ? "Muster is running" : "Muster is not running" };
}

function queueFound({ name, queued }: StatusView["uplinks"][number]): Found[] {
  return queued === 0 ? [] : [{ ok: true, finding: `${queued} messages wait for ${name}` }];
}

const UNSOUND = {
  ok: false,
  finding: "the database is damaged",
  advice: "The next run repairs it from its backup and keeps the damaged file. The disk may be failing: look at dmesg.",
};

const FULL = {
  ok: false,
  finding: "the disk is full, or the database has reached its size: what matters least is being given up",
  advice: "Make room: journalctl --vacuum-size=100M, apt-get clean; or lower retention.messages_days.",
};

function databaseFound({ settings, status, recovered }: Patient): Found[] {
  if (recovered !== undefined)
    return [{ ...UNSOUND, finding: `the database was damaged and has been repaired. ${recovered}` }];
  if (status) return [status.database.ok ? { ok: true, finding: "the database takes what comes" } : FULL];
  if (!settings || !existsSync(settings.database.path)) return [];
  try {
    const store = openStore(settings.database.path, { readonly: true });
    try {
      return [store.quickCheck() ? rowsFound(store) : UNSOUND];
    } finally {
      store.close();
    }
  } catch (error) {
    return [{ ok: false, finding: error instanceof Error ? error.message : String(error), advice: UNSOUND.advice }];
  }
}

/** Every row's checksum: what the structure check does not see. */
function rowsFound(store: Store): Found {
  const damaged = SUMMED_TABLES.reduce(
    (sum, table) => sum + findDamaged(store, table, 0, Number.MAX_SAFE_INTEGER).damaged.length,
    0,
  );
  if (damaged === 0) return { ok: true, finding: "the database is sound" };
  return {
    ok: false,
    finding: `${damaged} stored rows are damaged`,
    advice:
      "The next run marks them and tells the operators. The disk may be failing: look at dmesg, think of a new SD card.",
  };
}
