// Where init writes, and how: the config, secrets for their owner alone, and, as root, everything of the data folder for the
// user whom that folder belongs to. In /etc/muster the places are the package's (docs/package.md); elsewhere everything lies
// beside the config.

import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Failure } from "#cli/verb.ts";

const SYSTEM_CONFIG = "/etc/muster/muster.yaml";

export interface Places {
  readonly config: string;
  readonly credentials: string;
  /** How the config names a secret of that folder. */
  readonly credential: (name: string) => string;
  readonly database: string;
  /** Keys of the config that the defaults do not fit. */
  readonly own: Readonly<Record<string, unknown>>;
}

/** By the --config option; without it the system's place for root, and this folder for everybody else. */
export function placesFor(named: string | undefined): Places {
  const isRoot = process.getuid?.() === 0;
  const config = resolve(named ?? (isRoot && existsSync(dirname(SYSTEM_CONFIG)) ? SYSTEM_CONFIG : "muster.yaml"));
  const folder = dirname(config);
  const credentials = join(folder, "credentials");
  if (config === SYSTEM_CONFIG) {
    const database = "/var/lib/muster/muster.db";
    return { config, credentials, credential: (name) => name, database, own: {} };
  }
  const data = join(folder, "muster-data");
  const own = { database: { path: join(data, "muster.db") }, control: { socket: join(data, "control.sock") } };
  return { config, credentials, credential: (name) => `./credentials/${name}`, database: own.database.path, own };
}

/** Refuses a config that is there, unless `force`: then it is kept under another name. */
export function makeWay(places: Places, force: boolean): void {
  if (existsSync(places.config) && !force)
    throw new Failure(
      `${places.config} is there already. Look at it with \`muster doctor\`; \`muster init --force\` begins anew and keeps it as ${places.config}.before`,
    );
  try {
    mkdirSync(places.credentials, { recursive: true, mode: 0o700 });
    mkdirSync(dirname(places.database), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Failure(
      `${(error as NodeJS.ErrnoException).path} cannot be made (${(error as NodeJS.ErrnoException).code}). Try with sudo.`,
    );
  }
}

export function writeSecret(places: Places, name: string, text: string): void {
  const file = join(places.credentials, name);
  write(file, text, 0o600);
  chmodSync(file, 0o600);
}

/** The config for people to read and for the service: its group is the folder's. */
export function writeConfig(places: Places, text: string): void {
  if (existsSync(places.config)) renameSync(places.config, `${places.config}.before`);
  write(places.config, text, 0o640);
  if (process.getuid?.() === 0) chownSync(places.config, 0, statSync(dirname(places.config)).gid);
}

/** As root: what lies in the data folder belongs to whom the folder belongs to, so that the service can use it. */
export function handOver(places: Places): void {
  if (process.getuid?.() !== 0) return;
  const folder = dirname(places.database);
  const { uid, gid } = statSync(folder);
  for (const name of readdirSync(folder)) chownSync(join(folder, name), uid, gid);
}

function write(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { mode });
  } catch (error) {
    throw new Failure(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
}
