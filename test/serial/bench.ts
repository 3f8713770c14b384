// A workbench for the radio's edge: a scripted radio behind TCP or behind a pty that socat makes, and a door that remembers.
// socat stands for the USB cable: killing it pulls the plug, starting it again puts it back under the same name.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "#base/clock.ts";
import { createLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import type { Arrival, Door, MeshSend, Report } from "#gateway/inputs.ts";
import type { MeshtasticSettings } from "#gateway/settings.ts";
import { createRadioEdge } from "#serial/edge.ts";
import type { RunningRadioEdge } from "#serial/edge.ts";
import { ScriptedRadio } from "#test/radio/peer.ts";

class RememberingDoor implements Door {
  /** One entry per call of `accept`. */
  readonly accepted: (readonly Arrival[])[] = [];
  readonly reports: Report[] = [];
  full = false;
  refused = 0;
  readonly #watchers = new Set<() => void>();

  accept(arrivals: readonly Arrival[]): boolean {
    if (this.full) this.refused++;
    else this.accepted.push([...arrivals]);
    this.changed();
    return !this.full;
  }

  report(report: Report): void {
    this.reports.push(report);
    this.changed();
  }

  position(): undefined {
    return undefined;
  }

  changed(): void {
    for (const look of this.#watchers) look();
  }

  /** Once `holds` does; looked at whenever something came through the door. The test's own time limit bounds it. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }

  states(): string[] {
    return this.reports.flatMap((report) => (report.kind === "radio-state" ? [report.state] : []));
  }

  lastReason(): string {
    return this.reports.findLast((report) => report.kind === "radio-state")?.reason ?? "";
  }

  get ready(): boolean {
    return this.states().at(-1) === "ready";
  }

  packetIds(): number[] {
    return this.accepted.flat().flatMap((arrival) => (arrival.kind === "radio" ? [arrival.packet.id] : []));
  }
}

/** A scripted radio that listens on a loopback port; several may connect, one after the other. */
export class RadioServer {
  readonly radio = new ScriptedRadio();
  readonly #server: Server;
  readonly sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("data", (bytes) => socket.write(this.radio.receive(bytes)));
      socket.on("error", () => undefined);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  static async start(): Promise<RadioServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new RadioServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  say(frame: Uint8Array): void {
    const bytes = this.radio.say(frame);
    for (const socket of this.sockets) socket.write(bytes);
  }

  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
    this.radio.session = false;
  }

  async stop(): Promise<void> {
    this.hangUp();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** A cable: a pty under a fixed name whose far end is a RadioServer. */
export class Cable {
  readonly path: string;
  readonly #directory: string;
  readonly #port: number;
  #socat: ChildProcess | undefined;

  constructor(port: number) {
    this.#directory = mkdtempSync(join(tmpdir(), "muster-cable-"));
    this.path = join(this.#directory, "radio");
    this.#port = port;
  }

  /** Fails the test when socat is not installed. */
  async plug(): Promise<void> {
    const args = ["-d", "-d", `pty,raw,echo=0,link=${this.path}`, `tcp:127.0.0.1:${this.#port},nodelay`];
    const socat = spawn("socat", args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#socat = socat;
    await new Promise<void>((resolve, reject) => {
      socat.on("error", reject);
      socat.stderr.on("data", (text: Buffer) => {
        if (text.includes("starting data transfer loop")) resolve();
      });
    });
  }

  async pull(): Promise<void> {
    const socat = this.#socat;
    this.#socat = undefined;
    if (!socat || socat.exitCode !== null) return;
    const gone = once(socat, "exit");
    socat.kill("SIGKILL");
    await gone;
    rmSync(this.path, { force: true });
  }

  /** Stops or starts the flow of bytes without anybody noticing. */
  freeze(): void {
    this.#socat?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#socat?.kill("SIGCONT");
  }

  async remove(): Promise<void> {
    this.thaw();
    await this.pull();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const SETTINGS: MeshtasticSettings = {
  connectionType: "serial",
  serialPort: "",
  host: "127.0.0.1",
  port: 1,
  messageDelay: 2.5,
  prefixFormat: "",
  privatePort: 293,
  staleAfterHours: 24,
};

export interface Bench {
  readonly door: RememberingDoor;
  readonly edge: RunningRadioEdge;
  readonly log: string[];
}

/** An edge with a door of its own, not started. `rate`: how much faster than the wall its clock runs. */
export function bench(settings: Partial<MeshtasticSettings>, rate = 1): Bench {
  const door = new RememberingDoor();
  const log: string[] = [];
  const edge = createRadioEdge({
    settings: { ...SETTINGS, ...settings },
    door,
    clock: systemClock(rate),
    random: seededRandom(1),
    trustClock: () => true,
    log: createLog("debug", (line) => {
      log.push(line);
      door.changed();
    }),
  });
  return { door, edge, log };
}

export function aSend(sendId: number, payload = new Uint8Array(20)): MeshSend {
  return {
    sendId,
    packetId: 1000 + sendId,
    from: 0 as MeshSend["from"],
    to: 0xffff_ffff as MeshSend["to"],
    channel: 0,
    portnum: 1,
    payload,
    wantAck: true,
    wantResponse: false,
    hopLimit: 3,
    pkiEncrypted: false,
    replyId: 0,
    emoji: 0,
    priority: 0,
  };
}
