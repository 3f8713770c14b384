// muster radio show|check|provision|backup|restore|observe
//
// One program per radio: while the service runs it holds the port, and these verbs ask by way of it (target.ts).

import type { Command } from "commander";
import { isoTime } from "#base/calendar.ts";
import { wallClock } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { channelIn, hasSetting, settingIn, SETTINGS, type RadioSettings, type SettingName } from "#radio/settings.ts";
import { findingLine } from "#cli/doctor/doctor.ts";
import { backupText } from "./backup.ts";
import { checkRadio } from "./check.ts";
import { channelText } from "./plan.ts";
import type { RadioSeen } from "./session.ts";
import { openRadio, targetOf, type Target } from "./target.ts";
import { writePrivate } from "#cli/qr.ts";
import { answerJson, numberOption, type Cli } from "#cli/verb.ts";
import { provision, restore, type ProvisionOptions, type RestoreOptions } from "./write.ts";
import { observe } from "./observe.ts";

export function defineRadio(command: Command, cli: Cli): void {
  const place = (each: Command): Command =>
    each.option("--port <place>", "another radio than the config's: /dev/ttyACM0, or HOST:PORT for one in the network");
  place(command.command("show").description("what the radio is and how it is set; no keys"))
    .option("--json", "print it as JSON")
    .action((options: Options) => show(cli, options));
  place(command.command("check").description("what of its settings is against the law or against good advice"))
    .option("--json", "print {ok, findings} as JSON")
    .action((options: Options) => check(cli, options));
  place(
    command
      .command("provision")
      .description("set the radio as a gateway's or a handheld's ought to be, after showing the plan"),
  )
    .option("--handheld", "a resident's radio (with --port, --url and --contact)")
    .option("--region <name>", "the law to keep: US, EU_868, ANZ, …; default: as it is")
    .option("--preset <name>", "LONG_FAST, MEDIUM_FAST, …; default: as it is")
    .option("--hops <n>", "hop limit; default: as it is", numberOption("--hops", 1, 7))
    .option("--name <text>", "the radio's name, at most 24 bytes")
    .option("--short-name <text>", "at most 4 bytes")
    .option("--channel <name>", "the street's own channel; it is made, with a new key, where it is missing")
    .option("--language <code>", "a handheld's canned messages: en, es")
    .option("--url <link>", "the channel link that a handheld joins")
    .option("--contact <link>", "the gateway's contact link: the handheld knows its key and never forgets it")
    .option("--qr <file>", "also write the channel link as a QR code: .svg or .png, mode 0600")
    .option("--dry-run", "show the plan and stop")
    .option("--yes", "do not ask")
    .action((options: ProvisionOptions) => provision(cli, options));
  place(command.command("backup").description("keep the radio's settings and keys in a file of mode 0600"))
    .argument("<file>")
    .action((file: string, options: Options) => backup(cli, file, options));
  place(command.command("restore").description("give a radio the settings and keys of a backup"))
    .argument("<file>")
    .option("--dry-run", "show the plan and stop")
    .option("--yes", "do not ask")
    .action((file: string, options: RestoreOptions) => restore(cli, file, options));
  command
    .command("observe")
    .description("keep what this gateway has seen of its radio's firmware, and print it")
    .option("--json", "print {file, versions} as JSON")
    .option("--markdown", "print a section for firmware-notes/observed.md")
    .action((options: { json?: boolean; markdown?: boolean }) => observe(cli, options));
}

interface Options {
  readonly port?: string;
  readonly json?: boolean;
}

/** Reads a radio whole and lets it go. `running`: by way of the service. */
async function readRadio(target: Target): Promise<{ settings: RadioSettings; info: RadioSeen; running: boolean }> {
  const session = await openRadio(target);
  try {
    return { settings: await session.settings(), info: session.info, running: session.throughService };
  } finally {
    await session.close();
  }
}

async function show(cli: Cli, options: Options): Promise<void> {
  const { settings, info, running } = await readRadio(targetOf(cli, options.port));
  const names = (Object.keys(SETTINGS) as SettingName[]).filter((name) => hasSetting(settings, name));
  const values = Object.fromEntries(names.map((name) => [name, settingIn(settings, name)]));
  const channels = settings.channels.map((each, index) => {
    const { psk, ...rest } = channelIn(each);
    return { index, ...rest, pskLength: psk.length, words: channelText({ psk, ...rest }) };
  });
  const view = {
    running,
    node: nodeId(info.node),
    firmware: info.firmware,
    rebootCount: info.rebootCount,
    nodes: info.nodes.length,
    favourites: info.nodes.filter((node) => node.isFavorite === true && node.num !== info.node).length,
    settings: values,
    channels: channels.map(({ words: _words, ...channel }) => channel),
    cannedMessages: settings.canned === "" ? [] : settings.canned.split("|"),
  };
  if (options.json) return answerJson(cli, view);
  cli.answer(`${view.node}, firmware ${view.firmware}, knows ${view.nodes} radios (${view.favourites} favourites)`);
  for (const [name, value] of Object.entries(values)) cli.answer(`${name.padEnd(40)} ${String(value)}`);
  for (const { index, role, words } of channels)
    if (role !== "disabled") cli.answer(`${`channel ${index}`.padEnd(40)} ${words}`);
  if (settings.canned !== "") cli.answer(`${"canned messages".padEnd(40)} ${settings.canned}`);
}

async function check(cli: Cli, options: Options): Promise<void> {
  const { settings, info } = await readRadio(targetOf(cli, options.port));
  const findings = checkRadio(settings, info.firmware);
  const ok = findings.every((finding) => finding.ok);
  if (options.json) answerJson(cli, { ok, findings });
  else for (const finding of findings) cli.answer(findingLine(finding));
  cli.finish(ok ? 0 : 1);
}

async function backup(cli: Cli, file: string, options: Options): Promise<void> {
  const { settings, info } = await readRadio(targetOf(cli, options.port));
  writePrivate(file, backupText(settings, info), "wx");
  cli.say(`Kept the settings of ${nodeId(info.node)} in ${file} (${isoTime(wallClock.wall())}).`);
  cli.say(
    "It holds the radio's private key and the channels' keys. Keep it where you keep the house's spare key, not in the cloud.",
  );
  cli.say(
    "Without it a lost radio's keys are gone: its successor is a stranger to everybody, and each handheld must meet it anew.",
  );
}
