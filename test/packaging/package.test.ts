// What the package holds, without npm and without a Debian root: `npm run package:test` tries the whole in a real one.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test, vi } from "vitest";
import { packDeb } from "#packaging/deb.ts";
import { bill, components, isCompatible, licencePage } from "#packaging/inventory.ts";
import { foreignBinaries, layProgram, prune, settle, walk, type Build } from "#packaging/tree.ts";
import { verbOutline, type VerbOutline } from "#cli/verbs.ts";

const source = resolve(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "muster-package-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let trees = 0;
const build = (over: Partial<Build> = {}): Build => ({
  source,
  root: join(scratch, `root-${++trees}`),
  version: "1.2.3",
  arch: "amd64",
  epoch: 1_795_000_000,
  ...over,
});

async function laid(): Promise<Build> {
  const made = build();
  await layProgram(made);
  return made;
}

const unzipped = (path: string): string => gunzipSync(readFileSync(path)).toString("utf8");
const nothing = (text: string): string[] => (text === "" ? [] : [text]);

describe("the tree", () => {
  test("has the program, its units and the command, and no tests", async () => {
    const { root } = await laid();
    const home = join(root, "opt/muster");
    for (const path of [
      "src/main.ts",
      "bin/muster",
      "proto/mesh.proto",
      "README.md",
      "LICENSE",
      "docs/ARCHITECTURE.md",
    ])
      expect(existsSync(join(home, path))).toBe(true);
    expect(walk(root).filter((path) => path.endsWith(".test.ts"))).toEqual([]);
    expect(readlinkSync(join(root, "usr/bin/muster"))).toBe("../../opt/muster/bin/muster");
    for (const unit of ["muster.service", "muster-backup.service", "muster-backup.timer", "muster-emulate@.service"])
      expect(existsSync(join(root, "usr/lib/systemd/system", unit))).toBe(true);
    const version = spawnSync(join(root, "usr/bin/muster"), ["--version"], {
      encoding: "utf8",
      env: { ...process.env, PATH: process.env["PATH"] },
    });
    // Without node_modules it cannot start; with the version of the build in its package.json it would say so.
    expect(version.status).not.toBe(0);
    expect(JSON.parse(readFileSync(join(home, "package.json"), "utf8"))).toMatchObject({ version: "1.2.3" });
  });

  test("packs to the same bytes twice, whatever the modes and times of the source and the habits of who builds it", async () => {
    const habits = {
      TZ: "Asia/Tokyo",
      LC_ALL: "tr_TR.UTF-8",
      DPKG_DEB_THREADS_MAX: "1",
      DPKG_DEB_COMPRESSOR_LEVEL: "1",
    };
    const pack = async (name: string, mode: number): Promise<Buffer> => {
      const made = await laid();
      writeFileSync(join(made.root, "opt/muster/extra"), "x", { mode });
      packDeb(made, join(scratch, name), "gzip");
      return readFileSync(join(scratch, name));
    };
    const one = await pack("one.deb", 0o600);
    const before = process.umask(0o077);
    for (const [name, value] of Object.entries(habits)) vi.stubEnv(name, value);
    try {
      expect((await pack("two.deb", 0o664)).equals(one)).toBe(true);
    } finally {
      vi.unstubAllEnvs();
      process.umask(before);
    }
  });

  test("lets the nightly backup reach a WebDAV server, with the secrets that the gateway has", () => {
    const lines = (unit: string): string[] => readFileSync(join(source, "systemd", unit), "utf8").split("\n");
    const shared = lines("muster.service").filter((line) =>
      /^(LoadCredential|RestrictAddressFamilies|IPAddressDeny)=/.test(line),
    );
    expect(shared).toHaveLength(3);
    expect(lines("muster-backup.service")).toEqual(expect.arrayContaining(shared));
    expect(lines("muster-backup.service")).not.toContain("PrivateNetwork=yes");
  });

  test("is readable by all and writable by its owner alone", async () => {
    const made = await laid();
    expect(settle(made)).toBeGreaterThan(1e6);
    expect(statSync(join(made.root, "opt/muster/bin/muster")).mode & 0o777).toBe(0o755);
    expect(statSync(join(made.root, "opt/muster/src/main.ts")).mode & 0o777).toBe(0o644);
    expect(statSync(join(made.root, "opt/muster/src/main.ts")).mtimeMs).toBe(1_795_000_000_000);
  });

  test("leaves out native parts of other machines", () => {
    const modules = join(scratch, "modules");
    const keep = [
      "better-sqlite3/prebuilds/linux-arm64.node",
      "@serialport/bindings-cpp/prebuilds/linux-arm64/b.glibc.node",
    ];
    const drop = [
      "better-sqlite3/prebuilds/linux-x64.node",
      "better-sqlite3/prebuilds/linuxmusl-arm64.node",
      "better-sqlite3/deps/sqlite3.c",
      "@serialport/bindings-cpp/prebuilds/linux-arm64/b.musl.node",
      "@serialport/bindings-cpp/prebuilds/win32-x64/b.node",
      "ms/index.d.ts",
    ];
    for (const path of [...keep, ...drop, "ms/index.js", "ms/src/a.js"]) {
      mkdirSync(join(modules, path, ".."), { recursive: true });
      writeFileSync(join(modules, path), "");
    }
    prune(modules, "arm64");
    const left = walk(modules).filter((path) => statSync(path).isFile());
    expect(left.map((path) => path.slice(modules.length + 1)).toSorted()).toEqual(
      [...keep, "ms/index.js", "ms/src/a.js"].toSorted(),
    );
  });
});

test("native code for another processor is found", () => {
  const folder = join(scratch, "native");
  mkdirSync(folder);
  const elf = (machine: number, bits: number): Buffer => {
    const head = Buffer.alloc(64);
    head.write("\x7fELF", "latin1");
    head[4] = bits;
    head.writeUInt16LE(machine, 18);
    return head;
  };
  writeFileSync(join(folder, "amd64.node"), elf(62, 2));
  writeFileSync(join(folder, "arm64.node"), elf(183, 2));
  writeFileSync(join(folder, "armhf.node"), elf(40, 1));
  writeFileSync(join(folder, "words.js"), "export {};");
  const names = (arch: "amd64" | "arm64") => foreignBinaries(folder, arch).map((path) => path.slice(folder.length + 1));
  expect(names("amd64")).toEqual(["arm64.node", "armhf.node"]);
  expect(names("arm64")).toEqual(["amd64.node", "armhf.node"]);
});

describe("maintainer scripts", () => {
  test("refuse a downgrade in words, and nothing else", async () => {
    const made = await laid();
    packDeb(made, join(scratch, "scripts.deb"), "none");
    const preinst = (parameters: string[], env = {}) =>
      spawnSync("sh", [join(made.root, "DEBIAN/preinst"), ...parameters], {
        encoding: "utf8",
        env: { ...process.env, ...env },
      });
    const refused = preinst(["upgrade", "1.3.0"]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("version 1.3.0 was here, and 1.2.3 is older");
    expect(preinst(["upgrade", "1.3.0"], { MUSTER_DOWNGRADE: "yes" }).status).toBe(0);
    for (const fine of [["install"], ["upgrade", "1.2.2"], ["upgrade", "1.2.3"], ["abort-upgrade", "1.3.0"]])
      expect(preinst(fine).status).toBe(0);
  });

  test("are shell that sh can read", () => {
    for (const name of ["preinst", "postinst", "prerm", "postrm"])
      expect(spawnSync("sh", ["-n", join(source, "packaging/deb", name)]).status).toBe(0);
  });
});

describe("manual and completion", () => {
  const every = (verb: VerbOutline, path = ""): string[] => [
    ...nothing(path),
    ...verb.verbs.flatMap((child) => every(child, path === "" ? child.name : `${path} ${child.name}`)),
  ];

  test("the manual has every verb with every option, in lines that roff takes as they are", async () => {
    const { root } = await laid();
    const manual = unzipped(join(root, "usr/share/man/man1/muster.1.gz"));
    const program = await verbOutline();
    expect(every(program).length).toBeGreaterThan(15);
    const shown = manual.replaceAll("\\-", "-");
    for (const path of every(program)) expect(shown).toContain(path);
    const options = program.verbs.flatMap(({ options: own }) => own.map(({ flags }) => flags));
    for (const flags of options) expect(shown).toContain(`\\fB${flags}\\fR`);
    const macros = [".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".nf", ".fi"];
    for (const line of manual.split("\n").filter((each) => /^[.']/.test(each)))
      expect(macros).toContain(line.split(" ")[0]);
    expect(manual).not.toMatch(/^\.S[HS] .*\n\.PP$/m);
  });

  test("the manual of the config has every key", async () => {
    const { root } = await laid();
    const manual = unzipped(join(root, "usr/share/man/man5/muster.yaml.5.gz")).replaceAll("\\-", "-");
    for (const key of ["serial_port", "matrix_rooms", "budget_percent", "messages_days", "operators_may_show"])
      expect(manual).toContain(`\\fB${key}\\fR`);
  });

  test.each([
    ["muster sta", "status"],
    ["muster config ch", "check"],
    ["muster messages --si", "--since"],
    ["muster --config x.yaml wire de", "decode"],
  ])("bash completes %s", async (typed, expected) => {
    const { root } = await laid();
    const file = join(root, "usr/share/bash-completion/completions/muster");
    const words = typed.split(" ");
    const script = `source ${file}; COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _muster; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: scratch });
    expect(stderr).toBe("");
    expect(stdout.trim().split(" ")).toContain(expected);
  });
});

describe("the inventory", () => {
  test("lists what lies there, with the hash npm checked", () => {
    const root = join(scratch, "tree");
    mkdirSync(join(root, "node_modules/ms"), { recursive: true });
    const packages = {
      "": {},
      "node_modules/ms": { version: "2.1.3", integrity: "sha512-AAEC", license: "MIT" },
      "node_modules/gone": {},
    };
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
    writeFileSync(join(root, "node_modules/ms/package.json"), JSON.stringify({ name: "ms", version: "2.1.3" }));
    writeFileSync(join(root, "node_modules/ms/license.md"), "Do as you like.");
    const all = components(root);
    const document = JSON.parse(bill(all, "1.2.3", "arm64")) as { components: unknown[] };
    expect(document.components).toEqual([
      {
        type: "library",
        "bom-ref": "node_modules/ms",
        name: "ms",
        version: "2.1.3",
        purl: "pkg:npm/ms@2.1.3",
        licenses: [{ license: { id: "MIT" } }],
        hashes: [{ alg: "SHA-512", content: "000102" }],
      },
    ]);
    expect(licencePage(all)).toContain("ms 2.1.3\n\nDo as you like.");
    writeFileSync(
      join(root, "package-lock.json"),
      JSON.stringify({ packages: { "node_modules/ms": { license: "SSPL-1.0" } } }),
    );
    expect(() => components(root)).toThrow("ms (SSPL-1.0)");
  });

  test.each([
    ["(Apache-2.0 AND BSD-3-Clause)", true],
    ["(AFL-2.1 OR BSD-3-Clause)", true],
    ["(SSPL-1.0 OR MIT)", true],
    ["(SSPL-1.0 AND MIT)", false],
    ["unknown", false],
  ])("%s may be shipped: %s", (expression, may) => expect(isCompatible(expression)).toBe(may));
});

describe("units", () => {
  const unit = (name: string): string => readFileSync(join(source, "systemd", name), "utf8");

  test("start verbs that there are", async () => {
    const verbs = (await verbOutline()).verbs.map(({ name }) => name);
    for (const name of ["muster.service", "muster-emulate@.service"])
      expect(verbs).toContain(/ExecStart=\/opt\/muster\/bin\/muster (\w+)/.exec(unit(name))?.[1]);
  });

  test("say why what kills Node is left out", () => {
    expect(unit("muster.service")).toMatch(/^#\s+MemoryDenyWriteExecute=yes\s+kills Node/m);
    expect(unit("muster.service")).not.toMatch(/^MemoryDenyWriteExecute/m);
  });
});
