// A serial port as a line. 115200 baud 8N1 (USB-CDC boards ignore it); never 1200, which sends an nRF52 into its bootloader.
//
// The port is held exclusively and HUPCL is cleared, so that closing it does not reset an ESP32. One data listener is there
// from the beginning and is never paused: a port that nobody reads does not notice that it was unplugged. The error listener
// is there too, because a write that is under way when the port vanishes is told as an `error` event.

import { SerialPort } from "serialport";

import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";

import { noticeHangup } from "./hangup.ts";
import { CLOSE_DEADLINE, failureWords, OPEN_DEADLINE } from "./line.ts";
import type { Line, LineEvents } from "./line.ts";

const BAUD_RATE = 115_200;

/** As long as esptool holds an ESP32 in reset. */
const PULSE: Millis = 100;

export function openSerialLine(path: string, events: LineEvents): Line {
  return new SerialLine(path, events);
}

class SerialLine implements Line {
  readonly #path: string;
  readonly #events: LineEvents;
  readonly #port: SerialPort;
  #ended = false;

  constructor(path: string, events: LineEvents) {
    this.#path = path;
    this.#events = events;
    this.#port = new SerialPort({ path, baudRate: BAUD_RATE, lock: true, hupcl: false, autoOpen: false });
    // First of all listeners: reading begins when the port opens.
    this.#port.on("open", () => {
      if (this.#port.port) noticeHangup(this.#port.port);
    });
    this.#port.on("error", (error: Error) => this.#end(failureWords(error, path)));
    this.#port.on("close", (error: Error | null) =>
      this.#end(error ? failureWords(error, path) : `${path} was closed`),
    );
    this.#port.on("data", (bytes: Uint8Array) => {
      if (!this.#ended) events.data(bytes);
    });
    const giveUp = wallClock.after(OPEN_DEADLINE, () => this.#end(`${path} does not open`));
    this.#port.open((error) => {
      giveUp();
      if (error) this.#end(failureWords(error, path));
      else if (this.#ended) this.#port.close(() => undefined);
      else this.#opened();
    });
  }

  #opened(): void {
    this.#setDtr(true);
    this.#events.opened();
  }

  /** RTS stays up. A pty has no such lines (ENOTTY) and needs none. */
  #setDtr(dtr: boolean): void {
    if (this.#port.isOpen) this.#port.set({ dtr, rts: true }, () => undefined);
  }

  write(bytes: Uint8Array, done: (failure?: string) => void): void {
    this.#port.write(Buffer.from(bytes), (error) => {
      if (error) done(failureWords(error, this.#path));
      else done();
    });
  }

  pulse(): void {
    this.#setDtr(false);
    wallClock.after(PULSE, () => this.#setDtr(true));
  }

  close(reason: string): void {
    this.#end(reason);
  }

  /** Reports only once the device is free again: a new attempt before that would find it locked by ourselves. */
  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    let told = false;
    const tell = (): void => {
      cancel();
      if (!told) this.#events.closed(reason);
      told = true;
    };
    const cancel = wallClock.after(CLOSE_DEADLINE, tell);
    if (this.#port.isOpen) this.#port.close(tell);
    else if (this.#port.closing) this.#port.once("close", tell);
    else tell();
  }
}
