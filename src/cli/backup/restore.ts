// muster restore: the gateway of a backup on this box, with whatever radio is plugged in here.
//
// Everything is unpacked and proved beside the place where it will lie, before anything is touched; what lay there before is moved
// aside, never deleted. The restored copy is numbered one higher, so that the box it comes from, should it still run, is told by the
// homeserver that it has been replaced and stops (src/matrix/fence.ts).

import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { isoTime } from "#base/calendar.ts";
import { wallClock } from "#base/clock.ts";
import type { Settings } from "#gateway/settings.ts";
import { raiseEpoch } from "#store/copies.ts";
import { openStore } from "#store/open.ts";
import { readArchive, unpackedPath, type Manifest } from "./archive.ts";
import { CONFIG_PLACES, findingText, loadConfig } from "#cli/config/config.ts";
import { askControl } from "#cli/service/control.ts";
import { asOwnerOf } from "#cli/owner.ts";
import { Prompt } from "#cli/prompt.ts";
import type { Key } from "./seal.ts";
import { backupFile, readText, type SourceOptions } from "./restore-source.ts";
import { answerJson, Failure, needSettings, UsageError, type Cli } from "#cli/verb.ts";

interface Options extends SourceOptions {
  readonly identity?: string;
  readonly passphraseFile?: string;
  readonly replace?: boolean;
  readonly takeOver?: boolean;
  readonly json?: boolean;
}

export function defineRestore(command: Command, cli: Cli): void {
  command
    .argument("[backup]", "the backup, muster-….tar.gz.age; with --from its name there, or latest")
    .option("--from <place>", "a folder, usb:LABEL or the address of a WebDAV folder")
    .option("--webdav-user <name>", "who we are on the WebDAV server; without it, as the config says")
    .option("--webdav-password-file <file>", "its password; without it, it is asked for")
    .option("--identity <file>", "the secret age key that opens it")
    .option("--passphrase-file <file>", "its passphrase; without either, it is asked for")
    .option(
      "--replace",
      "put it in the place of a config and a database that are here; those are kept under another name",
    )
    .option("--take-over", "no backup: this copy of the gateway is the one that goes on, and all others stop")
    .option("--json", "print what was done as JSON")
    .action(async (backup: string | undefined, options: Options) => {
      if ((backup === undefined) !== (options.takeOver === true))
        throw new UsageError("Name a backup, or give --take-over alone.");
      const done = backup === undefined ? await takeOver(cli) : await restore(cli, backup, options);
      if (options.json) answerJson(cli, done);
      else for (const line of done.words) cli.answer(line);
    });
}

interface Done {
  readonly gatewayId: string;
  readonly epoch: number;
  readonly database: string;
  readonly config: string;
  readonly words: readonly string[];
}

async function restore(cli: Cli, backup: string, options: Options): Promise<Done> {
  const config = resolve(cli.configFile ?? CONFIG_PLACES.find((place) => existsSync(place)) ?? CONFIG_PLACES[1]);
  mkdirSync(dirname(config), { recursive: true, mode: 0o750 });
  const scratch = mkdtempSync(join(dirname(config), ".restore-"));
  try {
    const brought = join(scratch, "brought");
    mkdirSync(brought);
    const file = await backupFile(cli, backup, options, brought);
    const manifest = await readArchive(file, scratch, await keyOf(options));
    const replaced = layConfig(config, scratch, manifest, options.replace === true);
    const loaded = loadConfig(config, cli.environment);
    if (!loaded.ok)
      throw new Failure(
        `The backup is whole, but the config ${config} cannot be used here yet. Correct it and call this again:\n${loaded.findings.map(findingText).join("\n")}`,
      );
    const { settings } = loaded;
    await refuseRunning(settings);
    const moved = layDatabase(settings.database.path, join(scratch, "muster.db"), options.replace === true);
    const epoch = raise(settings.database.path);
    giveTo(settings.database.path);
    return {
      gatewayId: manifest.gatewayId,
      epoch,
      database: settings.database.path,
      config,
      words: [
        `${manifest.name} is restored as it was at ${manifest.made}. This is copy ${epoch} of it; older copies stop when they reach a homeserver.`,
        ...[...replaced, ...moved].map((path) => `What was here before is ${path}`),
        ...portWords(settings),
        "Next: muster doctor, then sudo systemctl start muster",
      ],
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function takeOver(cli: Cli): Promise<Done> {
  const { settings, file } = needSettings(cli);
  await refuseRunning(settings);
  const { path } = settings.database;
  const epoch = await asOwnerOf(path, async () => raise(path));
  return {
    gatewayId: "",
    epoch,
    database: path,
    config: file,
    words: [
      `This is copy ${epoch} now; older copies stop when they reach a homeserver.`,
      "Next: sudo systemctl start muster",
    ],
  };
}

async function keyOf({ identity, passphraseFile }: Options): Promise<Key> {
  if (passphraseFile !== undefined) return { passphrase: readText(passphraseFile).trim() };
  if (identity !== undefined) {
    const identities = readText(identity)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
    if (identities.length === 0) throw new Failure(`${identity} holds no key.`);
    return { identities };
  }
  const prompt = Prompt.open();
  if (!prompt) throw new UsageError("What opens it? Give --identity FILE or --passphrase-file FILE.");
  try {
    return { passphrase: await prompt.ask("Passphrase", (typed) => typed, { secret: true }) };
  } finally {
    prompt.close();
  }
}

/** A config that is here is kept, because it knows this box's ports; without one, the backup's is laid down with its secrets. */
function layConfig(config: string, scratch: string, manifest: Manifest, replace: boolean): string[] {
  const aside = existsSync(config) && replace ? [moveAside(config)] : [];
  if (!existsSync(config)) copyFileSync(join(scratch, "muster.yaml"), config);
  for (const [named, name] of Object.entries(manifest.secrets)) {
    const folder = dirname(config);
    const credentials = join(folder, "credentials");
    const bare = !named.includes("/") && existsSync(credentials);
    const path = bare ? join(credentials, named) : resolve(folder, named);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, readFileSync(unpackedPath(scratch, name)), { mode: 0o600 });
    if (!bare) giveTo(path);
  }
  return aside;
}

async function refuseRunning({ control }: Settings): Promise<void> {
  const asked = await askControl(control.socket, "status");
  if (asked.is !== "silent") throw new Failure("Muster is running here. Stop it first: sudo systemctl stop muster");
}

function layDatabase(path: string, from: string, replace: boolean): string[] {
  if (existsSync(path) && !replace)
    throw new Failure(
      `${path} is here already. To put the backup in its place: --replace (it is kept under another name).`,
    );
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = existsSync(path) ? [moveAside(path)] : [];
  // The hourly copy beside it belongs to what was here before.
  for (const tail of ["-wal", "-shm", ".backup", ".suspect"]) rmSync(path + tail, { force: true });
  copyFileSync(from, `${path}.new`);
  renameSync(`${path}.new`, path);
  return aside;
}

function moveAside(path: string): string {
  const to = `${path}.before-${isoTime(wallClock.wall()).replaceAll(/[:.]/g, "-")}`;
  renameSync(path, to);
  for (const tail of ["-wal", "-shm"]) if (existsSync(path + tail)) renameSync(path + tail, to + tail);
  return to;
}

function raise(path: string): number {
  const store = openStore(path);
  try {
    return store.transaction(() => raiseEpoch(store));
  } finally {
    store.close();
  }
}

/** A file that root laid down belongs to whoever owns its folder. */
function giveTo(path: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dirname(path));
  for (const tail of ["", "-wal", "-shm"]) if (existsSync(path + tail)) chownSync(path + tail, uid, gid);
}

function portWords({ meshtastic }: Settings): string[] {
  if (meshtastic.connectionType !== "serial" || existsSync(meshtastic.serialPort)) return [];
  return [
    `The radio's port ${meshtastic.serialPort} is not here: write this box's into meshtastic.serial_port (ls /dev/serial/by-id).`,
  ];
}
