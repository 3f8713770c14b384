// Which machine this is, and which start of it.

import { createHmac } from "node:crypto";
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

/** The same for as long as the system is installed, on no other machine, and not the machine's own secret id (machine-id(5)). */
export function machineName(): string {
  try {
    const id = readFileSync("/etc/machine-id", "utf8").trim();
    return createHmac("sha256", id).update("muster gateway").digest("hex").slice(0, 32);
  } catch {
    return "unknown";
  }
}
