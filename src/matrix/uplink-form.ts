// What an uplink is to those who start and stop it, whichever way it reaches its homeserver.

import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Door, UplinkEdge } from "#gateway/inputs.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import type { Deadlines } from "./homeserver.ts";
import type { Escort } from "./companions.ts";

export interface UplinkOptions {
  readonly settings: UplinkSettings;
  readonly door: Door;
  /** Ladders run on it; deadlines towards the homeserver and its Retry-After are wall time. */
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines?: Partial<Deadlines>;
  readonly escort?: Escort;
}

export interface Uplink extends UplinkEdge {
  start(): void;
  /** Resolves when nothing of it runs any more; no report comes after that. */
  stop(): Promise<void>;
}
