// A serial port that exists only while somebody needs it: a pty made by socat, whose other end is a unix socket of ours.
//
// socat makes the pty, waits until its slave side is opened, and only then connects to us; when the slave is closed it
// ends, and another is started at once, so that the path names a fresh device (as after a USB re-enumeration). A shell
// stands between, which ends socat when its standard input ends: so none is left over even if this process is killed.

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wallClock } from "#base/clock.ts";

/** A socat that ends sooner than this did not work; after so many in a row there is no port. Wall-clock milliseconds. */
const SHORT_LIFE = 200;
const FAILURES_ALLOWED = 5;
/** How long the path may take to appear, and how often we look. */
const APPEARS_WITHIN = 5000;
const LOOK_EVERY = 10;

/** What a shell answers for a program that it does not find. */
const NOT_FOUND = 127;
const KEEPER = `
exec 3<&0
socat "$@" & socat=$!
{ read -r _ <&3; kill $socat 2>/dev/null; } & watch=$!
wait $socat; code=$?
kill $watch 2>/dev/null
exit $code`;

export class Pty {
  readonly path: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "muster-pty-"));
  readonly #server: Server;
  readonly #say: (words: string) => void;
  #child: ChildProcess | undefined;
  #plugged = false;
  #failures = 0;
  #broken: string | undefined;
  #hasAppeared = false;

  /** `connected` is called with a socket each time somebody opens the path. */
  constructor(path: string, connected: (socket: Socket) => void, say: (words: string) => void) {
    this.path = path;
    this.#say = say;
    this.#server = createServer(connected);
    this.#server.listen(join(this.#directory, "host"), () => this.plug());
  }

  /** Resolves when the path can be opened; rejects with words when it cannot be made. */
  async appeared(): Promise<void> {
    const deadline = wallClock.now() + APPEARS_WITHIN;
    while (!existsSync(this.path)) {
      if (this.#broken !== undefined) throw new Error(this.#broken);
      if (wallClock.now() > deadline) throw new Error(`${this.path} did not appear within ${APPEARS_WITHIN / 1000} s`);
      await new Promise<void>((resolve) => void wallClock.after(LOOK_EVERY, resolve));
    }
    this.#hasAppeared = true;
  }

  unplug(): void {
    this.#plugged = false;
    this.#child?.stdin?.end();
  }

  plug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    if (!this.#child) this.#spawn();
  }

  /** Resolves when socat is gone and the path with it. */
  async stop(): Promise<void> {
    this.#plugged = false;
    const child = this.#child;
    if (child) {
      const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
      child.stdin?.end();
      await gone;
    }
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #spawn(): void {
    const started = wallClock.now();
    const pty = `PTY,link=${this.path},rawer,wait-slave,pty-interval=0.02`;
    const arguments_ = ["-c", KEEPER, "socat", pty, `UNIX-CONNECT:${join(this.#directory, "host")}`];
    const child = spawn("sh", arguments_, { stdio: ["pipe", "ignore", "pipe"] });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => {
      complaint = (complaint + chunk.toString("utf8")).slice(-1000);
    });
    child.on("close", (code) => {
      this.#child = undefined;
      if (code === NOT_FOUND) complaint = "socat is not installed (Debian package: socat)";
      this.#failures = existsSync(this.path) || wallClock.now() - started > SHORT_LIFE ? 0 : this.#failures + 1;
      if (!this.#plugged) return;
      if (this.#failures < FAILURES_ALLOWED && code !== NOT_FOUND) return this.#spawn();
      this.#broken = `no serial port at ${this.path}: ${complaint.trim() || "socat ended"}`;
      // Whoever waits for it to appear is told by the refusal; later there is nobody but the log.
      if (this.#hasAppeared) this.#say(this.#broken);
    });
  }
}
