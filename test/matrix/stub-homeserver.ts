// A homeserver of node:http that behaves, and misbehaves when told to: it keeps what it accepted under its transaction id,
// as Synapse does, so that lost and doubled messages can be counted.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { wallClock } from "#base/clock.ts";

export const ROOM = "!room:stub";
export const SELF = "@muster:stub";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly at: number;
}

export interface Reply {
  readonly response: ServerResponse;
  /** Stores the message of a send as a good server would; gives its event id. */
  store(): string;
  json(status: number, body: unknown, headers?: Record<string, string>): void;
  raw(status: number, body: string, headers: Record<string, string>): void;
}

/** Answers instead of the good server; false lets that one answer. */
export type Misbehaviour = (call: Call, reply: Reply) => boolean | void;

export class StubHomeserver {
  readonly calls: Call[] = [];
  /** By transaction id. */
  readonly stored = new Map<string, { eventId: string; body: string }>();
  /** The room's events; the position is their number. */
  readonly events: Record<string, unknown>[] = [];
  readonly accountData = new Map<string, unknown>();
  misbehave: Misbehaviour | undefined;
  /** A timeline longer than this is limited. */
  timelineLimit = 20;
  #server: Server | undefined;
  #port = 0;
  readonly #polls = new Set<() => void>();

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((done) => this.#server!.listen(this.#port, "127.0.0.1", done));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((done) => this.#server?.close(done));
  }

  say(body: string): void {
    const event = {
      type: "m.room.message",
      sender: "@ada:stub",
      event_id: `$e${this.events.length}`,
      content: { msgtype: "m.text", body },
    };
    this.events.push({ ...event, origin_server_ts: 0 });
    for (const wake of this.#polls) wake();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client went away
    }
    const url = new URL(request.url ?? "/", this.baseUrl);
    const body = Buffer.concat(chunks).toString("utf8");
    const path = decodeURIComponent(url.pathname);
    const call = { method: request.method ?? "", path, query: url.searchParams, body, at: wallClock.now() };
    this.calls.push(call);
    const reply = this.#reply(call, response);
    if (this.misbehave && this.misbehave(call, reply) !== false) return;
    this.#behave(call, reply);
  }

  #reply(call: Call, response: ServerResponse): Reply {
    const raw: Reply["raw"] = (status, body, headers) => {
      response.writeHead(status, headers);
      response.end(body);
    };
    return {
      response,
      raw,
      json: (status, body, headers = {}) =>
        raw(status, JSON.stringify(body), { "Content-Type": "application/json", ...headers }),
      store: () => {
        const txn = call.path.split("/").at(-1)!;
        const kept = this.stored.get(txn) ?? { eventId: `$sent-${this.stored.size}`, body: call.body };
        this.stored.set(txn, kept);
        return kept.eventId;
      },
    };
  }

  #behave(call: Call, reply: Reply): void {
    if (call.path.endsWith("/account/whoami")) return reply.json(200, { user_id: SELF });
    if (call.path.endsWith("/sync")) return this.#sync(call, reply);
    if (call.path.endsWith("/messages")) return this.#messages(call, reply);
    if (call.path.includes("/state/m.room.member/")) return reply.json(200, { membership: "join", displayname: "Ada" });
    if (call.path.includes("/state/m.room.create/")) return reply.json(200, { creator: "@ada:stub" });
    if (call.path.includes("/send/") || call.path.includes("/redact/"))
      return reply.json(200, { event_id: reply.store() });
    if (call.path.includes("/account_data/")) return this.#accountData(call, reply);
    reply.json(404, { errcode: "M_NOT_FOUND", error: "not here" });
  }

  #accountData(call: Call, reply: Reply): void {
    if (call.method === "PUT") this.accountData.set(call.path, JSON.parse(call.body));
    const kept = this.accountData.get(call.path);
    if (kept === undefined) reply.json(404, { errcode: "M_NOT_FOUND", error: "no such account data" });
    else reply.json(200, call.method === "PUT" ? {} : kept);
  }

  #sync(call: Call, reply: Reply): void {
    const since = call.query.get("since");
    const answer = () => {
      const end = this.events.length;
      const from = since === null ? end : Number(since.slice(1));
      const start = Math.max(from, end - this.timelineLimit);
      const timeline = { events: this.events.slice(start, end), limited: start > from, prev_batch: `p${start}` };
      const rooms = end > from ? { join: { [ROOM]: { timeline } } } : {};
      reply.json(200, { next_batch: `s${end}`, rooms });
    };
    const news = since === null || this.events.length > Number(since.slice(1));
    if (news || call.query.get("timeout") === "0") return answer();
    const wake = () => {
      this.#polls.delete(wake);
      if (!reply.response.destroyed) answer();
    };
    this.#polls.add(wake);
    wallClock.after(Number(call.query.get("timeout")), wake);
  }

  /** Backwards from "pN" to "sM", seven at a time. */
  #messages(call: Call, reply: Reply): void {
    const to = Number(call.query.get("to")?.slice(1) ?? 0);
    const from = Number(call.query.get("from")?.slice(1) ?? 0);
    const start = Math.max(to, from - 7);
    const chunk = this.events.slice(start, from).toReversed();
    reply.json(200, { chunk, start: `p${from}`, ...(start > to ? { end: `p${start}` } : {}) });
  }
}
