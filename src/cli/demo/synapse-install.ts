// A Synapse of our own in a Python virtual environment, for the demo and the tests. Everything that is installed is
// pinned by version and hash in synapse-requirements.txt; nothing outside the cache directory is touched.
//
// A finished environment carries the hash of the requirements it was made from; anything else found in its place is
// made anew. Two processes that want it at once take turns by a lock file that names its holder.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { wallClock } from "#base/clock.ts";

const REQUIREMENTS = fileURLToPath(new URL("synapse-requirements.txt", import.meta.url));

/** The versions that the requirements file has wheels for, tried in this order. */
const PYTHONS = ["python3", "python3.13", "python3.12", "python3.11"];

/** Why Synapse cannot be had on this machine, in words that say what to do. */
export class SynapseUnavailable extends Error {
  override name = "SynapseUnavailable";
}

/** A Python that can run Synapse. */
export interface SynapseHome {
  readonly python: string;
}

/** Resolves after `ms` of real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    wallClock.after(ms, done);
  });
}

/**
 * Makes sure that `<cacheDir>/synapse-venv` holds the pinned Synapse, installing it when it does not (half a minute and
 * 250 MB). `say` gets a line for people before anything slow. Throws `SynapseUnavailable`.
 */
export async function ensureSynapse(cacheDir: string, say: (line: string) => void): Promise<SynapseHome> {
  const venv = join(resolve(cacheDir), "synapse-venv");
  const home = { python: join(venv, "bin", "python") };
  const marker = join(venv, "muster-requirements.sha256");
  const wanted = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex");
  if (textOf(marker) === wanted) return home;
  mkdirSync(resolve(cacheDir), { recursive: true });
  const unlock = await lock(`${venv}.lock`, say);
  try {
    if (textOf(marker) === wanted) return home; // somebody else made it while we waited
    rmSync(venv, { recursive: true, force: true });
    const python = await findPython();
    say(`Installing Synapse into ${venv} (once; about half a minute) …`);
    await mustRun(python, ["-m", "venv", venv], "venv");
    await mustRun(home.python, [...PIP_INSTALL, REQUIREMENTS], "pip");
    writeFileSync(marker, wanted);
    return home;
  } finally {
    unlock();
  }
}

const PIP_INSTALL = `-m pip install --quiet --no-input --disable-pip-version-check
  --require-hashes --no-deps --only-binary=:all: -r`.split(/\s+/);

async function findPython(): Promise<string> {
  const seen: string[] = [];
  for (const name of PYTHONS) {
    const found = await run(name, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    const version = found.out.trim();
    if (found.code === 0 && ["3.11", "3.12", "3.13"].includes(version)) return name;
    if (found.code === 0) seen.push(`${name} is ${version}`);
  }
  const what = seen.length > 0 ? `only ${seen.join(", ")}` : "no Python at all";
  throw new SynapseUnavailable(
    `Synapse needs Python 3.11, 3.12 or 3.13, and this machine has ${what} (Debian: apt install python3 python3-venv).`,
  );
}

/** Advice by what went wrong; the first pattern that fits the tool's own words. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/ensurepip|No module named '?(venv|pip)/, "Python's venv module is missing (Debian: apt install python3-venv)."],
  [
    /THESE PACKAGES DO NOT MATCH THE HASHES|do not match/i,
    "A downloaded package does not have the pinned hash; it was not installed.",
  ],
  [
    /No matching distribution|Could not find a version/,
    "The package index is not reachable, or has no wheel for this machine.",
  ],
  [/No space left/, "The disk is full."],
  [
    /Connection|Temporary failure|timed out|ProxyError|SSLError|NewConnectionError/,
    "The package index is not reachable.",
  ],
];

async function mustRun(program: string, args: readonly string[], tool: string): Promise<void> {
  const done = await run(program, args);
  if (done.code === 0) return;
  const words = `${done.out}\n${done.err}`;
  const advice = ADVICE.find(([pattern]) => pattern.test(words))?.[1] ?? "";
  const last = words.trim().split("\n").slice(-3).join(" ⏎ ");
  throw new SynapseUnavailable(`Synapse could not be installed: ${tool} failed. ${advice} (${last})`);
}

function run(program: string, args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", (error) => done({ code: -1, out, err: error.message }));
    child.on("close", (code) => done({ code, out, err }));
  });
}

/** Takes the lock, waiting for its living holder; a dead holder's lock is taken over. Returns what releases it. */
async function lock(file: string, say: (line: string) => void): Promise<() => void> {
  let nameless = 0;
  for (let told = false; ; told = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(textOf(file) ?? 0);
    if (!told) say("Waiting for another process that is installing Synapse …");
    await pause(300);
    // A file without a name for 3 s: its maker died between making and signing it.
    nameless = holder > 0 ? 0 : nameless + 1;
    if (holder > 0 ? !isAlive(holder) : nameless > 10) rmSync(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
