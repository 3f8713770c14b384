// The restore drill as operators run it (npm run drill:restore).

import { expect, test } from "vitest";
import { restoreDrill } from "#test/drill/restore.ts";

test("a destroyed gateway goes on elsewhere, with another radio and its open roll call; the old box stays down", async () => {
  const steps: string[] = [];
  const report = await restoreDrill((words) => steps.push(words));
  expect(steps).toHaveLength(7);
  expect(report).toMatchObject({
    accountedBefore: 2,
    accountedRestored: 2,
    accountedAfter: 3,
    silentAfter: 1,
    sameCall: true,
    otherRadio: true,
    copy: 2,
    oldBox: { code: 2 },
  });
  expect(report.oldBox.words).toContain("copy 2 runs now, and this is copy 1");
  expect(report.backupBytes).toBeGreaterThan(1000);
}, 240_000);
