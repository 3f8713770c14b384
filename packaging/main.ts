// npm run package -- --arch amd64|arm64: a Debian package with everything the program needs, the same bytes each time.
//
// --version gives it another version than package.json's (for tries of upgrades), --out another folder than dist/.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { packDeb } from "./deb.ts";
import { ARCHITECTURES, layPackages, layProgram, type Architecture } from "./tree.ts";

const source = resolve(import.meta.dirname, "..");

const HERE: Architecture = process.arch === "arm64" ? "arm64" : "amd64";

const { values } = parseArgs({
  options: {
    arch: { type: "string", default: HERE },
    version: { type: "string" },
    out: { type: "string", default: join(source, "dist") },
    compression: { type: "string", default: "xz" },
  },
});

const { arch } = values;
if (!isArchitecture(arch)) {
  console.error(`--arch must be one of ${Object.keys(ARCHITECTURES).join(", ")}: there is no runtime for "${arch}".`);
  process.exit(2);
}

const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { version: string };
const version = values.version ?? manifest.version;
const scratch = mkdtempSync(join(tmpdir(), "muster-package-"));
try {
  const build = { source, root: join(scratch, "root"), version, arch, epoch: epoch() };
  await layProgram(build);
  layPackages(build);
  const file = join(values.out, `muster_${version}_${arch}.deb`);
  mkdirSync(values.out, { recursive: true });
  packDeb(build, file, values.compression);
  console.log(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function isArchitecture(name: string): name is Architecture {
  return Object.hasOwn(ARCHITECTURES, name);
}

/** When the source was made: told (reproducible-builds.org), or its last commit, or 1980, which every archive format can hold. */
function epoch(): number {
  const told = process.env["SOURCE_DATE_EPOCH"];
  if (told !== undefined) return Number(told);
  const { stdout } = spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: source, encoding: "utf8" });
  return Number(stdout?.trim() || 315_532_800);
}
