// A program in a real terminal (a pty, by script(1) of util-linux), driven as a person would: wait for words, type a line.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { until } from "./synapse.ts";

export class Terminal {
  readonly #child: ChildProcess;
  #shown = "";
  /** Up to here what was shown has been waited for. */
  #seen = 0;
  #code: number | null | undefined;

  /** `command` as for a shell. */
  constructor(command: string) {
    this.#child = spawn("script", ["-qefc", command, "/dev/null"], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, TERM: "dumb", COLUMNS: "400" },
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => (this.#shown += chunk.toString()));
    this.#child.stderr!.on("data", (chunk: Buffer) => (this.#shown += chunk.toString()));
    this.#child.once("exit", (code) => (this.#code = code));
  }

  /** Everything on the screen so far, without the terminal's own codes. */
  get shown(): string {
    // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
    return this.#shown.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
  }

  /** Waits until these words appear after what was waited for before. */
  async sees(words: string): Promise<void> {
    await until(
      `"${words}" on the screen, which shows: ${this.shown.slice(-2000)}`,
      () => {
        const at = this.shown.indexOf(words, this.#seen);
        if (at === -1 && this.#code !== undefined)
          throw new Error(`it ended without "${words}": ${this.shown.slice(-3000)}`);
        if (at === -1) return false;
        this.#seen = at + words.length;
        return true;
      },
      60_000,
    );
  }

  type(line: string): void {
    this.#child.stdin!.write(`${line}\r`);
  }

  /** Waits for words, then types. */
  async answer(words: string, line: string): Promise<void> {
    await this.sees(words);
    this.type(line);
  }

  async ended(): Promise<number | null> {
    if (this.#code === undefined) await once(this.#child, "exit");
    return this.#code ?? null;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
