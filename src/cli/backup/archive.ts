// What a backup holds: the database, the config and the secrets that it names, under a list of their hashes. One file: tar, gzip, age.
//
//   muster.json        what it is, and the SHA-256 of each other file
//   muster.db          the database, complete in itself
//   muster.yaml        the config
//   secrets/0, …       files that the config names; muster.json says which is which

import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { findDamaged, SUMMED_TABLES } from "#store/sums.ts";
import { openStore } from "#store/open.ts";
import { seal, SealRefusal, unseal, type Key, type Lock } from "./seal.ts";
import { packTar, TarRefusal, unpackTar, type TarFile } from "./tar.ts";
import { Failure } from "#cli/verb.ts";

export const FORMAT = 1;

export interface Manifest {
  readonly kind: "muster-backup";
  readonly format: number;
  /** ISO; only as right as the box's clock. */
  readonly made: string;
  readonly gatewayId: string;
  readonly epoch: number;
  readonly name: string;
  /** By the path that the config names them with: `{"/etc/muster/token": "secrets/0"}`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly sha256: Readonly<Record<string, string>>;
}

export interface Part {
  readonly name: string;
  /** A file's path, or the content itself. */
  readonly from: { readonly path: string } | { readonly bytes: Uint8Array };
}

/** Writes the backup to `file` and answers what opens it again, for the proof. */
export async function writeArchive(
  file: string,
  about: Omit<Manifest, "kind" | "format" | "sha256">,
  parts: readonly Part[],
  lock: Lock,
): Promise<Key> {
  const sha256: Record<string, string> = {};
  for (const { name, from } of parts) sha256[name] = await hashOf(from);
  const manifest: Manifest = { kind: "muster-backup", format: FORMAT, ...about, sha256 };
  const listed: Part = { name: "muster.json", from: { bytes: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) } };
  const tar = Readable.from(packTar([listed, ...parts].map(tarFile)));
  const { sealed, check } = await seal(tar.compose(createGzip()), lock);
  await pipeline(sealed, createWriteStream(file, { mode: 0o600, flush: true }));
  return check;
}

function tarFile({ name, from }: Part): TarFile {
  if ("bytes" in from) return { name, size: from.bytes.length, content: [from.bytes] };
  return { name, size: statSync(from.path).size, content: createReadStream(from.path) };
}

async function hashOf(from: Part["from"]): Promise<string> {
  const hash = createHash("sha256");
  if ("bytes" in from) hash.update(from.bytes);
  else for await (const chunk of createReadStream(from.path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/**
 * Unpacks a backup into an empty folder and checks every byte of it: hashes, the database's structure and the checksum of each row.
 * Throws `Failure` in words when it cannot be used.
 */
export async function readArchive(file: string, folder: string, key: Key): Promise<Manifest> {
  const found = await unpack(file, folder, key).catch((error: unknown) => {
    const known = error instanceof SealRefusal || error instanceof TarRefusal;
    throw new Failure(`${file}: ${known ? error.message : `it is damaged or cut off (${String(error)}).`}`);
  });
  const manifest = readManifest(file, folder, found);
  const wrong = Object.entries(manifest.sha256).find(([name, hash]) => found.get(name) !== hash);
  if (wrong) throw new Failure(`${file}: ${wrong[0]} is missing or damaged.`);
  checkDatabase(file, join(folder, "muster.db"));
  return manifest;
}

/** Answers the hash of each file that was unpacked. `secrets/0` becomes the file `secrets-0`: no folders are made by names from outside. */
async function unpack(file: string, folder: string, key: Key): Promise<Map<string, string>> {
  const opened = await unseal(createReadStream(file), key);
  const hashes = new Map<string, string>();
  let current: { name: string; handle: number; hash: ReturnType<typeof createHash> } | undefined;
  await unpackTar(opened.compose(createGunzip()) as AsyncIterable<Uint8Array>, (name, piece) => {
    current ??= { name, handle: openSync(unpackedPath(folder, name), "wx", 0o600), hash: createHash("sha256") };
    if (piece.length > 0) {
      writeSync(current.handle, piece);
      current.hash.update(piece);
      return;
    }
    fsyncSync(current.handle);
    closeSync(current.handle);
    hashes.set(name, current.hash.digest("hex"));
    current = undefined;
  });
  return hashes;
}

export function unpackedPath(folder: string, name: string): string {
  return join(folder, name.replaceAll("/", "-"));
}

function readManifest(file: string, folder: string, found: ReadonlyMap<string, string>): Manifest {
  if (!found.has("muster.json")) throw new Failure(`${file} is no backup of Muster.`);
  const manifest = JSON.parse(readFileSync(join(folder, "muster.json"), "utf8")) as Manifest;
  if (manifest.kind !== "muster-backup") throw new Failure(`${file} is no backup of Muster.`);
  if (manifest.format > FORMAT)
    throw new Failure(
      `${file} was made by a newer Muster (format ${manifest.format}). Install that version and try again.`,
    );
  return manifest;
}

function checkDatabase(file: string, path: string): void {
  try {
    const store = openStore(path, { readonly: true });
    try {
      const damaged = SUMMED_TABLES.some(
        (table) => findDamaged(store, table, 0, Number.MAX_SAFE_INTEGER).damaged.length > 0,
      );
      if (!store.quickCheck() || damaged) throw new Failure(`${file}: the database in it is damaged.`);
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
