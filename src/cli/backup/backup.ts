// muster backup: a locked copy of everything that a new box needs, at every place of the config, each proved by opening it again.
//
// The running gateway makes the copy of its database, so that two programs never write one file; without it the copy is made
// from the file, as the file's owner. A place that is not there does not keep the others from getting theirs.

import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { isoTime } from "#base/calendar.ts";
import { wallClock, type Millis } from "#base/clock.ts";
import type { Settings } from "#gateway/settings.ts";
import { knownCopy, type Copy } from "#store/copies.ts";
import { openStore } from "#store/open.ts";
import { readArchive, writeArchive, type Part } from "./archive.ts";
import { accountFor, checkAddresses, placeOf, rotate, SUFFIX } from "./places.ts";
import { askControl } from "#cli/service/control.ts";
import { asOwnerOf } from "#cli/owner.ts";
import { badRecipient, makeKey, type Key, type Lock } from "./seal.ts";
import { checkFile } from "#cli/service/upkeep.ts";
import { mountSticks, unmountSticks } from "./usb.ts";
import { answerJson, Failure, needSettings, UsageError, type Cli } from "#cli/verb.ts";

interface Options {
  readonly to?: string[];
  readonly makeKey?: string;
  readonly json?: boolean;
  readonly scheduled?: boolean;
  readonly sticks?: string;
}

/** What became of one place. */
interface Kept {
  readonly place: string;
  readonly file?: string;
  readonly removed?: readonly string[];
  readonly error?: string;
}

/** Copying and proving a large database on a slow card. */
const COPY_WITHIN: Millis = 30 * 60_000;

export function defineBackup(command: Command, cli: Cli): void {
  command
    .option("--to <places...>", "folders, usb:LABEL or WebDAV addresses, instead of those of the config")
    .option(
      "--make-key <file>",
      "make a pair of keys: the secret one into this file, the public one printed; nothing else",
    )
    .option("--scheduled", "for the timer: without places in the config, do nothing and say so")
    .option(
      "--sticks <mount|unmount>",
      "for the service, as root: mount or unmount the sticks of the config; nothing else",
    )
    .option("--json", "print what was kept where as JSON")
    .action(async (options: Options) => {
      if (options.makeKey !== undefined) return writeKey(cli, options.makeKey);
      checkAddresses(options.to ?? [], "--to");
      if (options.sticks === "unmount") return sayAll(cli, unmountSticks());
      const { settings, file } = needSettings(cli);
      if (options.sticks === "mount")
        return sayAll(cli, mountSticks(settings.backup?.to ?? [], dirname(settings.database.path)));
      if (options.sticks !== undefined) throw new UsageError("--sticks is mount or unmount.");
      const places = options.to ?? settings.backup?.to ?? [];
      if (places.length === 0 && options.scheduled)
        return cli.say("The config names no places for backups (backup.to): nothing was done.");
      if (places.length === 0) throw new UsageError("Where to? Write backup.to into the config, or give --to FOLDER.");
      const kept = await backUp(settings, file, places);
      if (options.json) answerJson(cli, { backups: kept });
      else for (const each of kept) cli.answer(keptLine(each));
      cli.finish(kept.every(({ error }) => error === undefined) ? 0 : 1);
    });
}

function sayAll(cli: Cli, words: readonly string[]): void {
  for (const each of words) cli.say(each);
}

async function writeKey(cli: Cli, file: string): Promise<void> {
  const { identity, recipient } = await makeKey();
  try {
    writeFileSync(file, `# public key: ${recipient}\n${identity}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new Failure(
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code}). A key that is there is never replaced.`,
    );
  }
  cli.answer(recipient);
  cli.say(
    `The secret key is in ${file}. Keep it where the box is not, twice (paper will do): without it no backup can be opened. ` +
      "The line above goes into the config: backup: { recipients: [age1…] }",
  );
}

function keptLine({ place, file, removed, error }: Kept): string {
  if (error !== undefined) return `${place}: ${error}`;
  const gone = removed!.length === 0 ? "" : `; ${removed!.length} older removed`;
  return `${place}: ${file}, opened again and found whole${gone}`;
}

/** Makes one backup and keeps it at every place. Throws `Failure` when it cannot be made at all. */
export async function backUp(settings: Settings, configFile: string, places: readonly string[]): Promise<Kept[]> {
  const lock = lockOf(settings);
  const scratch = scratchBeside(settings.database.path);
  try {
    const database = join(scratch, "muster.db");
    await copyDatabase(settings, database);
    const copy = identityOf(database);
    const made = isoTime(wallClock.wall());
    const secrets = settings.backup?.secretFiles ?? [];
    const parts: Part[] = [
      { name: "muster.db", from: { path: database } },
      { name: "muster.yaml", from: { bytes: readFileSync(configFile) } },
      ...secrets.map(({ text }, index) => ({ name: `secrets/${index}`, from: { bytes: Buffer.from(text) } })),
    ];
    const about = {
      made,
      ...copy,
      name: settings.node.name,
      secrets: Object.fromEntries(secrets.map(({ named }, index) => [named, `secrets/${index}`])),
    };
    const sealed = join(scratch, "sealed");
    const check = await writeArchive(sealed, about, parts, lock);
    rmSync(database);
    const prefix = `muster-${copy.gatewayId}-`;
    const name = `${prefix}${made.replaceAll(/[-:]/g, "").replace(/\.\d+/, "")}${SUFFIX}`;
    const keep = settings.backup?.keep ?? 14;
    const kept: Kept[] = [];
    for (const to of places)
      kept.push(
        await keptAt(to, async () => {
          const place = placeOf(to, scratch, accountFor(to, settings.backup));
          const file = await place.keep(sealed, name, (path) => prove(path, check, scratch));
          return { file, removed: await rotate(place, prefix, keep, name) };
        }),
      );
    return kept;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A place that fails does not keep the others from getting theirs. */
async function keptAt(place: string, work: () => Promise<Omit<Kept, "place">>): Promise<Kept> {
  try {
    return { place, ...(await work()) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { place, error: error.message };
  }
}

/** Restores it beside the database, as far as a restoration can go without taking the gateway's place. */
async function prove(file: string, check: Key, scratch: string): Promise<void> {
  const folder = mkdtempSync(join(scratch, "proof-"));
  try {
    await readArchive(file, folder, check);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lockOf({ backup }: Settings): Lock {
  if (backup?.passphrase !== undefined) return { passphrase: backup.passphrase };
  const wrong = backup?.recipients.map(badRecipient).find((words) => words !== undefined);
  if (wrong !== undefined) throw new UsageError(`backup.recipients ${wrong}`);
  if (backup && backup.recipients.length > 0) return { recipients: backup.recipients };
  throw new UsageError(
    "There is nothing to lock a backup with, and it holds addresses and secrets. Make a key (muster backup --make-key FILE) and write its public part into backup.recipients, or name backup.passphrase_file.",
  );
}

/** A folder that the gateway's user may write, on the database's disk. */
function scratchBeside(database: string): string {
  try {
    const folder = mkdtempSync(join(dirname(database), "backup-"));
    const owner = statSync(dirname(database));
    if (process.getuid?.() === 0) chownSync(folder, owner.uid, owner.gid);
    return folder;
  } catch (error) {
    throw new Failure(
      `${dirname(database)} cannot be written (${(error as NodeJS.ErrnoException).code}). Try it with sudo, or as the gateway's user.`,
    );
  }
}

async function copyDatabase(settings: Settings, to: string): Promise<void> {
  const asked = await askControl(settings.control.socket, "copy-database", { to }, COPY_WITHIN);
  if (asked.is === "refused") throw new Failure(asked.error);
  if (asked.is === "answered") return;
  await asOwnerOf(settings.database.path, async () => {
    const store = openStore(settings.database.path, { readonly: true });
    try {
      await store.backup(to);
    } finally {
      store.close();
    }
  });
  const wrong = await checkFile(to);
  if (wrong !== undefined) throw new Failure(`The database is damaged (${wrong}). Start the gateway: it repairs it.`);
}

/** The database of a gateway that has never run has no id yet. */
function identityOf(database: string): Copy {
  const store = openStore(database, { readonly: true });
  try {
    return knownCopy(store) ?? { gatewayId: "new", epoch: 1 };
  } finally {
    store.close();
  }
}
