// The recorded serial sessions of test/vectors/captures, read back.

import { readFileSync } from "node:fs";

import { fromHex } from "#base/bytes.ts";

export interface CaptureLine {
  readonly t: number;
  readonly dir?: "rx" | "tx";
  readonly bytes?: Uint8Array;
  readonly note?: string;
}

export const CAPTURES = ["firmware-2.7.26", "firmware-2.8.0-dev"] as const;

export function readCapture(name: (typeof CAPTURES)[number]): CaptureLine[] {
  const text = readFileSync(new URL(`../vectors/captures/${name}.jsonl`, import.meta.url), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { hex, ...rest } = JSON.parse(line) as { t: number; dir?: "rx" | "tx"; hex?: string; note?: string };
      return { ...rest, ...(hex !== undefined && { bytes: fromHex(hex)! }) };
    });
}
