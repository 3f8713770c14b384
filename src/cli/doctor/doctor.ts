// muster doctor: looks at everything a gateway stands on, and says what to do about what is wrong.
//
// A check answers findings, of which those with ok: false make exit code 1. Checks are rows of a table and independent:
// each is given the settings (absent when the config cannot be used) and whatever the running service says about itself.

import type { Command } from "commander";
import type { Diagnosis } from "#gateway/diagnosis.ts";
import type { Settings } from "#gateway/settings.ts";
import type { StatusView } from "#gateway/views.ts";
import { askControl } from "#cli/service/control.ts";
import { findingText, loadConfig } from "#cli/config/config.ts";
import { MACHINE_CHECKS } from "./machine.ts";
import { DEAD_MAN_CHECK } from "./dead-man.ts";
import { LINK_CHECKS } from "./links.ts";
import { SERVICE_CHECKS } from "./service.ts";
import { answerJson, type Cli } from "#cli/verb.ts";
import type { CheckFinding, Patient, Check } from "./check.ts";

/** In the order in which they are made and shown. */
export const CHECKS: Readonly<Record<string, Check>> = {
  config: checkConfig,
  ...MACHINE_CHECKS,
  ...SERVICE_CHECKS,
  ...LINK_CHECKS,
  ...DEAD_MAN_CHECK,
};

export function defineDoctor(command: Command, cli: Cli): void {
  command.option("--json", "print the findings as JSON").action(async (options: { json?: boolean }) => {
    const findings = await diagnose(cli);
    if (options.json) answerJson(cli, findings);
    else for (const finding of findings) cli.answer(findingLine(finding));
    cli.finish(findings.every((finding) => finding.ok) ? 0 : 1);
  });
}

/** Every check of the config that `cli` names, as `muster doctor` makes them. */
export async function diagnose(cli: Cli): Promise<CheckFinding[]> {
  return examine(await receive(cli), CHECKS);
}

async function receive(cli: Cli): Promise<Patient> {
  const config = loadConfig(cli.configFile, cli.environment);
  const nothing = {
    config,
    running: false,
    status: undefined,
    seen: undefined,
    kept: 0,
    recovered: undefined,
    refusal: undefined,
  };
  if (!config.ok) return { ...nothing, settings: undefined };
  const { settings } = config;
  const ask = (verb: string) => askControl(settings.control.socket, verb);
  const answer = await ask("status");
  if (answer.is === "silent") return { ...nothing, settings, ...(await ownVisit(cli, settings)) };
  const diagnosis = await ask("diagnosis");
  return {
    ...nothing,
    settings,
    running: true,
    status: answer.is === "answered" ? (answer.value as StatusView) : undefined,
    seen: diagnosis.is === "answered" ? (diagnosis.value as Diagnosis) : undefined,
    refusal: answer.is === "refused" ? answer.error : undefined,
  };
}

async function ownVisit(cli: Cli, settings: Settings): Promise<Pick<Patient, "kept"> & Partial<Patient>> {
  cli.say("Muster is not running; the doctor asks radio and homeservers itself. This takes up to a minute.");
  const { visit } = await import("./visit.ts");
  try {
    return await visit(settings);
  } catch (error) {
    cli.say(`They could not be asked: ${error instanceof Error ? error.message : String(error)}`);
    return { kept: 0 };
  }
}

/** Makes every check. One that throws is a finding itself: the doctor must not die of a patient. */
export async function examine(patient: Patient, checks: Readonly<Record<string, Check>>): Promise<CheckFinding[]> {
  const all: CheckFinding[] = [];
  for (const [check, look] of Object.entries(checks)) {
    try {
      for (const { ok, finding, advice } of await look(patient))
        all.push({ check, ok, finding, ...(advice === undefined ? {} : { advice }) });
    } catch (error) {
      all.push({ check, ok: false, finding: `could not be checked: ${String(error)}`, advice: "Please report this." });
    }
  }
  return all;
}

/** One finding for people. */
export function findingLine({ check, ok, finding, advice }: CheckFinding): string {
  const tail = ok || advice === undefined ? "" : `\n     -> ${advice}`;
  return `${ok ? "ok  " : "FAIL"} ${check}: ${finding}${tail}`;
}

function checkConfig({ config }: Patient): Omit<CheckFinding, "check">[] {
  if (config.findings.length === 0) return [{ ok: true, finding: `${config.file} is fine` }];
  return config.findings.map((each) => ({
    ok: each.severity === "warning",
    finding: findingText(each),
    advice: "Correct that line; `muster config example` shows a whole file.",
  }));
}
