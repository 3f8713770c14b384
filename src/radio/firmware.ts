// Firmware versions, as the radio tells them: "2.7.26.54e0d8d".

/** Negative when `a` is older than `b`; only the first three numbers count. Undefined when either is not a version. */
export function compareFirmware(a: string, b: string): number | undefined {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  if (!left || !right) return undefined;
  for (let index = 0; index < 3; index++) {
    const difference = left[index]! - right[index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbersOf(version: string): readonly number[] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:\D|$)/.exec(version);
  return match?.slice(1).map(Number);
}

export interface FirmwareAdvice {
  readonly level: "alarm" | "warning";
  readonly words: string;
}

/** Oldest first; the first that is newer than the radio's firmware speaks. CVE numbers: meshtastic.org security advisories. */
const ADVICE: readonly (FirmwareAdvice & { readonly below: string })[] = [
  {
    below: "2.6.12",
    level: "alarm",
    words:
      "keys made by firmware 2.5.0 to 2.6.11 may be guessable or shared (CVE-2025-52464): update before trusting anybody",
  },
  {
    below: "2.7.15",
    level: "warning",
    words:
      "a direct message under the channel's key can pass for an authenticated one (CVE-2025-53627): update to 2.7.15 or later",
  },
];

/** What to say about a radio's firmware, if anything. */
export function firmwareAdvice(version: string): FirmwareAdvice | undefined {
  if (compareFirmware(version, "0.0.0") === undefined) {
    return { level: "warning", words: `the firmware's version cannot be read: "${version}"` };
  }
  const found = ADVICE.find(({ below }) => compareFirmware(version, below)! < 0);
  return found && { level: found.level, words: `firmware ${version}: ${found.words}` };
}
