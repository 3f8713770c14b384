// The doctor's checks of the running service: what it says about itself, and what its database says when none runs.

import { existsSync } from "node:fs";
import type { StatusView } from "#gateway/views.ts";
import { openStore } from "#store/store.ts";
import type { Check, CheckFinding, Patient } from "./doctor.ts";

type Found = Omit<CheckFinding, "check">;

export const SERVICE_CHECKS: Readonly<Record<string, Check>> = {
  service: ({ settings, running, refusal }) => (settings ? [serviceFound(running, refusal)] : []),
  radio: ({ status }) => (status ? [radioFound(status.radio)] : []),
  uplinks: ({ status }) => (status ? status.uplinks.map(uplinkFound) : []),
  integrity: databaseFound,
};

function serviceFound(running: boolean, refusal: string | undefined): Found {
  if (refusal !== undefined)
    return { ok: false, finding: refusal, advice: "Ask as its user, or restart it: sudo systemctl restart muster" };
  return { ok: true, finding: running ? "Muster is running" : "Muster is not running" };
}

const RADIO_ADVICE: Readonly<Record<string, string>> = {
  down: "Look at the check named port; Muster tries again by itself and needs no restart.",
  opening: "Wait a few seconds and ask again. If it stays, another program may hold the port: sudo fuser -v PORT",
  configuring: "Wait a minute and ask again. If it stays, take the radio's power away for a moment.",
  silent:
    "The port is open but the radio says nothing. Take its power away for a moment; look for its screen or light.",
};

function radioFound(radio: StatusView["radio"]): Found {
  const who = `${radio.node ?? "a radio"}${radio.firmware === null ? "" : `, firmware ${radio.firmware}`}`;
  if (radio.state === "ready") return { ok: true, finding: `${who} is ready` };
  const why = radio.reason === "" ? "" : `: ${radio.reason}`;
  return {
    ok: false,
    finding: `the radio is ${radio.state}${why}`,
    advice: RADIO_ADVICE[radio.state] ?? "Look into the log.",
  };
}

const UPLINK_ADVICE: Readonly<Record<string, string>> = {
  down: "Look whether the homeserver runs and can be reached from here; messages wait in the queue meanwhile.",
  connecting: "Wait a minute and ask again.",
  held: "The homeserver refuses our login or our place in the room. Correct it as the reason says; the queue goes on by itself.",
};

function uplinkFound(uplink: StatusView["uplinks"][number]): Found {
  const queued = uplink.queued === 0 ? "" : `, ${uplink.queued} waiting`;
  if (uplink.state === "ready") return { ok: true, finding: `${uplink.name} is ready${queued}` };
  const why = uplink.reason === "" ? "" : `: ${uplink.reason}`;
  return {
    ok: false,
    finding: `${uplink.name} is ${uplink.state}${why}${queued}`,
    advice: UPLINK_ADVICE[uplink.state] ?? "Look into the log.",
  };
}

const UNSOUND = {
  ok: false,
  finding: "the database is damaged",
  advice: "Stop Muster, copy the file away, and restore the last backup. The disk may be failing: look at dmesg.",
};

function databaseFound({ settings, status }: Patient): Found[] {
  if (status) return [status.database.ok ? { ok: true, finding: "the database is sound" } : UNSOUND];
  if (!settings || !existsSync(settings.database.path)) return [];
  try {
    const store = openStore(settings.database.path, { readonly: true });
    try {
      return [store.quickCheck() ? { ok: true, finding: "the database is sound" } : UNSOUND];
    } finally {
      store.close();
    }
  } catch (error) {
    return [{ ok: false, finding: error instanceof Error ? error.message : String(error), advice: UNSOUND.advice }];
  }
}
