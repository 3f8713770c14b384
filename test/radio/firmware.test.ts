import { expect, test } from "vitest";

import { compareFirmware, firmwareAdvice } from "#radio/firmware.ts";

test.each([
  ["2.6.9.abc", "2.6.12", -1],
  ["2.7.26.54e0d8d", "2.7.15", 1],
  ["2.8.0", "2.8.0.7754068", 0],
  ["2.10.0", "2.9.9", 1],
])("%s against %s", (a, b, sign) => {
  expect(Math.sign(compareFirmware(a, b)!)).toBe(sign);
});

test.each([
  ["2.5.20.x", "alarm"],
  ["2.6.11.60ec05e", "alarm"],
  ["2.6.12", "warning"],
  ["2.7.14", "warning"],
  ["2.7.15", undefined],
  ["2.8.0.7754068", undefined],
  ["", "warning"],
])("advice on %s", (version, level) => {
  expect(firmwareAdvice(version)?.level).toBe(level);
});
