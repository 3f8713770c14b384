// What bench/relay.ts runs the gateway between: a radio on TCP that acknowledges, and the gateway as a child process whose
// memory, processor time and writes the kernel counts.

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { stringify } from "yaml";
import { utf8 } from "#base/bytes.ts";
import { wallClock } from "#base/clock.ts";
import { askControl } from "#cli/service/control.ts";
import type { StatusView } from "#gateway/views.ts";
import { fromRadio, OWN, packetFrame, packetsHeard, ScriptedRadio } from "#test/radio/peer.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/muster", import.meta.url));
/** On a real disk, so that written bytes are counted. */
const SCRATCH = fileURLToPath(new URL("../../.cache", import.meta.url));

/** Milliseconds, finer than the clock of the house. */
export const millis = (): number => Number(process.hrtime.bigint()) / 1e6;

export function pause(ms: number): Promise<void> {
  return new Promise((done) => void wallClock.after(ms, () => done()));
}

export async function eventually(what: string, isSo: () => boolean | Promise<boolean>, within = 120_000, step = 10) {
  for (const end = millis() + within; !(await isSo()); await pause(step))
    if (millis() > end) throw new Error(`waited ${within} ms in vain for ${what}`);
}

/** p in 0..1 of a list. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

/** A radio that takes every packet at once and overhears a relay of it. */
export class BenchRadio {
  readonly radio = new ScriptedRadio();
  /** When each text arrived from the gateway. */
  readonly texts = new Map<string, number>();
  readonly #server: Server;
  #socket: Socket | undefined;
  #seen = 0;
  #ids = 1;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      socket.setNoDelay(true);
      this.#socket = socket;
      socket.on("data", (bytes) => this.#heard(socket, bytes));
      socket.on("error", () => undefined);
    });
  }

  static async start(): Promise<BenchRadio> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new BenchRadio(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #heard(socket: Socket, bytes: Buffer): void {
    const at = millis();
    socket.write(this.radio.receive(bytes));
    const packets = packetsHeard(this.radio);
    for (const packet of packets.slice(this.#seen)) {
      const data = packet.payloadVariant.case === "decoded" ? packet.payloadVariant.value : undefined;
      if (data?.portnum !== 1) continue;
      this.texts.set(Buffer.from(data.payload).toString("utf8"), at);
      const value = { portnum: 5, payload: Uint8Array.of(0x18, 0), requestId: packet.id };
      const ack = { from: OWN, to: OWN, id: 0x7000_0000 + this.#ids++, payloadVariant: { case: "decoded", value } };
      socket.write(fromRadio({ case: "packet", value: ack }));
    }
    this.#seen = packets.length;
    if (packets.length > 1_000) {
      this.radio.heard.length = 0;
      this.#seen = 0;
    }
  }

  /** A text from one of the handhelds; returns when its bytes were handed to the socket. */
  say(handheld: number, text: string, channel = 0): number {
    const frame =
      channel === 0
        ? packetFrame({ from: 0x4000_0000 + handheld, id: this.#ids++, payload: utf8(text) })
        : onChannel(0x4000_0000 + handheld, this.#ids++, text, channel);
    const at = millis();
    this.#socket?.write(this.radio.say(frame));
    return at;
  }

  async stop(): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function onChannel(from: number, id: number, text: string, channel: number): Uint8Array {
  const decoded = { case: "decoded", value: { portnum: 1, payload: utf8(text), bitfield: 0 } };
  const value = { from, to: 0xffff_ffff, id, channel, payloadVariant: decoded, rxRssi: -60, hopLimit: 3, hopStart: 3 };
  return fromRadio({ case: "packet", value });
}

/** The gateway as a child process in a folder of its own. */
export class BenchGateway {
  readonly folder: string;
  readonly #config: string;
  #child: ChildProcess | undefined;
  #said = "";

  constructor(config: Readonly<Record<string, unknown>>) {
    mkdirSync(SCRATCH, { recursive: true });
    this.folder = mkdtempSync(join(SCRATCH, "bench-"));
    this.#config = join(this.folder, "muster.yaml");
    writeFileSync(join(this.folder, "token"), "bench-token\n", { mode: 0o600 });
    const places = {
      database: { path: this.database },
      control: { socket: this.socket },
      http: { listen: "127.0.0.1:0" },
      logging: { level: "warn" },
    };
    writeFileSync(this.#config, stringify({ ...places, ...config }));
  }

  get database(): string {
    return join(this.folder, "muster.db");
  }

  get socket(): string {
    return join(this.folder, "c.sock");
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Starts it without rate limits; the moment before the start. */
  start(): number {
    const at = millis();
    const child = spawn(PROGRAM, ["--config", this.#config, "run", "--rate-limits", "off"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4_000)));
    this.#child = child;
    return at;
  }

  async status(): Promise<StatusView | undefined> {
    if (this.#child?.exitCode !== null) throw new Error(`the gateway ended: ${this.#said}`);
    const answer = await askControl(this.socket, "status", {}).catch(() => undefined);
    return answer?.is === "answered" ? (answer.value as StatusView) : undefined;
  }

  async ready(): Promise<void> {
    await eventually("radio and uplinks to be ready", async () => {
      const status = await this.status();
      return status?.radio.state === "ready" && status.uplinks.every(({ state }) => state === "ready");
    });
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One number from its database, read from outside. */
  count(sql: string): number {
    const db = new Database(this.database, { readonly: true });
    try {
      return (db.prepare(sql).get() as { n: number }).n;
    } finally {
      db.close();
    }
  }

  /** One text from its database. */
  text(sql: string): string {
    const db = new Database(this.database, { readonly: true });
    try {
      return (db.prepare(sql).get() as { t: string }).t;
    } finally {
      db.close();
    }
  }

  /** Resident memory in MiB. */
  rssMb(): number {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"));
    return Number(line?.[1]) / 1024;
  }

  /** Processor time in ms (utime and stime, in ticks of 10 ms: proc(5)). */
  cpuMs(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Bytes that went to the disk's queue. */
  writtenBytes(): number {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${this.pid}/io`, "utf8"))?.[1]);
  }
}

/** What the figures were measured on. */
export function machine(): Record<string, unknown> {
  const cpu = readFileSync("/proc/cpuinfo", "utf8");
  const git = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  return {
    cpu: /^model name\s*: (.+)$/m.exec(cpu)?.[1] ?? "unknown",
    cores: (cpu.match(/^processor/gm) ?? []).length,
    memoryMb: Math.round(Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) / 1024),
    loadAverage: Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]),
    node: process.version,
    muster: git.stdout.trim(),
  };
}
