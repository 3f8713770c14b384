// Backups on a real WebDAV server, Apache's: whole or not at all, told in words, and never in the way of the other places.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { typed as run } from "#test/harness/typed.ts";
import { copyOf } from "#store/copies.ts";
import { Apache, SHARE_PASSWORD, SHARE_USER } from "#test/harness/apache.ts";
import { openStore } from "#store/open.ts";

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

/** On a box that has no config yet. */
async function restore(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const who = ["--webdav-user", SHARE_USER, "--webdav-password-file", join(home, "password")];
  return run("--config", join(home, "new/muster.yaml"), "restore", ...words, ...who, "--identity", join(home, "key"));
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("a backup is kept there, opened again, and can be restored as the latest; the oldest go, and what was left half", async () => {
  for (const day of [1, 2, 3])
    writeFileSync(join(apache.files, `muster-feedbeef0001-2026010${day}T000000Z.tar.gz.age`), "");
  writeFileSync(join(apache.files, "muster-feedbeef0001-20260104T000000Z.tar.gz.age.coming"), "");
  writeFileSync(join(apache.files, "photo.jpg"), "");
  const { code, dav, said } = await backUp(apache.url, 2);
  expect(said).not.toContain(SHARE_PASSWORD);
  expect([code, dav.error]).toEqual([0, undefined]);
  const name = dav.file!.slice(apache.url.length);
  expect(Object.keys(apache.held()).toSorted()).toEqual(
    ["muster-feedbeef0001-20260103T000000Z.tar.gz.age", name, "photo.jpg"].toSorted(),
  );
  const restored = await restore("latest", "--from", apache.url);
  expect(restored.out).toContain("This is copy 2 of it");
  expect(readdirSync(join(home, "new")).toSorted()).toEqual(["data", "muster.yaml", "password", "token"]);
});

test("a backup is restored by its address, and by its name; what is not there is said", async () => {
  const { dav } = await backUp(apache.url);
  expect((await restore(dav.file!)).out).toContain("This is copy 2 of it");
  // The config that is there now knows who we are, and for which server.
  const again = ["--config", join(home, "new/muster.yaml"), "restore", "--replace", "--identity", join(home, "key")];
  expect((await run(...again, "latest", "--from", apache.url)).out).toContain("This is copy 2 of it");
  const other = await run(...again, "latest", "--from", "http://127.0.0.1:9/");
  expect([other.code, other.err]).toEqual([1, expect.stringContaining("not sent to another server")]);
  rmSync(join(home, "new"), { recursive: true });
  const missing = await restore("muster-other.tar.gz.age", "--from", apache.url);
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("it holds no such file")]);
  writeFileSync(join(home, "password"), "incorrect horse\n");
  const refused = await restore("latest", "--from", apache.url);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("does not take our user and password")]);
  expect(refused.err + refused.out).not.toContain("incorrect horse");
  expect(readdirSync(join(home, "new"))).toEqual([]);
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

test("a password in the address is refused, and not said", async () => {
  await backUp(apache.url);
  const address = apache.url.replace("//", `//${SHARE_USER}:open-sesame@`);
  for (const words of [
    ["backup", "--to", address],
    ["restore", "latest", "--from", address],
    ["restore", `${address}x.age`],
  ]) {
    const { code, out, err } = await run("--config", join(home, "muster.yaml"), ...words);
    expect([code, err]).toEqual([2, expect.stringContaining("without user and password")]);
    expect(out + err).not.toContain("open-sesame");
  }
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
  expect(dav.error).toContain("the connection was cut in the middle");
  expect(stick.error).toBeUndefined();
  expect(Object.keys(apache.held()).filter((name) => name.endsWith(".age"))).toEqual([]);
});

test("a login page is no WebDAV folder, however friendly it answers", async () => {
  const portal = createHttpServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>"));
  });
  const { dav } = await backUp(await listening(portal));
  portal.close();
  expect(dav.error).toContain("is no WebDAV folder");
});

/** A WebDAV server that takes everything, and gives back what `give` makes of it. */
function liar(give: (stored: Buffer, response: ServerResponse) => void): Server & { removed: string[] } {
  let stored = Buffer.alloc(0);
  const removed: string[] = [];
  const multistatus = `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/</d:href><d:propstat>
<d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`;
  const server = createHttpServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      if (request.method === "PUT") stored = Buffer.concat(pieces);
      if (request.method === "DELETE") removed.push(request.url!);
      if (request.method === "GET") return give(stored, response);
      if (request.method === "PROPFIND") return response.writeHead(207).end(multistatus);
      return response.writeHead(201).end();
    });
  });
  return Object.assign(server, { removed });
}

const LIES: readonly [string, (stored: Buffer, response: ServerResponse) => void, RegExp][] = [
  [
    "keeps half of it",
    (stored, response) => response.end(stored.subarray(0, 500)),
    /not what was sent \(500 of \d+ bytes\)/,
  ],
  [
    "gives back ever more",
    (stored, response) => response.end(Buffer.alloc(stored.length * 2)),
    /more comes back than was sent/,
  ],
  [
    "is cut while it gives it back",
    (stored, response) => {
      response.writeHead(200, { "content-length": stored.length });
      response.write(stored.subarray(0, 500), () => response.destroy());
    },
    /cut in the middle/,
  ],
  ["does not show it in its list", (stored, response) => response.end(stored), /its name is not in the list/],
];

test.each(LIES)("a server that takes a backup and %s is found out", async (_what, give, words) => {
  const server = liar(give);
  const { dav, stick } = await backUp(await listening(server));
  server.close();
  expect(dav.error).toMatch(words);
  expect(server.removed.filter((name) => name.endsWith(".age"))).toEqual([]);
  expect(stick.error).toBeUndefined();
});
