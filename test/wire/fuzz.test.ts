import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { systemRandom } from "#base/random.ts";

// Trap 6 of reliability-facts §2a: by itself cbor-x dies of one packet under such a heap.
it("one million mutated inputs: no exception, one spelling, none slow, a flat heap under 64 MB", () => {
  const seed = systemRandom.u32() >>> 8;
  const fuzz = fileURLToPath(new URL("fuzz.ts", import.meta.url));
  const out = execFileSync(
    process.execPath,
    ["--expose-gc", "--max-old-space-size=64", "--disable-warning=ExperimentalWarning", fuzz, "1000000", String(seed)],
    { encoding: "utf8", timeout: 240_000 },
  );
  const report = JSON.parse(out) as Record<string, unknown>;
  expect({ ...report, heapGrowthBytes: 0 }).toEqual({
    inputs: 1_000_000,
    accepted: report.accepted,
    exceptions: [],
    mismatches: [],
    slow: [],
    heapGrowthBytes: 0,
    seed,
  });
  expect(report.accepted).toBeGreaterThan(10_000);
  expect(report.heapGrowthBytes).toBeLessThanOrEqual(1024 * 1024);
}, 250_000);
