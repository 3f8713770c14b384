import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { askControl, serveControl, type ControlHandler } from "#cli/service/control.ts";

let folder: string;
let path: string;
const open: { close(): Promise<void> }[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-control-"));
  path = join(folder, "run", "control.sock");
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(handle: ControlHandler): Promise<void> {
  open.push(await serveControl(path, handle));
}

/** Writes `text` to the socket and reads until `lines` lines have come. */
function talk(text: string, lines: number): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = connect(path, () => socket.write(text));
    socket.on("error", reject);
    socket.on("data", (more) => {
      got += String(more);
      const whole = got.split("\n").slice(0, -1);
      if (whole.length < lines) return;
      socket.destroy();
      resolve(whole.map((line) => JSON.parse(line) as unknown));
    });
  });
}

test("a question is answered, by a promise too", async () => {
  await serve((verb, args) => Promise.resolve({ verb, ...args }));
  expect(await askControl(path, "status", { since: 7 })).toEqual({
    is: "answered",
    value: { verb: "status", since: 7 },
  });
});

test("what the handler throws is the error's words", async () => {
  await serve(() => {
    throw new Error("not now");
  });
  expect(await askControl(path, "status")).toEqual({ is: "refused", error: "not now" });
});

test("only its user may open the socket", async () => {
  await serve(() => null);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("several questions on one line are answered in their order, nonsense with a refusal", async () => {
  await serve(async (verb) => {
    if (verb === "slow") await new Promise((resolve) => setImmediate(resolve));
    return verb;
  });
  const said = await talk('{"verb":"slow"}\n{"verb":"fast"}\nnonsense\n[]\nnull\n{"verb":"last","args":3}\n', 6);
  expect(said).toEqual([
    { ok: true, value: "slow" },
    { ok: true, value: "fast" },
    { ok: false, error: "That line is not JSON." },
    expect.objectContaining({ ok: false }),
    expect.objectContaining({ ok: false }),
    { ok: true, value: "last" },
  ]);
});

test("nobody there is silence, not an error", async () => {
  expect(await askControl(path, "status")).toEqual({ is: "silent" });
  expect(await askControl(join(folder, "no", "such"), "status")).toEqual({ is: "silent" });
});

test("a socket that a dead process left is replaced", async () => {
  mkdirSync(join(folder, "run"), { recursive: true });
  await leaveDeadSocket();
  expect(existsSync(path)).toBe(true);
  await serve(() => "alive");
  expect(await askControl(path, "status")).toEqual({ is: "answered", value: "alive" });
});

test("a living gateway's socket is not taken away", async () => {
  await serve(() => "first");
  await expect(serveControl(path, () => "second")).rejects.toThrow(/Another Muster is running/);
  expect(await askControl(path, "status")).toEqual({ is: "answered", value: "first" });
});

test("a file that is no socket is left alone", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "precious");
  await expect(serveControl(file, () => null)).rejects.toThrow(/no socket/);
  expect(existsSync(file)).toBe(true);
});

test("a service that never answers does not hang the command line", async () => {
  const other = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => other.listen(path, resolve));
  expect(await askControl(path, "status", {}, 20)).toMatchObject({ is: "refused" });
  await new Promise((resolve) => other.close(resolve));
});

test("closing ends open lines and takes the socket away", async () => {
  await serve(() => new Promise(() => undefined));
  const asked = askControl(path, "status");
  await talkStarted();
  await open.pop()!.close();
  expect(await asked).toMatchObject({ is: "refused" });
  expect(existsSync(path)).toBe(false);
});

/** Resolves once the server has taken a connection made after the one before. */
function talkStarted(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
}

/** As after a SIGKILL: the file is there and nobody listens. */
async function leaveDeadSocket(): Promise<void> {
  const { spawn } = await import("node:child_process");
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await new Promise((resolve) => spawn(process.execPath, ["-e", script]).on("exit", resolve));
}
