// Looking at a shared service once: does something answer there? No more is claimed: a wiki that answers with an error of its own
// is down, one that wants a password is up.

import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { wallClock, type Millis } from "#base/clock.ts";

/** Why it does not answer, in words; undefined: it does. */
export type Probe = (check: string) => Promise<string | undefined>;

const WITHIN: Millis = 10_000;

/** `clockSure`: whether our own clock can be believed, for the check "clock". Never rejects. */
export function createProbe(clockSure: () => boolean): Probe {
  return async (check) => {
    try {
      if (check === "clock") return clockSure() ? undefined : "our clock is not set";
      const url = new URL(check);
      return await PROBES[url.protocol]?.(url);
    } catch (error) {
      return wordsOf(error);
    }
  };
}

const PROBES: Readonly<Record<string, (url: URL) => Promise<string | undefined>>> = {
  "http:": http,
  "https:": http,
  "tcp:": tcp,
  "ntp:": ntp,
  "file:": (url) => Promise.resolve(readFileSync(url, "utf8").startsWith("1") ? undefined : "it says no"),
};

async function http(url: URL): Promise<string | undefined> {
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(WITHIN) });
  await response.body?.cancel();
  return response.status >= 500 || response.status === 404 ? `it answers ${response.status}` : undefined;
}

function tcp(url: URL): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replaceAll(/[[\]]/g, ""), port: Number(url.port), timeout: WITHIN });
    const end = (words: string | undefined): void => {
      socket.destroy();
      resolve(words);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end("no answer"));
    socket.once("error", (error) => end(wordsOf(error)));
  });
}

const NTP_PORT = 123;

/** SNTP (RFC 4330): a client's question of 48 bytes; stratum 1 to 15 is a server that knows the time. */
function ntp(url: URL): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const cancel = wallClock.after(WITHIN, () => end("no answer"));
    const end = (words: string | undefined): void => {
      cancel();
      socket.close();
      resolve(words);
    };
    socket.once("error", (error) => end(wordsOf(error)));
    socket.once("message", (answer) => {
      const stratum = answer[1] ?? 0;
      end(stratum >= 1 && stratum <= 15 ? undefined : "it does not know the time");
    });
    const question = Buffer.alloc(48);
    question[0] = 0x1b; // version 3, client
    socket.send(question, Number(url.port || NTP_PORT), url.hostname);
  });
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EHOSTUNREACH: "host not reachable",
  ENETUNREACH: "network not reachable",
  ETIMEDOUT: "no answer",
  ENOENT: "no such file",
};

function wordsOf(error: unknown): string {
  const { code, name, cause } = error as { code?: string; name?: string; cause?: unknown };
  if (code !== undefined) return WHY[code] ?? code;
  if (name === "TimeoutError") return "no answer";
  return cause === undefined ? "no answer" : wordsOf(cause);
}
