// The radio's console text, watched for the two things that only a boot prints. Log lines are not evidence: some builds go
// on logging for ever. Text is kept for one line at most, to find a mark that two reads have split.

import { textOf } from "#base/bytes.ts";

const KEPT = 80;

const BOOT_MARKS: readonly RegExp[] = [
  // The firmware's banner (src/main.cpp): two slashes, letters, a peak, letters.
  /\/\/\\ \S \S \S \S \/\\ \S \S \/ \S/,
  // The ESP32's boot ROM: "rst:0x1 (POWERON_RESET),boot:0x13".
  /rst:0x[0-9a-f]+ \(/,
];

export class BootWatch {
  #tail = "";

  /** True when these bytes complete a mark of a boot. */
  saw(bytes: Uint8Array): boolean {
    const text = this.#tail + textOf(bytes);
    const booted = BOOT_MARKS.some((mark) => mark.test(text));
    this.#tail = booted ? "" : text.slice(-KEPT);
    return booted;
  }
}
