// muster run: the gateway, until it is told to stop.

import type { Command } from "commander";
import type { Settings } from "#gateway/settings.ts";
import { isEmulated } from "#cli/radio/place.ts";
import { numberOption, needSettings, UsageError, type Cli } from "#cli/verb.ts";

interface Options {
  readonly clockRate: number;
  readonly rateLimits: string;
}

/** Beyond this the system's timers are too coarse for the radio's deadlines. */
const FASTEST_CLOCK = 1000;

export function defineRun(command: Command, cli: Cli): void {
  command
    .option(
      "--clock-rate <rate>",
      "for tests: live this many times faster",
      numberOption("--clock-rate", 0.001, FASTEST_CLOCK),
      1,
    )
    .option("--rate-limits <real|off>", "off, for tests: no pause between texts (loopback TCP or a pty only)", "real")
    .action(async (options: Options) => {
      if (options.rateLimits !== "real" && options.rateLimits !== "off")
        throw new UsageError(`--rate-limits must be real or off, not "${options.rateLimits}".`);
      const { settings } = needSettings(cli);
      const adjusted = options.rateLimits === "off" ? withoutRateLimits(settings.meshtastic) : settings.meshtastic;
      const { runService } = await import("./service.ts");
      cli.finish(
        await runService({ ...settings, meshtastic: adjusted }, { clockRate: options.clockRate, say: cli.say }),
      );
    });
}

/** The radio's settings without a pause between texts; refuses where a real radio could listen. */
export function withoutRateLimits(radio: Settings["meshtastic"]): Settings["meshtastic"] {
  if (!isEmulated(radio))
    throw new UsageError(
      "--rate-limits off is for emulated radios (loopback TCP or a pty). A real radio drops texts that come too fast.",
    );
  return { ...radio, messageDelay: 0 };
}
