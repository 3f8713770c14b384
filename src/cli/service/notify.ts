// Telling systemd the truth (sd_notify(3), systemd.service(5) WatchdogSec=): that we are ready, that we stop, and that we are
// alive. Alive means that since the last word the reader turned, a transaction could be committed, and the loop was woken
// when it wanted to be. A timer that pings by itself would only say that timers fire.
//
// Node has no datagram socket for Unix paths, so words are sent by `systemd-notify`, which comes with systemd.

import { spawn } from "node:child_process";
import type { Cancel, Millis } from "#base/clock.ts";
import { wallClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Environment } from "#cli/config/config.ts";

/** One thing that must get on. `alive` makes it turn if it can be made to, and says whether it did. May throw. */
export interface Vital {
  readonly name: string;
  readonly alive: () => boolean;
}

export interface Watchdog {
  /** `READY=1`, and from now on a ping three times in each `WATCHDOG_USEC`, as long as everything vital gets on. */
  ready(): void;
  stopping(): void;
}

/** Does nothing where systemd did not ask to be notified (no NOTIFY_SOCKET). */
export function createWatchdog(vitals: readonly Vital[], environment: Environment, log: Log): Watchdog {
  const socket = environment["NOTIFY_SOCKET"];
  const period: Millis = Number(environment["WATCHDOG_USEC"] ?? "0") / 1000;
  let last = Promise.resolve();
  // One child after the other: two at once may arrive in either order.
  const tell = (words: string): void => {
    if (socket !== undefined) last = last.then(() => sendWords(words, log));
  };
  let cancel: Cancel | undefined;
  const beat = (): void => {
    const stuck = vitals.filter((vital) => !isAlive(vital));
    if (stuck.length === 0) tell("WATCHDOG=1");
    else log.error("not alive: systemd will start us again", { stuck: stuck.map(({ name }) => name).join() });
    cancel = wallClock.after(period / 3, beat);
  };
  return {
    ready: () => {
      tell("READY=1");
      if (socket !== undefined && period > 0) beat();
    },
    stopping: () => {
      cancel?.();
      tell("STOPPING=1");
    },
  };
}

function isAlive(vital: Vital): boolean {
  try {
    return vital.alive();
  } catch {
    return false;
  }
}

/**
 * Resolves when systemd has taken them, or they cannot be sent. Without waiting for that (--no-block) the child may be gone before systemd
 * looks which service it belongs to, and then its words are dropped: a start that was never ready was seen once in some thirty.
 */
function sendWords(words: string, log: Log): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn("systemd-notify", [words], { stdio: "ignore" });
    child.once("error", (error) => {
      log.error("systemd-notify cannot be started", { error: error.message });
      resolve();
    });
    child.once("close", () => resolve());
  });
}
