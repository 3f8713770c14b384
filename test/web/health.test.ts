import { afterEach, expect, test } from "vitest";
import { serveHealth, type Unready } from "#web/health.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function page(unready: () => readonly Unready[]): Promise<string> {
  const health = await serveHealth({ host: "127.0.0.1", port: 0, unready });
  open.push(health);
  return `http://127.0.0.1:${health.port}`;
}

test("alive and ready", async () => {
  const base = await page(() => []);
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
  const ready = await fetch(`${base}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
});

test("alive but not ready says why", async () => {
  const base = await page(() => [{ what: "radio", reason: "silent" }]);
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
  const ready = await fetch(`${base}/readyz?verbose`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { ready: false, reasons: [{ what: "radio", reason: "silent" }] },
  ]);
});

test("nothing else is there", async () => {
  const base = await page(() => []);
  expect((await fetch(`${base}/`)).status).toBe(404);
  expect((await fetch(`${base}/healthz`, { method: "POST" })).status).toBe(405);
});

test("a taken port is an error, not a crash", async () => {
  const base = await page(() => []);
  await expect(serveHealth({ host: "127.0.0.1", port: Number(new URL(base).port), unready: () => [] })).rejects.toThrow(
    /EADDRINUSE/,
  );
});
