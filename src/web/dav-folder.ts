// A folder on a WebDAV server as a place for large files: streamed there and back, so that a backup of hundreds of megabytes takes no
// memory. Whoever uses it decides on names and proofs.

import { createReadStream, createWriteStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { WebDAVClient } from "webdav";
import type { Millis } from "#base/clock.ts";
import { davClient, DavTrouble, troubleOf, type DavPlace } from "./dav.ts";

/** Wall time for a question, and for a whole file. */
const ASK_WITHIN: Millis = 30_000;
const CARRY_WITHIN: Millis = 30 * 60_000;

const CUT = "the connection was cut in the middle";

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
    const send = async (): Promise<void> => {
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
    };
    await told(send, CUT);
  }

  /** Brings `name` to `path`, as far as it is not longer than `largest` bytes. */
  async get(name: string, path: string, largest = Number.POSITIVE_INFINITY): Promise<void> {
    const bring = async (): Promise<void> => {
      const signal = AbortSignal.timeout(CARRY_WITHIN);
      // Not the client's createReadStream: what goes wrong in the middle of its stream is told to nobody.
      const answer: unknown = await this.#client.customRequest(`/${name}`, { method: "GET", signal });
      await pipeline(
        atMost(largest, (answer as { body: AsyncIterable<Uint8Array> }).body),
        createWriteStream(path, { mode: 0o600 }),
      );
    };
    await told(bring, CUT);
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

async function* atMost(largest: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > largest) throw new DavTrouble("more comes back than was sent", true);
    yield piece;
  }
}

/** A body that is no list of files is a login page, or another service. */
async function told<T>(work: () => Promise<T>, away?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && /root multistatus|Empty response/i.test(error.message))
      throw new DavTrouble("what answers there is no WebDAV folder", true);
    throw troubleOf(error, away);
  }
}
