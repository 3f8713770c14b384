// The command line: which verbs there are, and how their ends become exit codes.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { answerJson, Failure, UsageError, type Cli, type DefineVerb, type ExitCode } from "./verb.ts";
import type { Environment } from "./config/config.ts";

/** Where the words go, and what surrounds the program. */
export interface Surroundings {
  /** Writes text as it is. */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly environment: Environment;
}

const VERBS: Readonly<Record<string, { summary: string; load: () => Promise<DefineVerb> }>> = {
  run: { summary: "run the gateway", load: async () => (await import("./service/run.ts")).defineRun },
  demo: {
    summary: "the whole thing on this machine, without a radio: what npm start runs",
    load: async () => (await import("./demo/demo.ts")).defineDemo,
  },
  emulate: {
    summary: "an emulated street of radios, to try things out and for tests",
    load: async () => (await import("./emulate/emulate.ts")).defineEmulate,
  },
  simulate: {
    summary: "rehearse a disaster: a scenario's street and the real gateway, faster than life",
    load: async () => (await import("./emulate/simulate.ts")).defineSimulate,
  },
  status: {
    summary: "how the radio, the uplinks and the queues are",
    load: async () => (await import("./status.ts")).defineStatus,
  },
  messages: {
    summary: "what became of each message",
    load: async () => (await import("./messages.ts")).defineMessages,
  },
  trace: {
    summary: "what happened to one message",
    load: async () => (await import("./trace.ts")).defineTrace,
  },
  people: {
    summary: "who lives here: import, export, list, show, bind, purge",
    load: async () => (await import("./community/people.ts")).definePeople,
  },
  event: {
    summary: "a storm, a quake, a drill: open, close, list",
    load: async () => (await import("./community/event.ts")).defineEvent,
  },
  roll: {
    summary: "roll calls: open, status, close",
    load: async () => (await import("./community/roll.ts")).defineRoll,
  },
  knowledge: {
    summary: "procedures: import, check, publish, search",
    load: async () => (await import("./community/knowledge.ts")).defineKnowledge,
  },
  services: {
    summary: "how the services that the neighbourhood shares are",
    load: async () => (await import("./community/services.ts")).defineServices,
  },
  calendar: {
    summary: "trainings and drills: import, list, attend, export",
    load: async () => (await import("./community/calendar.ts")).defineCalendar,
  },
  aid: {
    summary: "mutual aid: list, add, take, done, drop, match",
    load: async () => (await import("./community/aid.ts")).defineAid,
  },
  skills: {
    summary: "who can do and has what: list, import, export",
    load: async () => (await import("./community/aid.ts")).defineSkills,
  },
  dependencies: {
    summary: "what many share, who keeps it, and what would fail without somebody",
    load: async () => (await import("./community/aid.ts")).defineDependencies,
  },
  tree: {
    summary: "call trees: import, check, draw, list, reach",
    load: async () => (await import("./community/tree.ts")).defineTree,
  },
  page: {
    summary: "a page down a call tree: start, status, text, stop, allclear",
    load: async () => (await import("./community/page.ts")).definePage,
  },
  say: {
    summary: "what a resident's text would be taken to mean",
    load: async () => (await import("./community/people.ts")).defineSay,
  },
  call: {
    summary: "calls for help: list, close",
    load: async () => (await import("./community/house.ts")).defineCall,
  },
  house: {
    summary: "how households stand: who, silent, set",
    load: async () => (await import("./community/house.ts")).defineHouse,
  },
  report: {
    summary: "logs and sheets as files: ics309, ics214, blocksheet, csv",
    load: async () => (await import("./report/report.ts")).defineReport,
  },
  doctor: {
    summary: "look for what is wrong, and say what to do",
    load: async () => (await import("./doctor/doctor.ts")).defineDoctor,
  },
  init: {
    summary: "set up a gateway: eight questions at most, or flags",
    load: async () => (await import("./init/init.ts")).defineInit,
  },
  radio: {
    summary: "the radio's settings: show, check, provision, backup, restore, observe",
    load: async () => (await import("./radio/radio.ts")).defineRadio,
  },
  backup: {
    summary: "a locked copy of everything, proved by opening it again",
    load: async () => (await import("./backup/backup.ts")).defineBackup,
  },
  restore: {
    summary: "a gateway from its backup, on this box and with this radio",
    load: async () => (await import("./backup/restore.ts")).defineRestore,
  },
  config: {
    summary: "check a config file, or print a sample",
    load: async () => (await import("./config/verb.ts")).defineConfig,
  },
  matrix: {
    summary: "what a homeserver needs from us",
    load: async () => (await import("./matrix/matrix.ts")).defineMatrix,
  },
  wire: {
    summary: "decode, encode and list messages of the machines' language",
    load: async () => (await import("./wire/wire.ts")).defineWire,
  },
};

/** Runs one command line (without node and program) and answers its exit code. Never throws for what was typed. */
export async function muster(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = new Command("muster");
  const cli: Cli = {
    answer: (text) => surroundings.stdout(`${text}\n`),
    say: (text) => surroundings.stderr(`${text}\n`),
    environment: surroundings.environment,
    get configFile() {
      return program.opts<{ config?: string }>().config;
    },
    finish: (given) => {
      code = given;
    },
  };
  compose(program, cli, surroundings);
  try {
    await program.parseAsync(helpLast(argv), { from: "user" });
    return code;
  } catch (error) {
    return ended(error, cli, argv.includes("--json"));
  }
}

function compose(program: Command, cli: Cli, surroundings: Surroundings): void {
  const outputs = { writeOut: surroundings.stdout, writeErr: surroundings.stderr };
  program
    .description("A gateway between a Meshtastic radio and Matrix rooms.")
    .version(version(), "--version", "print the version")
    .option("--config <file>", "the config; without it ./muster.yaml, then /etc/muster/muster.yaml")
    .helpCommand(false)
    .showHelpAfterError("(--help shows what there is)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput(outputs)
    .exitOverride();
  for (const [name, verb] of Object.entries(VERBS)) {
    program.command(name).summary(verb.summary).description(verb.summary).copyInheritedSettings(program);
  }
  program.hook("preSubcommand", async (_program, command) => {
    const define = await VERBS[command.name()]?.load();
    define?.(command, cli);
  });
}

/** All verbs with everything they take, as commander knows them: for the manual and shell completion. */
export async function wholeCommand(): Promise<Command> {
  const program = new Command("muster");
  const nothing = (): void => undefined;
  const cli: Cli = { answer: nothing, say: nothing, environment: {}, configFile: undefined, finish: nothing };
  compose(program, cli, { stdout: nothing, stderr: nothing, environment: {} });
  for (const command of program.commands) (await VERBS[command.name()]?.load())?.(command, cli);
  return program;
}

/** `muster help status` is `muster status --help`: a verb's options are known only once it is loaded. */
function helpLast(argv: readonly string[]): string[] {
  return argv[0] === "help" ? [...argv.slice(1), "--help"] : [...argv];
}

/** An action that threw, or commander's refusal, as an exit code. Bugs are thrown on. */
function ended(error: unknown, cli: Cli, json: boolean): ExitCode {
  // Help and version that were asked for end with 0; everything else that commander ends is wrong usage.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    cli.say(`error: ${error.message}`);
    return 2;
  }
  if (!(error instanceof Failure)) throw error;
  if (json) answerJson(cli, { error: error.message, ...error.detail });
  cli.say(error.message);
  return 1;
}

/** From package.json, which lies beside src/ in a clone and in the package alike. */
function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
