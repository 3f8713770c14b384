// A TCP connection as a line: the network API of a radio, or the emulator.

import { connect } from "node:net";
import type { Socket } from "node:net";

import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";

import { failureWords, OPEN_DEADLINE } from "./line.ts";
import type { Line, LineEvents } from "./line.ts";

/** A peer that has lost its power says nothing; the system's probes find out. */
const KEEP_ALIVE: Millis = 30_000;

export function openTcpLine(host: string, port: number, events: LineEvents): Line {
  return new TcpLine(host, port, events);
}

class TcpLine implements Line {
  readonly #where: string;
  readonly #socket: Socket;
  #reason: string | undefined;

  constructor(host: string, port: number, events: LineEvents) {
    this.#where = `${host}:${port}`;
    this.#socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE });
    const giveUp = wallClock.after(OPEN_DEADLINE, () => this.close(`${this.#where} does not answer`));
    this.#socket.on("connect", () => {
      giveUp();
      events.opened();
    });
    this.#socket.on("data", (bytes: Uint8Array) => {
      if (this.#reason === undefined) events.data(bytes);
    });
    this.#socket.on("error", (error) => {
      this.#reason ??= failureWords(error, this.#where);
    });
    this.#socket.on("close", () => {
      giveUp();
      events.closed(this.#reason ?? `${this.#where} closed the connection`);
    });
  }

  write(bytes: Uint8Array, done: (failure?: string) => void): void {
    this.#socket.write(bytes, (error) => {
      if (error) done(failureWords(error, this.#where));
      else done();
    });
  }

  /** No such wires here. */
  pulse(): void {}

  close(reason: string): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }
}
