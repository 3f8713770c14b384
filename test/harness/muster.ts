// `bin/muster run` as a child process with a config of its own, for tests.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { MessageView, StatusView } from "#gateway/views.ts";
import { until } from "./synapse.ts";

export const PROGRAM = fileURLToPath(new URL("../../bin/muster", import.meta.url));

export interface MusterOptions {
  /** Merged over a config that keeps everything in the test's folder. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly token?: string;
  /** Added to the environment of the service, not of the verbs that ask it. */
  readonly env?: Readonly<Record<string, string>>;
}

export class MusterProcess {
  readonly folder: string;
  readonly configFile: string;
  readonly args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #said = "";

  constructor(options: MusterOptions) {
    this.folder = mkdtempSync(join(tmpdir(), "muster-run-"));
    this.configFile = join(this.folder, "muster.yaml");
    this.args = options.args ?? [];
    this.#env = options.env ?? {};
    if (options.token !== undefined) writeFileSync(join(this.folder, "token"), `${options.token}\n`, { mode: 0o600 });
    this.configure(options.config);
  }

  configure(config: Readonly<Record<string, unknown>>): void {
    writeFileSync(
      this.configFile,
      stringify({
        database: { path: join(this.folder, "muster.db") },
        control: { socket: join(this.folder, "control.sock") },
        http: { listen: "127.0.0.1:0" },
        ...config,
      }),
    );
  }

  /** Starts the service and waits until it answers. */
  async start(): Promise<void> {
    const child = spawn(PROGRAM, ["--config", this.configFile, "run", ...this.args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.#env },
    });
    const from = this.#said.length;
    child.stderr.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    this.#child = child;
    await until(`the service to answer; it said: ${this.#said}`, () => {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the service ended with ${child.exitCode ?? child.signalCode}: ${this.#said.slice(from)}`);
      return this.#said.includes("running ", from);
    });
  }

  /** Everything the service wrote to its log. */
  get said(): string {
    return this.#said;
  }

  /** Undefined while it runs or was never started; null when a signal ended it. */
  get exitCode(): number | null | undefined {
    const child = this.#child;
    return child && (child.exitCode !== null || child.signalCode !== null) ? child.exitCode : undefined;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** A verb with --json; its value. */
  ask(...args: readonly string[]): unknown {
    const result = spawnSync(PROGRAM, ["--config", this.configFile, ...args, "--json"], { encoding: "utf8" });
    if (result.status !== 0) throw new Error(`${args.join(" ")} ended with ${result.status}: ${result.stderr}`);
    return JSON.parse(result.stdout) as unknown;
  }

  status(): StatusView {
    return this.ask("status") as StatusView;
  }

  messages(): MessageView[] {
    return this.ask("messages") as MessageView[];
  }

  async ready(): Promise<void> {
    await until(`radio and uplinks to be ready; it said: ${this.#said}`, () => {
      const status = this.status();
      return status.radio.state === "ready" && status.uplinks.every((uplink) => uplink.state === "ready");
    });
  }

  /** Stops it if it runs, and forgets everything it kept. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
