// The radio's console text as lines of the log. A line is cut at 4 KiB. Only what is text is shown: other bytes on a console
// are a piece of a frame, and might be a piece of a key.

import { ReadlineParser } from "@serialport/parser-readline";

import { utf8 } from "#base/bytes.ts";
import type { Log } from "#base/log.ts";

const LONGEST_LINE = 4096;
const LINE_FEED = 0x0a;
const BREAK = utf8("\n");

/** Colours and other terminal control sequences, which the firmware's console uses. */
// eslint-disable-next-line no-control-regex
const TERMINAL_CODES = /\u001b\[[0-9;]*[A-Za-z]/g;
// eslint-disable-next-line no-control-regex
const NOT_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffd]/;

export class ConsoleLog {
  readonly #lines = new ReadlineParser({ delimiter: "\n" });
  #length = 0;

  constructor(log: Log) {
    this.#lines.on("data", (line: string) => {
      const text = line.replaceAll(TERMINAL_CODES, "").replaceAll("\r", "").trimEnd();
      if (text === "") return;
      if (NOT_TEXT.test(text)) log.debug("console: bytes that are not text", { length: text.length });
      else log.debug("console", { line: text });
    });
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const lineEnd = bytes.indexOf(LINE_FEED, from);
      const to = Math.min(lineEnd < 0 ? bytes.length : lineEnd + 1, from + LONGEST_LINE - this.#length);
      this.#lines.write(Buffer.from(bytes.subarray(from, to)));
      this.#length += to - from;
      const ended = lineEnd >= 0 && to === lineEnd + 1;
      if (!ended && this.#length >= LONGEST_LINE) this.#lines.write(Buffer.from(BREAK));
      if (ended || this.#length >= LONGEST_LINE) this.#length = 0;
      from = to;
    }
  }
}
