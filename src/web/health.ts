// GET /healthz: the loop is alive. GET /readyz: it also does its work; when not, the reasons as JSON.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One thing that is not as it should be: `{what: "radio", reason: "silent: nothing heard for 6 minutes"}`. */
export interface Unready {
  readonly what: string;
  readonly reason: string;
}

export interface HealthOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Empty when all is well. Must be quick: it is asked inside the loop. */
  readonly unready: () => readonly Unready[];
}

/** Listens until closed; rejects when the address cannot be had. `port` is the one taken. */
export async function serveHealth(options: HealthOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => answer(request, response, options.unready));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, unready: HealthOptions["unready"]): void {
  const path = request.url?.split("?")[0];
  if (path !== "/healthz" && path !== "/readyz")
    return send(response, 404, { error: "There is only /healthz and /readyz." });
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, { error: "Only GET." });
  if (path === "/healthz") return send(response, 200, { alive: true });
  const reasons = unready();
  send(response, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
