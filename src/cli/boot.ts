// Which start of the machine this is.

import { readFileSync } from "node:fs";

/** Differs after every start of the machine, so that a power cut is not taken for our own crash. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}
