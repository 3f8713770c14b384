// What every visit to a WebDAV server (RFC 4918) needs: the client, and what goes wrong in words for people. Never a password in them.

import { createClient, type WebDAVClient } from "webdav";

export interface DavPlace {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** What the server or the way to it does not allow, in words for the operators. */
export class DavTrouble extends Error {
  override name = "DavTrouble";
  readonly all: boolean;
  /** `all`: nothing else can be done there either. */
  constructor(words: string, all: boolean) {
    super(words);
    this.all = all;
  }
}

export function davClient({ url, user, password }: DavPlace): WebDAVClient {
  return createClient(url, { username: user, password });
}

const REFUSALS: Readonly<Record<number, readonly [words: string, all: boolean]>> = {
  401: ["the server does not take our user and password", true],
  403: ["the server does not let us write there", true],
  404: ["the server has no such folder", true],
  409: ["the server has no such folder", true],
  405: ["what answers there is no WebDAV folder", true],
  413: ["the server finds a file too large", false],
  423: ["somebody has locked a file on the server", false],
  507: ["the server has no room left", false],
};

/** What a failed request means. */
export function troubleOf(error: unknown): DavTrouble {
  if (error instanceof DavTrouble) return error;
  const status = (error as { status?: unknown }).status ?? (error as { response?: Response }).response?.status;
  if (typeof status === "number") {
    const [words, all] = REFUSALS[status] ?? [`the server answered ${status}`, status >= 500];
    return new DavTrouble(words, all);
  }
  if ((error as { code?: unknown }).code === "ENOSPC") return new DavTrouble("our own disk is full", true);
  return new DavTrouble("the server is not reachable", true);
}
