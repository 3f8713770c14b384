// The service that `muster run` is: its ears (control socket, health page) and its end (SIGINT, SIGTERM).

import type { Settings } from "#gateway/settings.ts";
import { createLog } from "#base/log.ts";
import { serveHealth } from "#web/health.ts";
import { StoreRefusal } from "#store/store.ts";
import { parseListen } from "#cli/config/checks.ts";
import { serveControl, type ControlHandler } from "./control.ts";
import { startGateway, type RunningGateway } from "./gateway.ts";
import { injectFault } from "./inject.ts";
import { createWatchdog } from "./notify.ts";
import { Failure, type ExitCode } from "#cli/verb.ts";

export interface ServiceOptions {
  readonly clockRate: number;
  readonly say: (line: string) => void;
}

/** Runs until a signal asks it to stop; answers the exit code. */
export async function runService(settings: Settings, options: ServiceOptions): Promise<ExitCode> {
  const journal = process.env["JOURNAL_STREAM"] !== undefined;
  const log = createLog(settings.logging.level, options.say, { journal });
  const ended = untilSignalled();
  let replaced = false;
  const gateway = open(() =>
    startGateway(settings, {
      log,
      clockRate: options.clockRate,
      fatal: (error) => {
        log.error("a bug of ours: ending, to be started again", {
          error: error instanceof Error ? error.stack : String(error),
        });
        process.exit(1);
      },
      replaced: (words) => {
        log.error("this copy of the gateway ends and stays down", { reason: words });
        replaced = true;
        process.kill(process.pid, "SIGTERM");
      },
    }),
  );
  const ears = await openEars(settings, gateway, gateway.answer).catch(async (error: unknown) => {
    await gateway.stop();
    throw error;
  });
  log.info("running", { control: settings.control.socket, health: ears.healthPort, rate: options.clockRate });
  const watchdog = createWatchdog(gateway.vitals, process.env, log);
  watchdog.ready();
  injectFault(settings, process.env);
  log.info("stopping", { signal: await ended });
  watchdog.stopping();
  await ears.close();
  await gateway.stop();
  return replaced ? 2 : 0;
}

/** A database that is not ours to open is a failure in words. */
function open<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    if (error instanceof StoreRefusal) throw new Failure(error.message);
    throw error;
  }
}

/** The control socket and the health page; rejects with `Failure` when either cannot be had, and then leaves neither open. */
export async function openEars(
  settings: Settings,
  seen: Pick<RunningGateway, "unready" | "metrics">,
  handle: ControlHandler,
): Promise<{ healthPort: number; close(): Promise<void> }> {
  const { socket } = settings.control;
  const control = await serveControl(socket, handle).catch((error: unknown) =>
    refuse(`control.socket ${socket}`, error),
  );
  const { listen } = settings.http;
  try {
    const health = await serveHealth({ ...parseListen(listen)!, unready: seen.unready, metrics: seen.metrics });
    return {
      healthPort: health.port,
      close: async () => {
        await health.close();
        await control.close();
      },
    };
  } catch (error) {
    await control.close();
    return refuse(`http.listen ${listen}`, error);
  }
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has it",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not",
  ENOTFOUND: "no such host",
};

function refuse(what: string, error: unknown): never {
  if (error instanceof Failure) throw error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  throw new Failure(`${what} cannot be had: ${WHY[code] ?? String(error)}. Change it in the config.`);
}

/** The name of the first SIGINT or SIGTERM. A second one ends the process at once, as if we were not here. */
export function untilSignalled(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(signal));
  });
}
