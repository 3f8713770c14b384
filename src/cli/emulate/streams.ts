// The emulated street with real sockets, ptys and time, as `muster emulate` and the demo run it.
//
// Each gateway radio is a stream: a TCP port and, where a path was given, a serial port. A radio is told that its host has
// come and gone. That is how boards with native USB behave; behind a UART bridge a real radio would go on talking to
// nobody for a quarter of an hour.

import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Cancel, Clock } from "#base/clock.ts";
import type { Line } from "#emulator/handheld.ts";
import type { HostPort } from "#emulator/host-port.ts";
import type { StreetOptions } from "#emulator/street.ts";
import { Street, roster } from "#emulator/street.ts";
import { Pty } from "./pty.ts";

export interface EmulateOptions {
  /** Where the first radio listens; port 0 is any, else the following radios take the following ports. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Paths of serial ports, the first for the first radio. */
  readonly ptys: readonly string[];
  readonly clock: Clock;
  readonly street: Omit<StreetOptions, "startAt">;
}

export interface Outputs {
  /** A line of JSON for programs. */
  readonly line: (line: Line) => void;
  /** Words for people. */
  readonly say: (words: string) => void;
}

/** A host that does not read is cut off at so many bytes. */
const MOST_UNREAD = 4 * 1024 * 1024;

/** One port of one radio, and who is connected to it. */
interface Wire {
  readonly port: HostPort;
  socket: Socket | undefined;
}

interface Stream {
  readonly radio: string;
  readonly tcp: Wire;
  readonly serial: Wire;
  server: Server;
  address: AddressInfo;
  readonly pty: Pty | undefined;
  plugged: boolean;
}

async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return server.address() as AddressInfo;
}

function spell(address: AddressInfo): string {
  return address.family === "IPv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

export class EmulatedStreet {
  readonly street: Street;
  readonly #clock: Clock;
  readonly #outputs: Outputs;
  readonly #streams: Stream[] = [];
  #cancelWake: Cancel | undefined;
  #stopped = false;

  private constructor(options: EmulateOptions, outputs: Outputs) {
    this.#clock = options.clock;
    this.#outputs = outputs;
    this.street = new Street({ ...options.street, startAt: options.clock.now() });
  }

  /** Opens all ports and says the ready line. Rejects, leaving nothing behind, when a port cannot be had. */
  static async start(options: EmulateOptions, outputs: Outputs): Promise<EmulatedStreet> {
    const emulated = new EmulatedStreet(options, outputs);
    try {
      for (const index of emulated.street.radios.keys()) await emulated.#openStream(index, options);
    } catch (error) {
      await emulated.stop();
      throw error;
    }
    outputs.line(emulated.ready(options.street.seed));
    emulated.#settle();
    return emulated;
  }

  /** The first line of standard output. */
  ready(seed: number): Line {
    const streams = this.#streams.map((stream) => ({
      radio: stream.radio,
      listen: spell(stream.address),
      ...(stream.pty ? { pty: stream.pty.path } : {}),
    }));
    const { radio: _radio, ...first } = streams[0] ?? { radio: "" };
    return { at: "ready", ...first, streams, handhelds: roster(this.street).handhelds, seed };
  }

  /** One line of standard input. */
  commandLine(line: string): void {
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      this.#outputs.say(`not JSON: ${line.slice(0, 200)}`);
      return;
    }
    this.command(json);
  }

  command(json: unknown): void {
    if (this.#stopped) return;
    const complaint = this.street.command(json, this.#clock.now());
    if (complaint !== undefined) this.#outputs.say(`${complaint}: ${JSON.stringify(json).slice(0, 200)}`);
    this.#settle();
  }

  /** Something was put on the street's agenda. */
  look(): void {
    this.#settle();
  }

  /** Closes everything; resolves when nothing is left running. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelWake?.();
    for (const stream of this.#streams) {
      stream.server.close();
      stream.tcp.socket?.destroy();
      stream.serial.socket?.destroy();
    }
    await Promise.all(this.#streams.map(async (stream) => stream.pty?.stop()));
  }

  async #openStream(index: number, options: EmulateOptions): Promise<void> {
    const tcp: Wire = { port: this.street.port(index, "tcp"), socket: undefined };
    const serial: Wire = { port: this.street.port(index, "serial"), socket: undefined };
    const server = this.#serve(tcp);
    const { host, port } = options.listen;
    const address = await listen(server, host, port === 0 ? 0 : port + index);
    const path = options.ptys[index];
    const pty =
      path === undefined ? undefined : new Pty(path, (socket) => this.#connected(serial, socket), this.#outputs.say);
    const radio = roster(this.street).radios[index]!;
    this.#streams.push({ radio, tcp, serial, server, address, pty, plugged: true });
    await pty?.appeared();
  }

  #serve(wire: Wire): Server {
    return createServer({ noDelay: true }, (socket) => this.#connected(wire, socket));
  }

  /** A radio takes one host per port: the newest. */
  #connected(wire: Wire, socket: Socket): void {
    if (this.#stopped || !wire.port.reachable) return void socket.destroy();
    wire.socket?.destroy();
    wire.socket = socket;
    this.street.hostOpened(wire.port, this.#clock.now());
    socket.on("data", (chunk: Buffer) => {
      if (wire.socket !== socket || this.#stopped) return;
      this.street.hostBytes(wire.port, chunk, this.#clock.now());
      this.#settle();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (wire.socket !== socket || this.#stopped) return;
      wire.socket = undefined;
      this.street.hostClosed(wire.port, this.#clock.now());
      this.#settle();
    });
    this.#settle();
  }

  /** Writes what the street has to say, and sets the one timer. */
  #settle(): void {
    if (this.#stopped) return;
    this.street.wake(this.#clock.now());
    for (const line of this.street.takeLines()) this.#outputs.line(line);
    for (const stream of this.#streams) {
      this.#cable(stream);
      this.#write(stream.tcp);
      this.#write(stream.serial);
    }
    this.#cancelWake?.();
    const wakeAt = this.street.wakeAt();
    if (wakeAt !== undefined) {
      this.#cancelWake = this.#clock.after(wakeAt - this.#clock.now(), () => this.#settle());
    }
  }

  #write(wire: Wire): void {
    const chunks = wire.port.take();
    const closing = wire.port.takeClosing();
    const socket = wire.socket;
    if (!socket) return;
    for (const chunk of chunks) socket.write(chunk);
    if (socket.writableLength > MOST_UNREAD) socket.destroy();
    if (!closing) return;
    wire.socket = undefined;
    socket.end();
  }

  /** Pulls or restores what the street says is unplugged. */
  #cable(stream: Stream): void {
    const plugged = stream.tcp.port.plugged;
    if (plugged === stream.plugged) return;
    stream.plugged = plugged;
    if (!plugged) {
      stream.server.close();
      for (const wire of [stream.tcp, stream.serial]) {
        wire.socket?.destroy();
        wire.socket = undefined;
      }
      stream.pty?.unplug();
      return;
    }
    stream.pty?.plug();
    stream.server = this.#serve(stream.tcp);
    listen(stream.server, stream.address.address, stream.address.port).catch((error: unknown) => {
      this.#outputs.say(`cannot listen again: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}
