// What the package puts where. Everything is decided here and by the repository's files; nothing depends on the machine that
// builds it: modes, times and order are the same on every one.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { exampleConfig } from "#cli/config/example.ts";
import { verbOutline } from "#cli/verbs.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completion.ts";
import { bill, components, licencePage } from "./inventory.ts";
import { commandManual, configManual } from "./manual.ts";

export const ARCHITECTURES = { amd64: "x64", arm64: "arm64" } as const;
export type Architecture = keyof typeof ARCHITECTURES;

export interface Build {
  /** The repository. */
  readonly source: string;
  /** The tree to fill: its folders are those of `/`. */
  readonly root: string;
  readonly version: string;
  readonly arch: Architecture;
  /** Seconds since 1970: the age of every file. */
  readonly epoch: number;
}

const HOME = "opt/muster";

/** The program, as it lies in the repository. */
const PROGRAM = ["bin", "src", "proto", "packages", "scenarios", "docs", "firmware-notes", "monitoring"];
const PROGRAM_FILES = ["package.json", "README.md", "CHANGELOG.md", "LICENSE"];

/** From the repository to the place where systemd and udev look. */
const SHARED: Readonly<Record<string, string>> = {
  "systemd/muster.service": "usr/lib/systemd/system/muster.service",
  "systemd/muster-backup.service": "usr/lib/systemd/system/muster-backup.service",
  "systemd/muster-backup.timer": "usr/lib/systemd/system/muster-backup.timer",
  "systemd/muster-emulate@.service": "usr/lib/systemd/system/muster-emulate@.service",
  "systemd/muster.sysusers": "usr/lib/sysusers.d/muster.conf",
  "systemd/muster.tmpfiles": "usr/lib/tmpfiles.d/muster.conf",
  "systemd/99-muster.rules": "usr/lib/udev/rules.d/99-muster.rules",
  "packaging/deb/environment": "etc/muster/environment",
};

/** Config files that dpkg keeps as the operator left them. */
export const CONFFILES = ["/etc/muster/environment"];

/** The program without its packages: sources, units, manual, completion. */
export async function layProgram(build: Build): Promise<void> {
  const home = join(build.root, HOME);
  mkdirSync(home, { recursive: true });
  for (const name of [...PROGRAM, ...PROGRAM_FILES]) {
    const from = join(build.source, name);
    if (existsSync(from)) cpSync(from, join(home, name), { recursive: true });
  }
  const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(home, "package.json"), `${JSON.stringify({ ...manifest, version: build.version }, null, 2)}\n`);
  for (const [from, to] of Object.entries(SHARED)) lay(build, to, readFileSync(join(build.source, from)));
  mkdirSync(join(build.root, "usr/bin"), { recursive: true });
  symlinkSync(`../../${HOME}/bin/muster`, join(build.root, "usr/bin/muster"));
  await layManual(build);
}

async function layManual(build: Build): Promise<void> {
  const date = new Date(build.epoch * 1000).toISOString().slice(0, 10);
  const edition = { version: build.version, date };
  const verbs = await verbOutline();
  lay(build, "usr/share/man/man1/muster.1.gz", packed(commandManual(verbs, edition)));
  lay(build, "usr/share/man/man5/muster.yaml.5.gz", packed(configManual(edition)));
  lay(build, "usr/share/bash-completion/completions/muster", bashCompletion(verbs));
  lay(build, "usr/share/zsh/vendor-completions/_muster", zshCompletion(verbs));
  lay(build, "usr/share/fish/vendor_completions.d/muster.fish", fishCompletion(verbs));
  lay(build, "usr/share/doc/muster/examples/muster.yaml", exampleConfig());
  lay(build, "usr/share/doc/muster/changelog.gz", packed(readFileSync(join(build.source, "CHANGELOG.md"), "utf8")));
  lay(build, "usr/share/doc/muster/copyright", COPYRIGHT);
}

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Muster
Comment: What others made is listed with its licences in licences.txt.gz and sbom.cdx.json beside this file.

Files: *
Copyright: The Muster authors
License: GPL-3.0-or-later
 On Debian systems the full text is in /usr/share/common-licenses/GPL-3.
`;

/** The Node runtime and the production packages, as the lock has them; and the list of what they are. */
export function layPackages(build: Build): void {
  const home = join(build.root, HOME);
  for (const name of ["package-lock.json", ".npmrc"]) cpSync(join(build.source, name), join(home, name));
  // The lock is of the version in the repository; npm only asks that both say the same of dependencies.
  run(
    "npm",
    [
      "ci",
      "--omit=dev",
      "--ignore-scripts",
      "--prefer-offline",
      "--os=linux",
      `--cpu=${ARCHITECTURES[build.arch]}`,
      "--libc=glibc",
    ],
    home,
  );
  const all = components(home);
  lay(build, "usr/share/doc/muster/sbom.cdx.json", bill(all, build.version, build.arch));
  lay(build, "usr/share/doc/muster/licences.txt.gz", packed(licencePage(all)));
  moveRuntime(home, build.arch);
  for (const name of ["package-lock.json", ".npmrc", "node_modules/.package-lock.json", "node_modules/.bin"])
    rmSync(join(home, name), { recursive: true, force: true });
  prune(join(home, "node_modules"), build.arch);
  const foreign = foreignBinaries(home, build.arch);
  if (foreign.length > 0) throw new Error(`These are not for ${build.arch}: ${foreign.join(", ")}`);
}

/** The runtime lies where bin/muster looks first; headers and manuals stay behind. */
function moveRuntime(home: string, arch: Architecture): void {
  const from = join(home, "node_modules", `node-linux-${ARCHITECTURES[arch]}`);
  if (!existsSync(join(from, "bin/node")))
    throw new Error(`npm brought no Node for ${arch}: is ${basename(from)} in the lock?`);
  mkdirSync(join(home, "node/bin"), { recursive: true });
  renameSync(join(from, "bin/node"), join(home, "node/bin/node"));
  renameSync(join(from, "LICENSE"), join(home, "node/LICENSE"));
  for (const each of Object.values(ARCHITECTURES))
    rmSync(join(home, "node_modules", `node-linux-${each}`), { recursive: true, force: true });
}

/** Native parts of other machines, and what only compilers and editors read. */
export function prune(modules: string, arch: Architecture): void {
  const ours = `linux-${ARCHITECTURES[arch]}`;
  for (const path of walk(modules)) {
    const name = basename(path);
    const parent = basename(dirname(path));
    const foreignPrebuild = parent === "prebuilds" && name !== ours && name !== `${ours}.node`;
    const foreignLibc = basename(dirname(dirname(path))) === "prebuilds" && name.includes("musl");
    const sources =
      ["better-sqlite3", "bindings-cpp"].includes(parent) && ["deps", "src", "binding.gyp"].includes(name);
    const forEditors = /\.(d\.[cm]?ts|map|tsbuildinfo|flow)$/.test(name);
    if (foreignPrebuild || foreignLibc || sources || forEditors) rmSync(path, { recursive: true, force: true });
  }
}

/** ELF's own numbers for processors (elf.h, e_machine). */
const ELF_MACHINES: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

/** Every native file below `folder` that is not 64-bit code for `arch`; none is as it should be. */
export function foreignBinaries(folder: string, arch: Architecture): string[] {
  return walk(folder).filter((path) => {
    if (!lstatSync(path).isFile()) return false;
    const head = headOf(path);
    if (head.length < 20 || head.readUInt32BE(0) !== 0x7f454c46) return false;
    return head[4] !== 2 || head.readUInt16LE(18) !== ELF_MACHINES[arch];
  });
}

function headOf(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(20);
    return head.subarray(0, readSync(file, head, 0, 20, 0));
  } finally {
    closeSync(file);
  }
}

/** Modes and ages that do not depend on who built it: files 644 or 755, folders 755. Answers the bytes of all files. */
export function settle({ root, epoch }: Pick<Build, "root" | "epoch">): number {
  let bytes = 0;
  for (const path of [...walk(root), root]) {
    const stat = lstatSync(path);
    if (!stat.isSymbolicLink()) chmodSync(path, stat.isDirectory() || (stat.mode & 0o100) !== 0 ? 0o755 : 0o644);
    if (stat.isFile()) bytes += stat.size;
    lutimesSync(path, epoch, epoch);
  }
  return bytes;
}

/** Everything below a folder; what is in a folder before the folder itself, so that its time can be set last. */
export function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [...walk(path), path] : [path];
    });
}

function lay(build: Build, to: string, content: string | Uint8Array): void {
  const path = join(build.root, to);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const packed = (text: string): Uint8Array => gzipSync(text, { level: 9 });

/** Runs a program to its end, its words going where ours go. Throws when it fails. */
export function run(program: string, parameters: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(program, parameters, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0)
    throw new Error(`${program} ${parameters[0] ?? ""} failed: ${error?.message ?? `exit code ${status}`}`);
}
