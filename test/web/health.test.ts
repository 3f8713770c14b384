import { afterEach, expect, test } from "vitest";
import { exposition, serveHealth, type Unready } from "#web/health.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function page(unready: () => readonly Unready[]): Promise<string> {
  const health = await serveHealth({ host: "127.0.0.1", port: 0, metrics: () => [], unready });
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
  await expect(
    serveHealth({ host: "127.0.0.1", port: Number(new URL(base).port), metrics: () => [], unready: () => [] }),
  ).rejects.toThrow(/EADDRINUSE/);
});

test("figures are said in Prometheus's words", () => {
  const text = exposition([
    {
      name: "muster_a",
      help: "One.",
      type: "gauge",
      samples: [{ value: 1 }, { labels: { of: 'a"b\\c\nd' }, value: 0.5 }],
    },
    { name: "muster_none", help: "Nothing to say.", type: "gauge", samples: [] },
  ]);
  expect(text).toBe('# HELP muster_a One.\n# TYPE muster_a gauge\nmuster_a 1\nmuster_a{of="a\\"b\\\\c\\nd"} 0.5\n');
});
