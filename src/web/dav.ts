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

const NO_FOLDER = "the server has no such folder (make it there, or correct the address)";

const REFUSALS: Readonly<Record<number, readonly [words: string, all: boolean]>> = {
  401: ["the server does not take our user and password", true],
  403: ["the server does not let us write there", true],
  404: [NO_FOLDER, true],
  409: [NO_FOLDER, true],
  405: ["what answers there is no WebDAV folder", true],
  413: ["the server finds a file too large", false],
  423: ["somebody has locked a file on the server", false],
  507: ["the server has no room left", false],
};

/** Why there was no answer at all, by the code that Node or the client gives. */
const SILENCES: readonly (readonly [code: RegExp, words: string])[] = [
  [/^ENOSPC$/, "our own disk is full"],
  [/^unsupported-redirect$/, "the server sends us on to another address: write that one"],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "the server is not reachable: nobody here knows its name"],
  [
    /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|CERT_|ERR_TLS_CERT)/,
    "this box does not trust the server's certificate (an authority of your own: NODE_EXTRA_CA_CERTS in /etc/muster/environment)",
  ],
];

/** What a failed request means; `away`: where nobody answered, and nothing says why. */
export function troubleOf(error: unknown, away = "the server is not reachable"): DavTrouble {
  if (error instanceof DavTrouble) return error;
  const status = (error as { status?: unknown }).status ?? (error as { response?: Response }).response?.status;
  if (typeof status === "number") {
    const [words, all] = REFUSALS[status] ?? [`the server answered ${status}`, status >= 500];
    return new DavTrouble(words, all);
  }
  const { code, type } = error as { code?: unknown; type?: unknown };
  const known = SILENCES.find(([form]) => [code, type].some((each) => typeof each === "string" && form.test(each)));
  return new DavTrouble(known?.[1] ?? away, true);
}
