// GET /healthz: the loop is alive. GET /readyz: it also does its work; when not, the reasons as JSON. GET /metrics: figures for a
// Prometheus (exposition format 0.0.4, prometheus.io/docs/instrumenting/exposition_formats).

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metric } from "#gateway/metrics.ts";

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
  /** The same holds for it. */
  readonly metrics: () => readonly Metric[];
}

/** Listens until closed; rejects when the address cannot be had. `port` is the one taken. */
export async function serveHealth(options: HealthOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => answer(request, response, options));
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

const PAGES = ["/healthz", "/readyz", "/metrics"];

function answer(request: IncomingMessage, response: ServerResponse, options: HealthOptions): void {
  const path = request.url?.split("?")[0] ?? "";
  if (!PAGES.includes(path)) return send(response, 404, { error: `There is only ${PAGES.join(", ")}.` });
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, { error: "Only GET." });
  if (path === "/healthz") return send(response, 200, { alive: true });
  if (path === "/metrics") return sendText(response, exposition(options.metrics()));
  const reasons = options.unready();
  send(response, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
}

/** Prometheus's text format. A name without a figure is left out. */
export function exposition(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
        "",
      ].join("\n"),
    )
    .join("");
}

function labelText(labels: Readonly<Record<string, string>> = {}): string {
  const escaped = (value: string): string =>
    value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function sendText(response: ServerResponse, body: string): void {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
  response.end(body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
