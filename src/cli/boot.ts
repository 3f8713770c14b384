// Which start of the machine this is.

import { readFileSync } from "node:fs";

/**
 * Differs after every start of the machine, so that a power cut is not taken for our own crash. A sandbox that hides the
 * kernel's own word (ProcSubset=pid) is told it by systemd, in MUSTER_BOOT_ID.
 */
export function bootId(): string {
  const told = process.env["MUSTER_BOOT_ID"];
  if (told !== undefined && told !== "") return told;
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}
