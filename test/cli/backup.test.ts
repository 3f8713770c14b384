// Backups that can be opened again, and restorations that touch nothing before they are proved.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { folderOf, newestOf, placeOf, rotate } from "#cli/backup/places.ts";
import { typed as run } from "#test/harness/typed.ts";
import { packTar, TarRefusal, unpackTar } from "#cli/backup/tar.ts";
import { copyOf, knownCopy, markReplaced, replacedBy } from "#store/copies.ts";
import { setMeta } from "#store/world.ts";
import { openStore } from "#store/open.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "muster-backup-test-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const at = (...parts: string[]): string => join(home, ...parts);

/** A box with a config, a token and a database that holds `word`. */
function box(name: string, backup: string, word?: string): string {
  mkdirSync(at(name, "stick"), { recursive: true });
  const file = at(name, "muster.yaml");
  writeFileSync(
    file,
    `meshtastic: { connection_type: tcp }
uplinks: [{ name: street, homeserver: "http://127.0.0.1:9", mode: bot, user_id: "@muster:lan", access_token_file: token, matrix_rooms: [] }]
database: { path: data/muster.db }
control: { socket: control.sock }
backup: { ${backup} }
`,
  );
  writeFileSync(at(name, "token"), "a-secret-token\n", { mode: 0o600 });
  if (word !== undefined) {
    const store = openStore(at(name, "data/muster.db"));
    store.transaction(() => {
      copyOf(store, "feedbeef0001");
      setMeta(store, "test_word", word);
    });
    store.close();
  }
  return file;
}

function wordIn(path: string): string | undefined {
  const store = openStore(path, { readonly: true });
  const row = store.get<{ value: string }>("SELECT value FROM meta WHERE key = 'test_word'");
  store.close();
  return row?.value;
}

async function keyPair(): Promise<string> {
  const made = await run("backup", "--make-key", at("key"));
  expect(made.code).toBe(0);
  return made.out.trim();
}

/** A backed-up box; the backup's path. */
async function backedUp(word: string): Promise<{ config: string; backup: string }> {
  const config = box("old", `recipients: [${await keyPair()}], to: [${at("old/stick")}], keep: 2`, word);
  const { code, out } = await run("--config", config, "backup", "--json");
  expect(code).toBe(0);
  const { backups } = JSON.parse(out) as { backups: { file: string }[] };
  return { config, backup: backups[0]!.file };
}

describe("backup and restore", () => {
  test("to a key: the database, the config and the secrets come back on a new box, as the next copy", async () => {
    const { backup } = await backedUp("tomatoes");
    expect(readFileSync(backup, "latin1")).not.toMatch(/tomatoes|a-secret-token/);
    expect(statSync(backup).mode & 0o077).toBe(0);
    expect(readdirSync(at("old/data")).filter((name) => name.startsWith("backup-"))).toEqual([]);
    const restored = await run("--config", at("new/muster.yaml"), "restore", backup, "--identity", at("key"));
    expect(restored.err).toBe("");
    expect(restored.out).toContain("This is copy 2 of it");
    expect(wordIn(at("new/data/muster.db"))).toBe("tomatoes");
    expect(readFileSync(at("new/token"), "utf8")).toBe("a-secret-token\n");
    const store = openStore(at("new/data/muster.db"));
    expect(knownCopy(store)).toEqual({ gatewayId: "feedbeef0001", epoch: 2 });
    store.close();
  });

  test("to a passphrase", async () => {
    writeFileSync(at("words"), "correct horse battery staple\n");
    const config = box("old", `passphrase_file: ${at("words")}, to: [${at("old/stick")}]`, "beans");
    expect((await run("--config", config, "backup")).out).toContain("opened again and found whole");
    const [name] = readdirSync(at("old/stick"));
    writeFileSync(at("wrong"), "incorrect horse\n");
    const refused = await run(
      "--config",
      at("new/muster.yaml"),
      "restore",
      at("old/stick", name!),
      "--passphrase-file",
      at("wrong"),
    );
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("cannot be opened with this passphrase");
    const done = await run(
      "--config",
      at("new/muster.yaml"),
      "restore",
      at("old/stick", name!),
      "--passphrase-file",
      at("words"),
    );
    expect(done.code).toBe(0);
    expect(wordIn(at("new/data/muster.db"))).toBe("beans");
  });

  test("a damaged, cut or foreign file is refused, and nothing is touched", async () => {
    const { backup } = await backedUp("peas");
    const whole = readFileSync(backup);
    const damaged: [string, Buffer][] = [
      ["flipped", Buffer.from(whole.map((byte, index) => (index === whole.length - 900 ? byte ^ 4 : byte)))],
      ["cut", whole.subarray(0, whole.length - 2000)],
      ["empty", Buffer.alloc(0)],
      ["foreign", Buffer.from("not an age file")],
    ];
    for (const [name, bytes] of damaged) {
      writeFileSync(at(name), bytes);
      const refused = await run("--config", at("new/muster.yaml"), "restore", at(name), "--identity", at("key"));
      expect([name, refused.code]).toEqual([name, 1]);
      expect(readdirSync(at("new"))).toEqual([]);
    }
  });

  test("the latest of a folder, and a place that must be named", async () => {
    await backedUp("onions");
    const from = async (...words: string[]) =>
      run("--config", at("new/muster.yaml"), "restore", ...words, "--identity", at("key"));
    expect((await from("latest")).code).toBe(2);
    expect((await from(at("old/stick/x.age"), "--from", at("old/stick"))).code).toBe(2);
    expect((await from("latest", "--from", at("old/stick"))).code).toBe(0);
    expect(wordIn(at("new/data/muster.db"))).toBe("onions");
  });

  test("what lies there is refused, and with --replace kept under another name", async () => {
    const { backup } = await backedUp("new words");
    const config = box("new", "keep: 1", "old words");
    const refused = await run("--config", config, "restore", backup, "--identity", at("key"));
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("--replace");
    expect(wordIn(at("new/data/muster.db"))).toBe("old words");
    expect((await run("--config", config, "restore", backup, "--identity", at("key"), "--replace")).code).toBe(0);
    expect(wordIn(at("new/data/muster.db"))).toBe("new words");
    const aside = readdirSync(at("new/data")).find((name) => name.includes(".before-"));
    expect(wordIn(at("new/data", aside!))).toBe("old words");
  });

  test("a place that is not there does not keep the others from theirs", async () => {
    const config = box(
      "old",
      `recipients: [${await keyPair()}], to: [/nowhere/at/all, "usb:NOSUCHSTICK", ${at("old/stick")}]`,
      "x",
    );
    const { code, out } = await run("--config", config, "backup");
    expect(code).toBe(1);
    expect(out).toContain("/nowhere/at/all is not there");
    expect(out).toContain("No stick with the label NOSUCHSTICK");
    expect(readdirSync(at("old/stick"))).toHaveLength(1);
  });

  test("without a lock there is no backup, and the timer is content without places", async () => {
    const config = box("old", "keep: 3", "x");
    expect((await run("--config", config, "backup", "--to", at("old/stick"))).err).toContain("nothing to lock");
    expect(await run("--config", config, "backup", "--scheduled")).toMatchObject({ code: 0 });
    expect((await run("--config", config, "backup")).code).toBe(2);
  });

  test("--take-over makes a replaced copy the newest", async () => {
    const config = box("old", "keep: 1", "x");
    const store = openStore(at("old/data/muster.db"));
    store.transaction(() => markReplaced(store, "copy 2 runs elsewhere"));
    store.close();
    const refused = await run("--config", config, "run");
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("copy 2 runs elsewhere");
    expect((await run("--config", config, "restore", "--take-over")).out).toContain("copy 2 now");
    const again = openStore(at("old/data/muster.db"));
    expect(replacedBy(again)).toBeUndefined();
    again.close();
  });
});

describe("places", () => {
  test("a stick is found by its label, where it is mounted", () => {
    mkdirSync(at("by-label"));
    writeFileSync(at("sdb1"), "");
    symlinkSync(at("sdb1"), at("by-label", "STREET\\x20BOX"));
    const mounts = `22 1 8:1 / / rw - ext4 /dev/root rw\n23 1 8:17 / /media/street\\040box rw shared:1 - vfat ${at("sdb1")} rw\n`;
    const devices = { byLabel: at("by-label"), mounts: () => mounts };
    expect(folderOf("usb:STREET BOX", devices)).toBe("/media/street box");
    expect(() => folderOf("usb:STREET BOX", { ...devices, mounts: () => "" })).toThrow("is not mounted");
    expect(() => folderOf("usb:OTHER", devices)).toThrow("No stick with the label OTHER");
  });

  test("rotation keeps the newest of one gateway, whatever the clock called it", async () => {
    const names = [
      "muster-a-20260101T0Z",
      "muster-a-20260102T0Z",
      "muster-a-20260103T0Z",
      "muster-a-19700101T0Z",
      "muster-b-20260101T0Z",
    ];
    for (const name of names) writeFileSync(at(`${name}.tar.gz.age`), "");
    writeFileSync(at("photo.jpg"), "");
    expect(await rotate(placeOf(home, home, undefined), "muster-a-", 2, "muster-a-19700101T0Z.tar.gz.age")).toEqual([
      "muster-a-20260101T0Z.tar.gz.age",
      "muster-a-20260102T0Z.tar.gz.age",
    ]);
    expect(existsSync(at("muster-b-20260101T0Z.tar.gz.age"))).toBe(true);
    expect(existsSync(at("photo.jpg"))).toBe(true);
  });

  test("the latest is the newest by its name, and of one gateway", () => {
    const one = ["20260102T000000Z", "20260103T000000Z", "19700101T000000Z"].map((at) => `muster-a-${at}.tar.gz.age`);
    const junk = ["photo.jpg", "muster-a-20270101T000000Z.tar.gz.age.part"];
    expect(newestOf([...one, ...junk], "/srv")).toBe("muster-a-20260103T000000Z.tar.gz.age");
    expect(() => newestOf(junk, "/srv")).toThrow("no backup of Muster in /srv");
    expect(() => newestOf([...one, "muster-b-c-20260101T000000Z.tar.gz.age"], "/srv")).toThrow(
      "Name one: muster-a-20260103T000000Z.tar.gz.age, muster-b-c-20260101T000000Z.tar.gz.age",
    );
  });
});

describe("the archive", () => {
  async function packed(files: readonly [string, Uint8Array][]): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of packTar(files.map(([name, bytes]) => ({ name, size: bytes.length, content: [bytes] }))))
      chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  test("comes back as it was, however the stream is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,12}(\/[0-9])?$/), fc.uint8Array({ maxLength: 1500 })), {
          selector: ([name]) => name,
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 1025 }),
        async (files, step) => {
          const bytes = await packed(files);
          const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
            bytes.subarray(index * step, (index + 1) * step),
          );
          const found = new Map<string, Buffer>();
          await unpackTar(asStream(pieces), (name, piece) =>
            found.set(name, Buffer.concat([found.get(name) ?? Buffer.alloc(0), piece])),
          );
          expect([...found].map(([name, content]) => [name, [...content]])).toEqual(
            files.map(([name, content]) => [name, [...content]]),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is opened by tar", async () => {
    writeFileSync(
      at("a.tar"),
      await packed([
        ["muster.json", Buffer.from("{}")],
        ["secrets/0", Buffer.from("x".repeat(700))],
      ]),
    );
    expect(spawnSync("tar", ["tf", at("a.tar")], { encoding: "utf8" }).stdout).toBe("muster.json\nsecrets/0\n");
  });

  test.each([["../up"], ["/root"], ["a/../../b"], [""], ["x".repeat(101)]])(
    "a file named %j is neither written nor read",
    async (name) => {
      await expect(packed([[name, new Uint8Array(1)]])).rejects.toThrow("cannot be");
      const forged = await packed([["harmless", new Uint8Array(1)]]);
      forged.fill(0, 0, 100);
      forged.write(name, 0, 100, "latin1");
      let sum = 0;
      forged.subarray(0, 512).forEach((byte, index) => (sum += index >= 148 && index < 156 ? 0x20 : byte));
      forged.write(`${sum.toString(8).padStart(6, "0")}\0`, 148);
      if (name.length > 100) return;
      await expect(unpackTar(asStream([forged]), () => undefined)).rejects.toThrow(TarRefusal);
    },
  );
});

async function* asStream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
