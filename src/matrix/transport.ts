// The HTTP underneath matrix-bot-sdk, which by itself uses the unmaintained `request`. The SDK takes a replacement by
// `setRequestFn`; this one is stricter, so that nothing but a homeserver's own answer can pass for one:
//   - no redirect is followed; a 2xx whose body is not a JSON object or array, or is labelled as something else than JSON,
//     is an error (a captive portal answers 200 with HTML);
//   - the deadline covers the whole exchange, in wall time, also a body that trickles; an answer is at most 32 MiB;
//   - a Retry-After header, which the SDK drops when the body has an errcode, is copied into retry_after_ms, which it keeps;
//   - a request is cancelled through the signal of the `within` it was made in.

import { AsyncLocalStorage } from "node:async_hooks";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setRequestFn } from "matrix-bot-sdk";
import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { retryAfterMillis } from "./retry-after.ts";

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** A proxy's error page may be long; only its head can reach a log. */
const MAX_ERROR_TEXT = 300;

/** What the SDK throws when the status is not 2xx and the body holds no errcode. */
export interface WireResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** An answer that no homeserver gives. */
class StrangeAnswer extends Error {
  override name = "StrangeAnswer";
}

interface Bounds {
  readonly deadline: Millis;
  readonly signal: AbortSignal;
}

const bounds = new AsyncLocalStorage<Bounds>();

/** Runs a call of the SDK whose requests together end by `deadline` ms from now, or when `signal` says so. */
export function within<T>(deadline: Millis, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return bounds.run({ deadline: wallClock.now() + deadline, signal }, run);
}

/** The parameters that the SDK's doHttpRequest passes; the rest of `request`'s options it sets are constant. */
interface RequestParams {
  readonly uri: string;
  readonly method: string;
  readonly qs?: Readonly<Record<string, unknown>> | null;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
  readonly timeout: Millis;
}

type Done = (error: unknown, response?: WireResponse, body?: unknown) => void;

// A lane per room keeps the number of sockets small by itself; the cap is against a burst of many rooms.
const agents = {
  "http:": new HttpAgent({ keepAlive: true, maxSockets: 32 }),
  "https:": new HttpsAgent({ keepAlive: true, maxSockets: 32 }),
} as const;

/** Takes over the SDK's requests; for the whole process, harmless when repeated. */
export function installTransport(): void {
  setRequestFn((params: RequestParams, done: Done) => exchange(params, done));
}

function exchange(params: RequestParams, done: Done): void {
  const bound = bounds.getStore();
  const url = new URL(params.uri);
  for (const [key, value] of Object.entries(params.qs ?? {}))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) url.searchParams.append(key, String(one));
  const remaining = bound ? bound.deadline - wallClock.now() : params.timeout;

  let current: ReturnType<typeof httpRequest> | undefined;
  let settled = false;
  const finish: Done = (error, response, body) => {
    if (settled) return;
    settled = true;
    cancelDeadline();
    bound?.signal.removeEventListener("abort", onAbort);
    if (error) current?.destroy();
    done(error, response, body);
  };
  const onAbort = () => finish(new StrangeAnswer("cancelled"));
  const cancelDeadline = wallClock.after(Math.max(1, remaining), () =>
    finish(new StrangeAnswer(`no answer within ${Math.round(remaining / 1000)} s`)),
  );
  bound?.signal.addEventListener("abort", onAbort);
  if (bound?.signal.aborted) return onAbort();

  const attempt = (mayRepeat: boolean) => {
    const secure = url.protocol === "https:";
    const options = { method: params.method, headers: headersOf(params), agent: agents[secure ? "https:" : "http:"] };
    const request = (secure ? httpsRequest : httpRequest)(url, options);
    current = request;
    request.on("response", (response) => read(response, finish));
    request.on("error", (error: NodeJS.ErrnoException) => {
      // A kept connection that the server closed just then: every request of ours may be said twice, so say it again.
      if (mayRepeat && !settled && request.reusedSocket && error.code === "ECONNRESET") attempt(false);
      else finish(error);
    });
    request.end(params.body);
  };
  attempt(true);
}

function headersOf(params: RequestParams): Record<string, string | number> {
  const length = params.body === undefined ? 0 : Buffer.byteLength(params.body);
  return {
    ...params.headers,
    Accept: "application/json",
    ...(params.method === "GET" ? {} : { "Content-Length": length }),
  };
}

function read(response: IncomingMessage, finish: Done): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) finish(new StrangeAnswer(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`));
    else chunks.push(chunk);
  });
  response.on("error", finish);
  response.on("close", () => finish(new StrangeAnswer("the connection broke in the middle of the answer")));
  response.on("end", () => {
    const statusCode = response.statusCode ?? 0;
    const text = Buffer.concat(chunks).toString("utf8");
    const json = parseJson(text);
    if (statusCode >= 200 && statusCode < 300) {
      const type = response.headers["content-type"];
      if (type !== undefined && !/^application\/([a-z.-]+\+)?json\b/i.test(type))
        return finish(new StrangeAnswer(`${statusCode} with ${type.slice(0, 60)} instead of JSON`));
      if (json === undefined) return finish(new StrangeAnswer(`${statusCode} with a body that is not JSON`));
    }
    const body = statusCode >= 400 ? withRetryAfter(json, response.headers) : json;
    const whole = { statusCode, headers: response.headers, body: body ?? text.slice(0, MAX_ERROR_TEXT) };
    finish(null, whole, whole.body);
  });
}

/** An object or an array; undefined for everything else, also for JSON's other values. */
function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function withRetryAfter(json: object | undefined, headers: IncomingHttpHeaders): object | undefined {
  const wait = retryAfterMillis(headers, wallClock.wall());
  if (!json || wait === undefined || typeof (json as Record<string, unknown>)["retry_after_ms"] === "number")
    return json;
  return { ...json, retry_after_ms: wait };
}
