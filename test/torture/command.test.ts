// The campaigns as people start them: power cuts and the outage, which run in the command's own process.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Account, quantile, total } from "./account.ts";
import { SABOTAGES } from "./sabotage.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

function torture(...args: readonly string[]): { code: number | null; result: Record<string, unknown> } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args, "--json"], { encoding: "utf8" });
  if (!/^\{.*\}\n$/.test(stdout)) throw new Error(`not one object: ${stdout}${stderr}`);
  return { code: status, result: JSON.parse(stdout) as Record<string, unknown> };
}

describe("powercuts", () => {
  it("finds every acknowledged row after 300 power cuts", () => {
    const { code, result } = torture("--powercuts", "300", "--seed", "4");
    expect(result).toMatchObject({ lost: 0, corrupt: 0, unopened: 0, powercuts: 300, seed: 4, ok: true });
    expect(result["sent"]).toBeGreaterThan(10_000);
    expect(result["checkpoints"]).toBeGreaterThan(1);
    expect(code).toBe(0);
  }, 120_000);

  it("notices commits that are not synced", () => {
    const { code, result } = torture("--powercuts", "100", "--seed", "4", "--control", "synchronous-normal");
    expect(result["lost"]).toBeGreaterThan(0);
    expect(code).toBe(1);
  }, 120_000);
});

describe("outage", () => {
  it("brings 10,000 messages of 72 hours and five restarts, urgent ones first, each once", () => {
    const { code, result } = torture("--outage", "72", "--seed", "4");
    expect(result).toMatchObject({ sent: 10_000, lost: 0, duplicated: 0, restarts: 5, tooSoon: 0, broken: [] });
    expect(code).toBe(0);
  }, 240_000);

  it("notices transactions that change their name", () => {
    const { code, result } = torture("--outage", "72", "--seed", "4", "--control", "fresh-txn");
    expect(result["duplicated"]).toBeGreaterThan(0);
    expect(code).toBe(1);
  }, 240_000);
});

describe("the command", () => {
  it("refuses what it does not know, in words", () => {
    for (const args of [[], ["--kills", "few"], ["--kills", "1", "--control", "none"], ["--maybe"]]) {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
      expect([args, status]).toEqual([args, 2]);
      expect(stderr).not.toBe("");
    }
  }, 60_000);

  it.each(Object.keys(SABOTAGES))("has a control %s that still fits the source", (name) => {
    const program = fileURLToPath(new URL("../../src/cli/service/gateway.ts", import.meta.url));
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", `await import("${program}")`],
      {
        encoding: "utf8",
        env: {
          ...process.env,
          MUSTER_SABOTAGE: name,
          NODE_OPTIONS: `--import=${new URL("sabotage.ts", import.meta.url).href}`,
        },
      },
    );
    expect([status, stderr]).toEqual([0, expect.not.stringContaining("sabotage")]);
  });
});

describe("the account", () => {
  it("counts what people saw, once for each thing that brought it", () => {
    const account = new Account("r");
    const [first, second, third] = [account.next(), account.next(), account.next()];
    account.seen(`Ana: ${first} and ${second}`, "$1");
    account.seen(`Ana: ${first}`, "$1");
    account.seen(`Ana: ${second}`, "$2");
    expect(account.count).toEqual({ sent: 3, delivered: 2, lost: 1, duplicated: 1 });
    expect(account.missing()).toEqual([third]);
    expect(total([account.count, account.count]).lost).toBe(2);
    expect(quantile([3, 1, 2], 0.99)).toBe(3);
  });
});
