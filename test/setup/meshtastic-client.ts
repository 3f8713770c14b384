// The official Meshtastic client in a Python virtual environment under the project's cache, pinned by version and hash.
//
// It is made beside its place and then put there in one move, so that two test runs at once do no harm: the later one
// finds the other's and throws its own away. A finished environment carries the requirements it was made from.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const REQUIREMENTS = fileURLToPath(new URL("requirements-meshtastic.txt", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
const VENV = join(CACHE, "venv-meshtastic");
const MARKER = "made-from.txt";
/** The versions that the requirements have wheels for. */
const VERSIONS = ["3.11", "3.12", "3.13"];
const PYTHONS = ["python3", ...VERSIONS.map((version) => `python${version}`)];

function isFinished(): boolean {
  const marker = join(VENV, MARKER);
  return existsSync(marker) && readFileSync(marker, "utf8") === readFileSync(REQUIREMENTS, "utf8");
}

async function findPython(): Promise<string> {
  for (const python of PYTHONS) {
    try {
      const { stdout } = await run(python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
      if (VERSIONS.includes(stdout.trim())) return python;
    } catch {
      // Not there, or no Python: the next name.
    }
  }
  throw new Error(
    `The Meshtastic client needs Python ${VERSIONS.join(", ")}, and none of ${PYTHONS.join(", ")} is one (Debian: apt install python3 python3-venv).`,
  );
}

async function step(what: string, program: string, args: readonly string[]): Promise<void> {
  try {
    await run(program, args, { maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`${what} failed (python3-venv and a way to PyPI are needed): ${stderr?.trim() || message}`, {
      cause: error,
    });
  }
}

/** The path of a Python that has the client; installs it first if need be (20 s). Rejects with words. */
export async function meshtasticPython(): Promise<string> {
  const python = join(VENV, "bin", "python");
  if (isFinished()) return python;
  const made = `${VENV}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  try {
    await step("Making a virtual environment", await findPython(), ["-m", "venv", made]);
    const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    const pinned = ["--require-hashes", "--no-deps", "--only-binary=:all:", "-r", REQUIREMENTS];
    await step("Installing the Meshtastic client", join(made, "bin", "python"), [...pip, ...pinned]);
    writeFileSync(join(made, MARKER), readFileSync(REQUIREMENTS));
    if (isFinished()) return python;
    rmSync(VENV, { recursive: true, force: true });
    renameSync(made, VENV);
    return python;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
