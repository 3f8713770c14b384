// What homeservers, and things that are not homeservers, do to a send, and what must come of it.

import { wallClock } from "#base/clock.ts";
import type { MatrixOutcome } from "#gateway/inputs.ts";
import type { Misbehaviour } from "#test/matrix/stub-homeserver.ts";

export const HTML = { "Content-Type": "text/html" };
export const DELIVERED = { event_id: "$not-really:stub" };

export const limited = { errcode: "M_LIMIT_EXCEEDED", error: "Too fast" };

export const MISBEHAVIOURS: readonly (readonly [string, Misbehaviour, Partial<MatrixOutcome>])[] = [
  [
    "429 with retry_after_ms",
    (_, reply) => reply.json(429, { ...limited, retry_after_ms: 70 }),
    { is: "retry", rateLimited: true, retryAfter: 70 },
  ],
  [
    "429 with an errcode and Retry-After alone",
    (_, reply) => reply.json(429, limited, { "Retry-After": "1" }),
    { is: "retry", rateLimited: true, retryAfter: 1000 },
  ],
  ["429 without a body", (_, reply) => reply.raw(429, "", {}), { is: "retry", rateLimited: true }],
  ["502 with HTML", (_, reply) => reply.raw(502, "<html>Bad gateway</html>", HTML), { is: "retry" }],
  ["500 with M_UNKNOWN", (_, reply) => reply.json(500, { errcode: "M_UNKNOWN", error: "Internal" }), { is: "retry" }],
  [
    "503 dressed as M_FORBIDDEN",
    (_, reply) => reply.json(503, { errcode: "M_FORBIDDEN", error: "no" }),
    { is: "retry" },
  ],
  ["200 with HTML", (_, reply) => reply.raw(200, "<html>Log in to the WLAN</html>", HTML), { is: "retry" }],
  [
    "200 with HTML called JSON",
    (_, reply) => reply.raw(200, "<html>", { "Content-Type": "application/json" }),
    { is: "retry" },
  ],
  ["200 with an event id called HTML", (_, reply) => reply.raw(200, JSON.stringify(DELIVERED), HTML), { is: "retry" }],
  ["200 and nothing", (_, reply) => reply.raw(200, "", {}), { is: "retry" }],
  ["204", (_, reply) => reply.raw(204, "", {}), { is: "retry" }],
  ["200 and null", (_, reply) => reply.json(200, null), { is: "retry" }],
  ["200 and an array", (_, reply) => reply.json(200, ["$e"]), { is: "retry" }],
  ["200 without an event id", (_, reply) => reply.json(200, {}), { is: "retry" }],
  ["200 with a number for an event id", (_, reply) => reply.json(200, { event_id: 17 }), { is: "retry" }],
  ["200 with a word for an event id", (_, reply) => reply.json(200, { event_id: "ok" }), { is: "retry" }],
  [
    "200 with truncated JSON",
    (_, reply) => reply.raw(200, '{"event_id":"$abc', { "Content-Type": "application/json" }),
    { is: "retry" },
  ],
  ["200 with an errcode", (_, reply) => reply.json(200, { ...DELIVERED, errcode: "M_UNKNOWN_TOKEN" }), { is: "retry" }],
  [
    "a body that breaks off",
    (_, reply) => {
      reply.response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "500" });
      reply.response.write('{"event_id":"$abc"}');
      wallClock.after(20, () => reply.response.destroy());
    },
    { is: "retry" },
  ],
  [
    "a redirect to something that says delivered",
    (call, reply) => {
      if (call.path === "/portal") reply.json(200, DELIVERED);
      else reply.raw(307, "", { Location: "/portal" });
    },
    { is: "retry" },
  ],
  ["a hang", () => undefined, { is: "retry" }],
  ["a hang after the event was accepted", (_, reply) => void reply.store(), { is: "retry" }],
  [
    "a trickle",
    (_, reply) => {
      reply.response.writeHead(200, { "Content-Type": "application/json" });
      const drip = () => {
        if (reply.response.destroyed) return;
        reply.response.write(" ");
        wallClock.after(50, drip);
      };
      drip();
    },
    { is: "retry" },
  ],
  ["a reset", (_, reply) => void reply.response.socket?.resetAndDestroy(), { is: "retry" }],
  [
    "a reset after the event was accepted",
    (_, reply) => {
      reply.store();
      reply.response.socket?.resetAndDestroy();
    },
    { is: "retry" },
  ],
  ["401 from a proxy", (_, reply) => reply.raw(401, "<html>proxy login</html>", HTML), { is: "retry" }],
  ["403 from a proxy", (_, reply) => reply.raw(403, "<html>forbidden</html>", HTML), { is: "retry" }],
  ["404 from a proxy", (_, reply) => reply.raw(404, "<html>not found</html>", HTML), { is: "retry" }],
  ["404 M_UNRECOGNIZED", (_, reply) => reply.json(404, { errcode: "M_UNRECOGNIZED", error: "?" }), { is: "retry" }],
  [
    "M_FORBIDDEN although the room says that we may",
    (_, reply) => reply.json(403, { errcode: "M_FORBIDDEN", error: "no" }),
    { is: "retry" },
  ],
];
