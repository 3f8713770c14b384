// A fresh Debian with its own systemd as PID 1, in a container: what the package is tried in. Made by mmdebstrap once and kept in
// .cache, unpacked for each trial. It shares the network of this machine, so that it reaches radios and homeservers on loopback.

import { spawn, spawnSync, type ChildProcess, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { wallClock } from "#base/clock.ts";

/** What a Raspberry Pi OS Lite has and a bare Debian has not; socat for the emulated serial port; man-db and mandoc for the pages. */
const INCLUDED = [
  "systemd",
  "systemd-sysv",
  "dbus",
  "udev",
  "ca-certificates",
  "init-system-helpers",
  "socat",
  "mandoc",
];
const SUITE = "bookworm";

/** What the trial cannot do without, in words that say how to get it; empty when all is there. */
export function missing(): string[] {
  const there = (program: string): boolean => spawnSync("which", [program]).status === 0;
  return [
    process.getuid?.() === 0 ? [] : ["root (it makes a Debian root and starts a container in it): run it with sudo"],
    there("mmdebstrap") ? [] : ["mmdebstrap: sudo apt-get install -y mmdebstrap"],
    there("systemd-nspawn") ? [] : ["systemd-nspawn: sudo apt-get install -y systemd-container"],
    there("dpkg-deb") ? [] : ["dpkg-deb: it comes with Debian and Ubuntu"],
  ].flat();
}

/** The base system as a tarball, made if need be (a minute, and a network). */
function baseSystem(cache: string): string {
  const tar = join(cache, `debian-${SUITE}-trial.tar`);
  if (existsSync(tar)) return tar;
  mkdirSync(dirname(tar), { recursive: true });
  const { status, stderr } = spawnSync(
    "mmdebstrap",
    ["--quiet", "--variant=minbase", `--include=${INCLUDED.join(",")}`, SUITE, `${tar}.new.tar`],
    { encoding: "utf8", stdio: ["ignore", "inherit", "pipe"] },
  );
  if (status !== 0) throw new Error(`A Debian root could not be made. Is there a network? ${stderr.slice(-500)}`);
  renameSync(`${tar}.new.tar`, tar);
  return tar;
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Machine {
  readonly root: string;
  #container: ChildProcess | undefined;
  #leader = 0;

  constructor(cache: string) {
    this.root = mkdtempSync(join(tmpdir(), "muster-trial-"));
    const { status, stderr } = spawnSync("tar", ["xf", baseSystem(cache), "-C", this.root], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the base system could not be unpacked: ${stderr}`);
    // What the installer of a real system writes.
    writeFileSync(join(this.root, "etc/hosts"), "127.0.0.1 localhost\n::1 localhost\n");
  }

  /** Starts its systemd and waits until everything is up. */
  async boot(): Promise<void> {
    const container = spawn(
      "systemd-nspawn",
      ["--quiet", "--register=no", "--keep-unit", "--boot", "--console=pipe", `--directory=${this.root}`],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#container = container;
    let said = "";
    for (const stream of [container.stdout, container.stderr])
      stream.on("data", (chunk: Buffer) => (said += String(chunk)));
    await eventually("the container's systemd", 60, () => {
      if (container.exitCode !== null) throw new Error(`the container did not start: ${said.slice(-1000)}`);
      this.#leader = childOf(container.pid!);
      return this.#leader > 0 && this.run("systemctl", "is-system-running").out !== "";
    });
    await eventually("the machine to be up", 60, () =>
      ["running", "degraded"].includes(this.run("systemctl", "is-system-running").out.trim()),
    );
  }

  /** Runs a command inside, as root, to its end. */
  run(...command: readonly string[]): Ran {
    const ran = spawnSync("nsenter", [...this.#inside(), ...command], { encoding: "utf8" });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }

  /** Starts a command inside that goes on. */
  spawn(...command: readonly string[]): ChildProcessWithoutNullStreams {
    return spawn("nsenter", [...this.#inside(), ...command]);
  }

  #inside(): string[] {
    const env = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"];
    return [`--target=${this.#leader}`, "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd=/", ...env];
  }

  async remove(): Promise<void> {
    const container = this.#container;
    if (container && container.exitCode === null && container.signalCode === null) {
      const ended = once(container, "exit");
      // To nspawn, SIGTERM is an orderly poweroff of what runs inside.
      container.kill("SIGTERM");
      const cancel = wallClock.after(20_000, () => container.kill("SIGKILL"));
      await ended;
      cancel();
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}

function childOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
  } catch {
    return 0;
  }
}

/** Asks every 100 ms, for so many seconds. */
export async function eventually(what: string, seconds: number, isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < seconds * 10; tries++) {
    if (isSo()) return;
    await new Promise<void>((resolve) => void wallClock.after(100, resolve));
  }
  throw new Error(`waited ${seconds} s for ${what}`);
}
