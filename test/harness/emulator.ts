// `bin/muster emulate` as a child process, for tests: commands in, events out, and a clean end.
//
// All waits are bounded in wall time against hanging only; what an event means in the street's own time is in the event.

import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { wallClock } from "#base/clock.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/muster", import.meta.url));
/** Bounds against hanging, in ms. */
const READY_WITHIN = 20_000;
const EVENT_WITHIN = 60_000;

export type EmulatorEvent = Readonly<Record<string, unknown>> & { readonly at: string };

interface Stream {
  readonly radio: string;
  /** "127.0.0.1:PORT". */
  readonly listen: string;
  readonly pty?: string;
}

export interface Ready {
  readonly listen: string;
  readonly pty?: string;
  readonly streams: readonly Stream[];
  readonly handhelds: readonly string[];
  readonly seed: number;
}

export class EmulatorProcess {
  readonly ready: Ready;
  /** Every event since the start, in order. */
  readonly events: EmulatorEvent[];
  readonly #child: ChildProcess;
  readonly #wake: Set<() => void>;

  private constructor(child: ChildProcess, ready: Ready, events: EmulatorEvent[], wake: Set<() => void>) {
    this.#child = child;
    this.ready = ready;
    this.events = events;
    this.#wake = wake;
  }

  /**
   * Starts an emulator with these options (as on the command line) and waits for its ready line. `begin`: starts the program
   * elsewhere, with all three pipes.
   */
  static async start(
    options: readonly string[] = [],
    begin = (args: readonly string[]): ChildProcessWithoutNullStreams => spawn(PROGRAM, args),
  ): Promise<EmulatorProcess> {
    const child = begin(["emulate", ...options]);
    let complaints = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaints += chunk.toString("utf8");
    });
    const events: EmulatorEvent[] = [];
    const wake = new Set<() => void>();
    let ready: Ready | undefined;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = JSON.parse(line) as EmulatorEvent;
      if (event.at === "ready") ready = event as unknown as Ready;
      else events.push(event);
      for (const each of wake) each();
    });
    child.once("exit", () => {
      for (const each of wake) each();
    });
    const isReady = () => ready !== undefined || child.exitCode !== null || child.signalCode !== null;
    await waitFor(isReady, wake, READY_WITHIN, () => `the emulator's ready line; it said: ${complaints}`);
    if (!ready) throw new Error(`the emulator ended: ${complaints}`);
    return new EmulatorProcess(child, ready, events, wake);
  }

  /** The port of a stream's TCP address. */
  tcpPort(stream = 0): number {
    return Number(this.ready.streams[stream]!.listen.split(":").at(-1));
  }

  command(command: Readonly<Record<string, unknown>>): void {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  /** A handheld says a text on a channel or to a node; answers the packet's id. */
  async say(node: string, text: string, more: Readonly<Record<string, unknown>> = {}): Promise<number> {
    const from = this.events.length;
    this.command({ node, to: "^all", channel: 0, text, ...more });
    const sent = await this.event((event) => event.at === "sent" && event["node"] === node, { from });
    return sent["id"] as number;
  }

  /** The first event that fits, past (from index `from`) or yet to come. */
  async event(
    fits: (event: EmulatorEvent) => boolean,
    options: { readonly from?: number; readonly within?: number } = {},
  ): Promise<EmulatorEvent> {
    let found: EmulatorEvent | undefined;
    const look = () => (found ??= this.events.slice(options.from ?? 0).find(fits)) !== undefined;
    await waitFor(look, this.#wake, options.within ?? EVENT_WITHIN, () => `an event; there were ${this.#recent()}`);
    return found!;
  }

  /** Waits until a handheld's screen shows this text. */
  async received(node: string, text: string, within?: number): Promise<EmulatorEvent> {
    const fits = (event: EmulatorEvent) => event.at === "received" && event["node"] === node && event["text"] === text;
    return this.event(fits, within === undefined ? {} : { within });
  }

  /** Closes its standard input, as a parent that ends does, and waits for its end; answers the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.stdin!.end();
      await ended;
    }
    return this.#child.exitCode;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #recent(): string {
    return this.events
      .slice(-10)
      .map((event) => JSON.stringify(event))
      .join("\n");
  }
}

async function waitFor(isSo: () => boolean, wake: Set<() => void>, within: number, what: () => string): Promise<void> {
  if (isSo()) return;
  await new Promise<void>((resolve, reject) => {
    const done = (end: () => void) => {
      cancel();
      wake.delete(look);
      end();
    };
    const look = () => {
      if (isSo()) done(resolve);
    };
    const cancel = wallClock.after(within, () => done(() => reject(new Error(`waited ${within} ms for ${what()}`))));
    wake.add(look);
  });
}
