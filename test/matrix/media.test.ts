import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { silentLog } from "#base/log.ts";
import type { FileOutcome } from "#gateway/inputs.ts";
import { DEADLINES, Homeserver } from "#matrix/homeserver.ts";
import { fetchFile } from "#matrix/media.ts";
import { FakeDoor } from "./fake-door.ts";
import { ROOM, StubHomeserver, type Reply } from "./stub-homeserver.ts";

const MOST = 1_000;
const FILE = { msgtype: "m.file", body: "people.csv", url: "mxc://stub:8448/ab_c-1", info: { size: 20 } };
const NEW = "/_matrix/client/v1/media/download/stub:8448/ab_c-1";
const OLD = "/_matrix/media/v3/download/stub:8448/ab_c-1";

const server = new StubHomeserver();
let content: Record<string, unknown>;
let media: (path: string, reply: Reply) => void;

beforeAll(async () => {
  await server.start();
  server.misbehave = ({ path }, reply) => {
    if (path === `/_matrix/client/v3/rooms/${ROOM}/event/$file`)
      return reply.json(200, { type: "m.room.message", event_id: "$file", content });
    if (path === NEW || path === OLD) return media(path, reply);
    return false;
  };
});
afterAll(() => server.stop());
beforeEach(() => {
  content = FILE;
  server.calls.length = 0;
});

const bytes =
  (body: string | Buffer) =>
  (_path: string, { response }: Reply) => {
    response.writeHead(200, { "Content-Type": "text/csv" });
    response.end(body);
  };

async function fetched(event = "$file"): Promise<FileOutcome> {
  const homeserver = new Homeserver(server.baseUrl, "secret-token", { ...DEADLINES, request: 2_000 }, silentLog);
  const door = new FakeDoor();
  const request = { kind: "fetch-file", uplink: "street", room: ROOM, event, asked: 7, most: MOST } as const;
  await fetchFile({ uplink: "street", door, log: silentLog, homeserver }, request);
  homeserver.close();
  expect(door.files).toMatchObject([{ uplink: "street", asked: 7 }]);
  return door.files[0]!.file;
}

describe("a file of a room", () => {
  it("is fetched with our token, from the place that asks for one", async () => {
    media = bytes("\uFEFFhousehold,name\n20,Dora Ruíz\n");
    expect(await fetched()).toEqual({ is: "text", text: "household,name\n20,Dora Ruíz\n" });
    expect(server.calls.map(({ path }) => path)).toContain(NEW);
    expect(server.calls.map(({ path }) => path)).not.toContain(OLD);
  });

  it("is fetched from the older place where the homeserver knows no other", async () => {
    media = (path, reply) =>
      path === NEW ? reply.json(404, { errcode: "M_UNRECOGNIZED", error: "?" }) : bytes("a,b")(path, reply);
    expect(await fetched()).toEqual({ is: "text", text: "a,b" });
  });

  const endless = (_path: string, { response }: Reply): void => {
    response.writeHead(200, { "Content-Type": "text/csv" });
    const more = (): void => void (response.destroyed || response.write("x".repeat(400), more));
    more();
  };
  test.each<readonly [string, Record<string, unknown>, typeof media, object]>([
    ["larger than it says", FILE, bytes("x".repeat(MOST + 1)), { is: "too-large" }],
    ["without an end", FILE, endless, { is: "too-large" }],
    ["that says it is larger", { ...FILE, info: { size: MOST + 1 } }, bytes("a"), { is: "too-large" }],
    ["of a spreadsheet", FILE, bytes(Buffer.from("504b03041400ff", "hex")), { is: "not-text" }],
    ["in Latin-1", FILE, bytes(Buffer.from("20,Ru\u00edz", "latin1")), { is: "not-text" }],
    ["in UTF-16", FILE, bytes(Buffer.from("\uFEFFhousehold", "utf16le")), { is: "not-text" }],
    ["that is encrypted", { ...FILE, url: undefined, file: { url: FILE.url } }, bytes("a"), { is: "encrypted" }],
    ["that is a picture", { ...FILE, msgtype: "m.image" }, bytes("a"), { is: "no-file" }],
    ["that is a text", { msgtype: "m.text", body: "x" }, bytes("a"), { is: "no-file" }],
    ["at no address", { ...FILE, url: "https://example.org/x" }, bytes("a"), { is: "no-file" }],
    ["out of the media's folder", { ...FILE, url: "mxc://stub/../../client" }, bytes("a"), { is: "no-file" }],
    ["that is gone", FILE, (_path, reply) => reply.json(404, { errcode: "M_NOT_FOUND" }), { is: "gone" }],
    ["kept from us", FILE, (_path, reply) => reply.json(403, { errcode: "M_FORBIDDEN" }), { is: "gone" }],
    [
      "that redirects",
      FILE,
      (_path, reply) => reply.raw(307, "", { Location: "/elsewhere" }),
      { is: "away", reason: "HTTP 307" },
    ],
    [
      "of a server in trouble",
      FILE,
      (_path, reply) => reply.raw(502, "<html>", {}),
      { is: "away", reason: "HTTP 502" },
    ],
  ])("%s is no list", async (_what, holds, answer, outcome) => {
    content = holds;
    media = answer;
    expect(await fetched()).toEqual(outcome);
  });

  it("of an event that is not there is gone; of nobody logged in, away", async () => {
    expect(await fetched("$other")).toEqual({ is: "gone" });
    const door = new FakeDoor();
    const request = { kind: "fetch-file", uplink: "street", room: ROOM, event: "$file", asked: 7, most: 1 } as const;
    await fetchFile({ uplink: "street", door, log: silentLog, homeserver: undefined }, request);
    expect(door.files[0]!.file).toEqual({ is: "away", reason: "not logged in" });
  });
});
