// Where a homeserver brings an appservice what was said (Application Service API 1.16): transactions, pings, and questions
// for users and rooms that we do not have. A transaction is answered with 200 only once it is durable; a homeserver that
// hears anything else brings it again, in order, for as long as it takes.

import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { isJson } from "./json.ts";
import type { Json } from "./json.ts";

/** A hundred events of 64 KiB, and room for what Synapse adds. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** A transaction that trickles in for longer than this is cut off. */
const BODY_DEADLINE: Millis = 30_000;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly hsToken: string;
  /** Resolves to true when the transaction is durable. `hash` tells its body from another one of the same id. */
  readonly onTransaction: (id: string, hash: string, body: Json) => Promise<boolean>;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens; rejects (EADDRINUSE, EACCES) where it may not. */
export function listen(options: ListenerOptions): Promise<Listener> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      ({ status, body }) => reply(response, status, body),
      () => reply(response, 500, { errcode: "M_UNKNOWN", error: "not handled" }),
    );
  });
  server.requestTimeout = BODY_DEADLINE;
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(options.port, options.host, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : options.port;
      done({ port, close: () => closed(server) });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    // A kept connection has nothing under way; what is under way gets a moment to be answered.
    server.closeIdleConnections();
    wallClock.after(1_000, () => server.closeAllConnections());
  });
}

interface Answer {
  readonly status: number;
  readonly body: Json;
}

const refusal = (status: number, errcode: string, error: string): Answer => ({ status, body: { errcode, error } });

async function answer(request: IncomingMessage, options: ListenerOptions): Promise<Answer> {
  const url = URL.parse(request.url ?? "", "http://appservice");
  if (!url) return refusal(404, "M_UNRECOGNIZED", "no such path");
  const given = tokenOf(request, url);
  if (given === undefined) return refusal(401, "M_UNAUTHORIZED", "the homeserver's token is missing");
  if (!sameSecret(given, options.hsToken)) return refusal(403, "M_FORBIDDEN", "that is not the homeserver's token");
  const path = url.pathname.replace(/^\/_matrix\/app\/v1/, "");
  const transaction = /^\/transactions\/([^/]+)$/.exec(path)?.[1];
  if (transaction !== undefined && request.method === "PUT") return take(request, transaction, options);
  if (path === "/ping" && request.method === "POST") {
    await readBody(request);
    return { status: 200, body: {} };
  }
  if (/^\/(users|rooms|thirdparty)\//.test(path) && request.method === "GET")
    return refusal(404, "M_NOT_FOUND", "not one of ours");
  return refusal(404, "M_UNRECOGNIZED", "no such path");
}

async function take(request: IncomingMessage, id: string, options: ListenerOptions): Promise<Answer> {
  const text = await readBody(request);
  if (text === undefined) return refusal(413, "M_TOO_LARGE", `more than ${MAX_BODY_BYTES} bytes`);
  const body = parseJson(text);
  if (!body) return refusal(400, "M_NOT_JSON", "the transaction is not a JSON object");
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const kept = await options.onTransaction(decode(id), hash, body);
  return kept ? { status: 200, body: {} } : refusal(503, "M_UNKNOWN", "it cannot be stored now");
}

function tokenOf(request: IncomingMessage, url: URL): string | undefined {
  const header = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  // Homeservers before Matrix 1.4 put it into the query.
  return header ?? url.searchParams.get("access_token") ?? undefined;
}

/** In a time that tells nothing about where two tokens differ, nor how long ours is. */
export function sameSecret(given: string, ours: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(ours));
}

function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    });
    request.on("error", fail);
    request.on("end", () => done(size <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString("utf8") : undefined));
  });
}

function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id).slice(0, 255);
  } catch {
    return id.slice(0, 255);
  }
}

function reply(response: ServerResponse, status: number, body: Json): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
