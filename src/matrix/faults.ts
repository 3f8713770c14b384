// What a homeserver's refusal means. The SDK's calls end in five kinds of thing: a MatrixError (errcode and status), a
// response without errcode (a proxy's page), a StrangeAnswer of our transport, an Error of the network, and, should the
// SDK trip over an answer, any other Error. All of them become one of six faults; an unknown one is `transient`, because
// saying it again with the same transaction id is harmless and losing it is not.

import { MatrixError } from "matrix-bot-sdk";
import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { retryAfterMillis } from "./retry-after.ts";
import type { WireResponse } from "./transport.ts";

type FaultKind = "transient" | "limited" | "refused" | "forbidden" | "not-found" | "login";

export interface Fault {
  readonly is: FaultKind;
  /** Words for people; they hold no secret and no control character. */
  readonly reason: string;
  /** The errcode, when the homeserver itself spoke. */
  readonly errcode?: string;
  /** It is one user who is not wanted in the room, not all of us. */
  readonly banned?: boolean;
  /** It is the room that has to be repaired before anybody of ours can speak in it. */
  readonly roomClosed?: boolean;
  /** ms the server asks us to wait. */
  readonly retryAfter?: Millis;
}

/**
 * By errcode (Matrix client-server spec 1.16, "Common error codes"). `refused`: the request's own fault. `login`: nothing
 * will work until somebody repairs the account or the token.
 */
const BY_ERRCODE: Readonly<Record<string, FaultKind>> = {
  M_LIMIT_EXCEEDED: "limited",
  M_UNKNOWN_TOKEN: "login",
  M_MISSING_TOKEN: "login",
  M_USER_DEACTIVATED: "login",
  M_USER_LOCKED: "login",
  M_USER_SUSPENDED: "login",
  M_CONSENT_NOT_GIVEN: "login",
  M_RESOURCE_LIMIT_EXCEEDED: "login",
  M_FORBIDDEN: "forbidden",
  M_GUEST_ACCESS_FORBIDDEN: "forbidden",
  M_NOT_FOUND: "not-found",
  M_TOO_LARGE: "refused",
  M_BAD_JSON: "refused",
  M_NOT_JSON: "refused",
  M_INVALID_PARAM: "refused",
  M_MISSING_PARAM: "refused",
  M_BAD_STATE: "refused",
  M_DUPLICATE_ANNOTATION: "refused",
  M_CANNOT_OVERWRITE_MEDIA: "refused",
};

/** Without a known errcode. 401, 403 and 404 from a proxy say nothing about the login or the room. */
const BY_STATUS: Readonly<Record<number, FaultKind>> = { 413: "refused", 429: "limited" };

/** Any thrown thing as a fault. Total: never throws. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof MatrixError) return matrixFault(thrown);
  if (isResponse(thrown)) {
    const location: unknown = thrown.headers.location;
    const to = typeof location === "string" ? `, a redirect to ${printable(location, 80)}` : "";
    const wait = retryAfterMillis(thrown.headers, wallClock.wall());
    const retryAfter = wait === undefined ? {} : { retryAfter: wait };
    return { is: BY_STATUS[thrown.statusCode] ?? "transient", reason: `HTTP ${thrown.statusCode}${to}`, ...retryAfter };
  }
  if (thrown instanceof Error) {
    const code = (thrown as NodeJS.ErrnoException).code;
    const words = thrown.message || code || thrown.name;
    return { is: "transient", reason: printable(code && !words.includes(code) ? `${code}: ${words}` : words) };
  }
  return { is: "transient", reason: "something that is not an error was thrown" };
}

function matrixFault(error: MatrixError): Fault {
  const errcode = typeof error.errcode === "string" ? printable(error.errcode, 60) : "no errcode";
  const words = typeof error.error === "string" ? printable(error.error) : "";
  const reason = `${errcode}${words && `: ${words}`} (HTTP ${error.statusCode})`;
  const wait = error.retryAfterMs;
  const retryAfter =
    typeof wait === "number" && Number.isFinite(wait) && wait >= 0 ? { retryAfter: Math.ceil(wait) } : {};
  return { is: kindOf(errcode, error.statusCode), reason, errcode, ...retryAfter };
}

function kindOf(errcode: string, status: number): FaultKind {
  // A server in trouble may dress its trouble in any errcode; only what it says on purpose is believed.
  if (status < 400 || status >= 500) return "transient";
  const known = Object.hasOwn(BY_ERRCODE, errcode) ? BY_ERRCODE[errcode] : BY_STATUS[status];
  return known ?? (status === 400 ? "refused" : "transient");
}

function isResponse(thrown: unknown): thrown is WireResponse {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { statusCode, headers } = thrown as Partial<WireResponse>;
  return typeof statusCode === "number" && typeof headers === "object" && headers !== null;
}

/** Somebody else's words for a log line: one line, no control or direction characters, at most `limit` characters. */
export function printable(text: string, limit = 200): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ").trim();
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}
