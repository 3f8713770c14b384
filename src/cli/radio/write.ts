// Setting a radio: a plan that is shown, a person who agrees, one transaction, a restart, and a second look whether the radio
// is now as it was meant to be.
//
// Between begin and commit the radio has the changes in memory only. Whatever fails before the commit is undone by a restart
// without it; what fails afterwards is told with what differs.

import { randomBytes } from "node:crypto";
import { nodeId, nodeNum } from "#base/ids.ts";
import { sameBytes } from "#base/bytes.ts";
import { ORDER, ordersBetween } from "#radio/admin.ts";
import type { Order } from "#radio/admin.ts";
import { channelUrl, contactUrl, readChannelUrl, readContactUrl } from "#radio/share.ts";
import type { RadioSettings } from "#radio/settings.ts";
import { Prompt } from "#cli/prompt.ts";
import { qrForTerminal, writeQr } from "#cli/qr.ts";
import { openRadio, targetOf } from "./target.ts";
import { privateKeyIn, readBackup, type Backup } from "./backup.ts";
import { changesBetween, planFor, unlawful, type Asked, type Change } from "./plan.ts";
import { KEY_BYTES } from "./profile.ts";
import type { RadioSession } from "./session.ts";
import { Failure, UsageError, type Cli } from "#cli/verb.ts";

/** The radio restarts so long after it was told; it has written everything down by then. */
const RESTART_SECONDS = 2;

interface Consent {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export interface RestoreOptions extends Consent {
  readonly port?: string;
}

export interface ProvisionOptions extends Consent {
  readonly port?: string;
  readonly handheld?: boolean;
  readonly region?: string;
  readonly preset?: string;
  readonly hops?: number;
  readonly name?: string;
  readonly shortName?: string;
  readonly channel?: string;
  readonly language?: string;
  readonly url?: string;
  readonly contact?: string;
  readonly qr?: string;
}

export async function provision(cli: Cli, options: ProvisionOptions): Promise<void> {
  if (options.handheld && options.port === undefined)
    throw new UsageError("--handheld needs --port: the config's radio is the gateway's.");
  const asked = askedOf(options);
  const contact = options.contact === undefined ? undefined : readContactUrl(options.contact);
  if (typeof contact === "string") throw new UsageError(`--contact: ${contact}.`);
  const target = targetOf(cli, options.port);
  const session = await openRadio(target);
  try {
    const wanted = await provisionRadio(
      cli,
      session,
      {
        ...asked,
        ...(target.settings && asked.language === undefined ? { language: target.settings.node.language } : {}),
      },
      { ...options, extra: contact ? [ORDER.contact(contact.contact)] : [] },
    );
    if (wanted && !asked.handheld) await share(cli, session, wanted, options.qr);
  } finally {
    await session.close();
  }
}

function askedOf(options: ProvisionOptions): Asked {
  const joins = options.url === undefined ? undefined : readChannelUrl(options.url);
  if (typeof joins === "string") throw new UsageError(`--url: ${joins}.`);
  const { region, preset, hops, name, shortName, channel, language, handheld } = options;
  const given = { preset, hops, name, shortName, channel, language, joins };
  return {
    handheld: handheld === true,
    ...(region === undefined ? {} : { region: region.toUpperCase() }),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** Plans, shows, asks, does. The settings that the radio has afterwards; undefined when nothing was done. */
export async function provisionRadio(
  cli: Cli,
  session: RadioSession,
  asked: Asked,
  consent: Consent & { readonly extra?: readonly Order[] },
): Promise<RadioSettings | undefined> {
  const now = await session.settings();
  const plan = planFor(now, session.info.firmware, asked, () => new Uint8Array(randomBytes(KEY_BYTES)));
  if (plan.refusals.length > 0)
    throw new Failure(["Refused; nothing was changed:", ...plan.refusals.map((each) => `  ${each}`)].join("\n"));
  if (plan.changes.length === 0 && (consent.extra ?? []).length === 0) {
    cli.say(`${nodeId(session.info.node)} is set as it ought to be; nothing to change.`);
    return now;
  }
  sayPlan(cli, `Plan for ${nodeId(session.info.node)} (firmware ${session.info.firmware}):`, plan.changes);
  if (!(await agreed(cli, consent))) return undefined;
  return write(cli, session, now, plan.wanted, consent.extra ?? []);
}

function sayPlan(cli: Cli, head: string, changes: readonly Change[]): void {
  cli.say(head);
  for (const { what, now, will, why } of changes)
    cli.say(`  ${what}: ${now} -> ${will}${why === "" ? "" : `   (${why})`}`);
}

async function agreed(cli: Cli, { dryRun, yes }: Consent): Promise<boolean> {
  if (dryRun) {
    cli.say("A dry run: nothing was changed.");
    return false;
  }
  if (yes) return true;
  const prompt = Prompt.open();
  if (!prompt)
    throw new UsageError("There is no terminal to ask at. --yes agrees beforehand, --dry-run only shows the plan.");
  try {
    if (await prompt.confirm("Write this to the radio? It restarts.")) return true;
    cli.say("Nothing was changed.");
    return false;
  } finally {
    prompt.close();
  }
}

/** One transaction, a restart, and a second look. */
async function write(
  cli: Cli,
  session: RadioSession,
  now: RadioSettings,
  wanted: RadioSettings,
  extra: readonly Order[],
): Promise<RadioSettings> {
  await session.order(ORDER.begin()).catch((error: unknown) => {
    throw new Failure(`${wordsOf(error)} Nothing was changed.`);
  });
  await orders(cli, session, [...ordersBetween(now, wanted), ...extra]);
  const after = await secondLook(cli, session);
  const differs = [...changesBetween(after, wanted), ...keyDiffers(after, wanted)];
  if (differs.length === 0) {
    cli.say(`Verified: ${nodeId(session.info.node)} is set as planned.`);
    return after;
  }
  sayPlan(cli, "After the restart the radio is not as planned:", differs);
  throw new Failure("Do it once more; if it stays so, this firmware does not take these settings (firmware-notes/).");
}

/** From begin to commit. What fails is undone: by a restart, as far as the radio can still be reached. */
async function orders(cli: Cli, session: RadioSession, all: readonly Order[]): Promise<void> {
  let has = "its old settings";
  try {
    for (const order of all) await session.order(order);
    has = "its old settings or the new ones: muster radio show tells which";
    await session.order(ORDER.commit());
  } catch (error) {
    cli.say("That failed; taking it back …");
    await session.again();
    const undone = await session.order(ORDER.reboot(RESTART_SECONDS)).then(
      () => `The radio restarts and has ${has}.`,
      () => `Take the radio's power away for a moment: it then has ${has}.`,
    );
    throw new Failure(`${wordsOf(error)} ${undone}`);
  }
}

async function secondLook(cli: Cli, session: RadioSession): Promise<RadioSettings> {
  try {
    await session.order(ORDER.reboot(RESTART_SECONDS));
    cli.say("Written. The radio restarts …");
    await session.back();
    return await session.settings();
  } catch (error) {
    throw new Failure(`${wordsOf(error)} The new settings were written; muster radio show tells whether they took.`);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function keyDiffers(after: RadioSettings, wanted: RadioSettings): Change[] {
  const [is, was] = [privateKeyIn(after), privateKeyIn(wanted)];
  if (!was || (is && sameBytes(is, was))) return [];
  return [{ what: "private key", now: "another", will: "the backup's", why: "" }];
}

/** What residents need to join. */
export async function share(cli: Cli, session: RadioSession, settings: RadioSettings, file?: string): Promise<void> {
  const url = channelUrl(settings);
  cli.say("\nResidents join with this link or QR code. It holds the channels' keys: give it to members only.");
  cli.say(await qrForTerminal(url));
  cli.answer(url);
  cli.say(
    "\nThe gateway's contact, so that direct messages work at once (open it on the phone, and keep the gateway as a favourite):",
  );
  cli.answer(contactUrl(session.info.node, settings.owner));
  if (file === undefined) return;
  await writeQr(file, url);
  cli.say(`\nWrote ${file} (mode 0600).`);
}

// ───────────────────────────── restore ─────────────────────────────

export async function restore(cli: Cli, file: string, options: RestoreOptions): Promise<void> {
  const backup = readBackup(file);
  const refusals = unlawful(backup.settings);
  if (refusals.length > 0)
    throw new Failure(["Refused; nothing was changed:", ...refusals.map((each) => `  ${each}`)].join("\n"));
  const session = await openRadio(targetOf(cli, options.port));
  try {
    const now = await session.settings();
    const wanted = fitting(backup, now);
    const keys = keyDiffers(now, wanted);
    const changes = [...changesBetween(now, wanted), ...keys];
    if (changes.length === 0) return cli.say(`${nodeId(session.info.node)} is set as in ${file}; nothing to change.`);
    sayPlan(
      cli,
      `Restore ${nodeId(backup.node)} (${backup.made}, firmware ${backup.firmware}) into ${nodeId(session.info.node)}:`,
      changes,
    );
    if (!(await agreed(cli, options))) return;
    await write(
      cli,
      session,
      now,
      wanted,
      backup.favourites.map((node) => ORDER.favourite(nodeNum(node))),
    );
    sayIdentity(cli, backup, session.info.node);
  } finally {
    await session.close();
  }
}

/** Only parts that this radio has: another board or firmware may lack some. */
function fitting({ settings }: Backup, now: RadioSettings): RadioSettings {
  const shared = (
    from: ReadonlyMap<number, Uint8Array>,
    has: ReadonlyMap<number, Uint8Array>,
  ): Map<number, Uint8Array> => new Map([...from].filter(([part]) => has.has(part)));
  return { ...settings, config: shared(settings.config, now.config), modules: shared(settings.modules, now.modules) };
}

function sayIdentity(cli: Cli, backup: Backup, node: number): void {
  if (node === backup.node) return cli.say("It is the same radio to everybody: same number, same key.");
  cli.say(
    `It has the old key, but the number ${nodeId(node)} instead of ${nodeId(backup.node)}: firmware 2.7 takes it from the board.`,
  );
  cli.say("Handhelds find the new number by themselves within 3 hours; each should then make it a favourite.");
}
