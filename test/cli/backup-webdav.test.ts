// Backups on a real WebDAV server, Apache's: whole or not at all, told in words, and never in the way of the other places.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { muster } from "#cli/muster.ts";
import { copyOf } from "#store/copies.ts";
import { openStore } from "#store/store.ts";
import { Apache, SHARE_PASSWORD, SHARE_USER } from "#test/harness/apache.ts";

let apache: Apache;
beforeAll(async () => {
  apache = await Apache.start();
});
afterAll(async () => apache.end());

let home: string;
let recipient: string;
beforeEach(async () => {
  await apache.up();
  apache.empty();
  home = mkdtempSync(join(tmpdir(), "muster-backup-webdav-"));
  mkdirSync(join(home, "stick"));
  writeFileSync(join(home, "token"), "a-secret-token\n", { mode: 0o600 });
  writeFileSync(join(home, "password"), `${SHARE_PASSWORD}\n`, { mode: 0o600 });
  recipient = (await run("backup", "--make-key", join(home, "key"))).out.trim();
  const store = openStore(join(home, "data/muster.db"));
  store.transaction(() => copyOf(store, "feedbeef0001"));
  store.close();
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const stdout = (text: string): string => (out += text);
  const stderr = (text: string): string => (err += text);
  const code = await muster(argv, { stdout, stderr, environment: {} });
  return { code, out, err };
}

interface Kept {
  readonly place: string;
  readonly file?: string;
  readonly removed?: readonly string[];
  readonly error?: string;
}

/** A backup to `url` and, after it, to the stick. */
async function backUp(url: string, keep = 14): Promise<{ code: number; dav: Kept; stick: Kept; said: string }> {
  const config = join(home, "muster.yaml");
  writeFileSync(
    config,
    `meshtastic: { connection_type: tcp }
uplinks: [{ name: street, homeserver: "http://127.0.0.1:9", mode: bot, user_id: "@muster:lan", access_token_file: token, matrix_rooms: [] }]
database: { path: data/muster.db }
control: { socket: control.sock }
backup: { recipients: [${recipient}], to: ["${url}", "${join(home, "stick")}"], keep: ${keep}, webdav_user: ${SHARE_USER}, webdav_password_file: password }
`,
  );
  const { code, out, err } = await run("--config", config, "backup", "--json");
  const [dav, stick] = (JSON.parse(out) as { backups: [Kept, Kept] }).backups;
  return { code, dav, stick, said: out + err };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("a backup is kept there, opened again, and can be restored; the oldest go", async () => {
  for (const day of [1, 2, 3])
    writeFileSync(join(apache.files, `muster-feedbeef0001-2026010${day}T000000Z.tar.gz.age`), "");
  writeFileSync(join(apache.files, "photo.jpg"), "");
  const { code, dav, said } = await backUp(apache.url, 2);
  expect(said).not.toContain(SHARE_PASSWORD);
  expect([code, dav.error]).toEqual([0, undefined]);
  const name = dav.file!.slice(apache.url.length);
  expect(Object.keys(apache.held()).toSorted()).toEqual(
    ["muster-feedbeef0001-20260103T000000Z.tar.gz.age", name, "photo.jpg"].toSorted(),
  );
  const config = join(home, "new/muster.yaml");
  const backup = join(apache.files, name);
  const restored = await run("--config", config, "restore", backup, "--identity", join(home, "key"));
  expect(restored.out).toContain("This is copy 2 of it");
  expect(readdirSync(join(home, "new")).toSorted()).toEqual(["data", "muster.yaml", "password", "token"]);
});

/** What is wrong with the server, and what operators read of it. */
const WRONG: readonly [string, () => Promise<string> | string, string][] = [
  ["no room", () => ((apache.full = true), apache.url), "the server has no room left"],
  ["another folder", () => `${apache.url}nowhere/`, "the server has no such folder"],
  ["away", async () => (await apache.down(), apache.url), "the server is not reachable"],
];

test.each(WRONG)("a server with %s is told of, and the stick gets its backup", async (_what, wrong, words) => {
  const { code, dav, stick } = await backUp(await wrong());
  expect(code).toBe(1);
  expect(dav.error).toContain(words);
  expect(stick.error).toBeUndefined();
  expect(Object.keys(apache.held())).toEqual([]);
});

test("a wrong password is told of, and is not said", async () => {
  writeFileSync(join(home, "password"), "incorrect horse\n");
  const { dav, said } = await backUp(apache.url);
  expect(dav.error).toContain("does not take our user and password");
  expect(said).not.toContain("incorrect horse");
});

test("a line that is cut in the middle leaves nothing that looks like a backup", async () => {
  let carried = 0;
  const proxy = createServer((near) => {
    const far = connect(apache.port, "127.0.0.1");
    near.on("data", (bytes: Buffer) => {
      carried += bytes.length;
      if (carried <= 2_000) return far.write(bytes);
      near.destroy();
      return far.destroy();
    });
    far.pipe(near);
    for (const each of [near, far]) each.on("error", () => undefined);
  });
  const { dav, stick } = await backUp(await listening(proxy));
  proxy.close();
  expect(dav.error).toContain("the server is not reachable");
  expect(stick.error).toBeUndefined();
  expect(Object.keys(apache.held()).filter((name) => name.endsWith(".age"))).toEqual([]);
});

test("a login page is no WebDAV folder, however friendly it answers", async () => {
  const portal = createHttpServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>"));
  });
  const { dav } = await backUp(await listening(portal));
  portal.close();
  expect(dav.error).toContain("is it a WebDAV folder?");
});
