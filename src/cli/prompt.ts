// Questions to a person at a terminal, on standard error: standard output belongs to the answer. Without a terminal there is
// nobody to ask, and every question has a flag instead.

import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { Failure } from "./verb.ts";

/** What was typed was no answer: the words say why and what would be one. */
export class Unfit extends Error {}

export class Prompt {
  readonly #lines: Interface;
  /** Lines that were typed ahead, as when several are pasted. */
  readonly #typed: string[] = [];
  #wake: () => void = () => undefined;
  #ended = false;
  #hidden = false;

  private constructor() {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#hidden) process.stderr.write(chunk);
        done();
      },
    });
    this.#lines = createInterface({ input: process.stdin, output, terminal: true });
    this.#lines.on("line", (line) => {
      this.#typed.push(line);
      this.#wake();
    });
    this.#lines.once("SIGINT", () => this.#lines.close());
    this.#lines.once("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Undefined when standard input is no terminal. */
  static open(): Prompt | undefined {
    return process.stdin.isTTY ? new Prompt() : undefined;
  }

  /**
   * Asks until `read` takes the answer: it may throw `Unfit`, whose words are said before asking again. An empty line is the
   * `fallback`, where there is one. `secret`: what is typed is not shown.
   */
  async ask<T>(
    question: string,
    read: (typed: string) => T | Promise<T>,
    options: { readonly fallback?: string; readonly secret?: boolean } = {},
  ): Promise<T> {
    for (;;) {
      const typed = await this.#line(
        `${question}${options.fallback === undefined ? "" : ` [${options.fallback}]`}: `,
        options,
      );
      try {
        return await read(typed.trim() === "" ? (options.fallback ?? "") : typed.trim());
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        process.stderr.write(`  ${error.message}\n`);
      }
    }
  }

  async #line(question: string, { secret }: { readonly secret?: boolean }): Promise<string> {
    this.#lines.setPrompt(question);
    this.#lines.prompt();
    this.#hidden = secret === true;
    try {
      while (this.#typed.length === 0) {
        if (this.#ended) throw new Failure("Stopped; what was not asked yet was not done.");
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      return this.#typed.shift()!;
    } finally {
      this.#hidden = false;
      if (secret) process.stderr.write("\n");
    }
  }

  /** "yes" and "no" in the languages of the gateway. */
  confirm(question: string): Promise<boolean> {
    return this.ask(`${question} (yes/no)`, readYesNo, { fallback: "no" });
  }

  close(): void {
    this.#lines.close();
  }
}

export function readYesNo(typed: string): boolean {
  if (/^(y|yes|s|si|sí)$/i.test(typed)) return true;
  if (/^(n|no)$/i.test(typed)) return false;
  throw new Unfit(`"${typed}" is neither yes nor no.`);
}
