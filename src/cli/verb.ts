// What a verb of the command line is given, and how it ends. Each verb is a file of its own that is loaded only when it is
// called, so that `muster status` does not wait for the Matrix SDK.
//
// Exit codes (contract: Verbs): 0 fine, 1 a finding or a failure, 2 wrong usage. Standard output belongs to the answer
// (with --json exactly one JSON value); words for people go to standard error.

import type { Command } from "commander";
import type { Settings } from "#gateway/settings.ts";
import { findingText, loadConfig, type ConfigResult, type Environment } from "./config/config.ts";

export type ExitCode = 0 | 1 | 2;

/** The world as a verb sees it. */
export interface Cli {
  /** Writes a line to standard output. */
  readonly answer: (text: string) => void;
  /** Writes a line for people to standard error. */
  readonly say: (text: string) => void;
  readonly environment: Environment;
  /** The --config option, if it was given. */
  readonly configFile: string | undefined;
  /** Sets the exit code; a verb that never calls it ended well. */
  readonly finish: (code: ExitCode) => void;
}

/** Adds a verb's words, options and action to `command`. An action may throw `UsageError` and `Failure`. */
export type DefineVerb = (command: Command, cli: Cli) => void;

/** The command was typed wrongly: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** It could not be done, for a reason that is no bug of ours: exit code 1. `detail` goes into the --json answer. */
export class Failure extends Error {
  override name = "Failure";
  readonly detail: Readonly<Record<string, unknown>>;
  constructor(message: string, detail: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.detail = detail;
  }
}

/** One JSON value on standard output. */
export function answerJson(cli: Cli, value: unknown): void {
  cli.answer(JSON.stringify(value, null, 2));
}

/** Reads the config and says what is wrong with it on standard error; throws `Failure` when it cannot be used. */
export function needSettings(cli: Cli): { settings: Settings; file: string } {
  const result = loadConfig(cli.configFile, cli.environment);
  sayFindings(cli, result);
  if (result.ok) return { settings: result.settings, file: result.file };
  const count = result.findings.filter((finding) => finding.severity === "error").length;
  throw new Failure(`The config has ${count === 1 ? "a mistake" : `${count} mistakes`}; nothing was done.`, {
    findings: result.findings,
  });
}

export function sayFindings(cli: Cli, result: ConfigResult): void {
  for (const finding of result.findings) cli.say(findingText(finding));
}

/** For commander: a number option, or wrong usage. */
export function numberOption(name: string, min: number, max = Number.POSITIVE_INFINITY) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && value >= min && value <= max) return value;
    const bounds = Number.isFinite(max) ? `from ${min} to ${max}` : `of ${min} or more`;
    throw new UsageError(`${name} must be a number ${bounds}, not "${text}".`);
  };
}
