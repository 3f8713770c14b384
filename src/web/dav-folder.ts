// A folder on a WebDAV server as a place for large files: streamed there and back, so that a backup of hundreds of megabytes takes no
// memory. Whoever uses it decides on names and proofs.

import { createReadStream, createWriteStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { WebDAVClient } from "webdav";
import type { Millis } from "#base/clock.ts";
import { davClient, DavTrouble, troubleOf, type DavPlace } from "./dav.ts";

/** Wall time for a question, and for a whole file. */
const ASK_WITHIN: Millis = 30_000;
const CARRY_WITHIN: Millis = 30 * 60_000;

/** Every method throws `DavTrouble`, in words. */
export class DavFolder {
  readonly #client: WebDAVClient;

  constructor(place: DavPlace) {
    this.#client = davClient(place);
  }

  /** Names of the files that lie there. */
  async names(): Promise<string[]> {
    return told(async () => {
      const found = await this.#client.getDirectoryContents("/", { signal: AbortSignal.timeout(ASK_WITHIN) });
      return found.filter(({ type }) => type === "file").map(({ basename }) => basename);
    });
  }

  /** Takes the file at `path` there under `name`; what has that name is replaced. */
  async put(path: string, name: string): Promise<void> {
    await told(async () => {
      const file = createReadStream(path);
      try {
        // With its length: many servers take no file in pieces of unknown number (411).
        await this.#client.putFileContents(`/${name}`, file, {
          headers: { "content-length": String(statSync(path).size) },
          signal: AbortSignal.timeout(CARRY_WITHIN),
        });
      } finally {
        file.destroy();
      }
    });
  }

  /** Brings `name` to `path`. */
  async get(name: string, path: string): Promise<void> {
    await told(() =>
      pipeline(
        this.#client.createReadStream(`/${name}`, { signal: AbortSignal.timeout(CARRY_WITHIN) }) as Readable,
        createWriteStream(path, { mode: 0o600 }),
      ),
    );
  }

  async rename(from: string, to: string): Promise<void> {
    await told(() =>
      this.#client.moveFile(`/${from}`, `/${to}`, { overwrite: true, signal: AbortSignal.timeout(ASK_WITHIN) }),
    );
  }

  async remove(name: string): Promise<void> {
    await told(() => this.#client.deleteFile(`/${name}`, { signal: AbortSignal.timeout(ASK_WITHIN) }));
  }
}

/** A body that is no list of files is a login page, or another service. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && /root multistatus/i.test(error.message))
      throw new DavTrouble("what answers there is no WebDAV folder", true);
    throw troubleOf(error);
  }
}
