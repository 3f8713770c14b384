// Python tools for tests, each in a virtual environment under the project's cache, pinned by version and hash.
//
// An environment is made beside its place and then put there in one move, so that two test runs at once do no harm: the
// later one finds the other's and throws its own away. A finished one carries the requirements it was made from.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
const MARKER = "made-from.txt";
/** The versions that the requirements have wheels for. */
const VERSIONS = ["3.11", "3.12", "3.13"];

async function findPython(): Promise<string> {
  for (const python of ["python3", ...VERSIONS.map((version) => `python${version}`)]) {
    try {
      const { stdout } = await run(python, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
      if (VERSIONS.includes(stdout.trim())) return python;
    } catch {
      // Not there, or no Python: the next name.
    }
  }
  throw new Error(`no Python ${VERSIONS.join(", ")} was found (Debian: apt install python3 python3-venv)`);
}

/**
 * The path of a Python that has what `requirements` (a file in this folder) pins; installs it first if need be, as
 * `.cache/venv-NAME`. Rejects with words when it cannot be had: a test that needs it fails, and is not skipped.
 */
export async function pythonWith(name: string, requirements: string): Promise<string> {
  const wanted = fileURLToPath(new URL(requirements, import.meta.url));
  const venv = join(CACHE, `venv-${name}`);
  const python = join(venv, "bin", "python");
  const isFinished = (): boolean => {
    const marker = join(venv, MARKER);
    return existsSync(marker) && readFileSync(marker, "utf8") === readFileSync(wanted, "utf8");
  };
  if (isFinished()) return python;
  const made = `${venv}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  try {
    await run(await findPython(), ["-m", "venv", made]);
    const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"];
    const pinned = ["--require-hashes", "--no-deps", "--only-binary=:all:", "-r", wanted];
    await run(join(made, "bin", "python"), [...pip, ...pinned]);
    writeFileSync(join(made, MARKER), readFileSync(wanted));
    if (isFinished()) return python;
    rmSync(venv, { recursive: true, force: true });
    renameSync(made, venv);
    return python;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
