// Faults on purpose, for the tests of the watchdog: MUSTER_FAULT=loop (the program never answers again) or
// MUSTER_FAULT=database (another holds the database and does not let go), a few seconds after the start. Only with an
// emulated radio: a real neighbourhood's gateway takes no notice of the variable.

import type { Millis } from "#base/clock.ts";
import { wallClock } from "#base/clock.ts";
import type { Settings } from "#gateway/settings.ts";
import { openStore } from "#store/open.ts";
import type { Environment } from "#cli/config/config.ts";
import { isEmulated } from "#cli/radio/place.ts";

const AFTER: Millis = 3_000;

const FAULTS: Readonly<Record<string, (settings: Settings) => void>> = {
  loop: () => {
    for (;;);
  },
  database: ({ database }) => {
    const holder = openStore(database.path);
    holder.begin();
  },
};

/** Puts the fault that the environment names, if any, some seconds ahead. */
export function injectFault(settings: Settings, environment: Environment): void {
  const fault = FAULTS[environment["MUSTER_FAULT"] ?? ""];
  if (fault && isEmulated(settings.meshtastic)) wallClock.after(AFTER, () => fault(settings));
}
