// The official Python client is satisfied by the emulator: over TCP and over a pty, firmware 2.7 and 2.8.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { meshtasticPython } from "#test/setup/meshtastic-client.ts";

const SESSION = fileURLToPath(new URL("client-session.py", import.meta.url));
const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), "muster-test-"));
let python: string;
let emulator: EmulatorProcess;

beforeAll(async () => {
  python = await meshtasticPython();
});
afterEach(async () => emulator.stop());
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

type Line = Readonly<Record<string, unknown>>;

/** Runs the session; once it is answered for the second time a handheld says the last words. */
async function session(kind: "tcp" | "serial", target: string, dest: string): Promise<Line[]> {
  const child = spawn(python, [SESSION, kind, target, dest], { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString("utf8");
  });
  const lines: Line[] = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line["at"] !== "answered" || line["text"] !== "python to one") return;
    const me = lines[0]!["me"] as string;
    emulator.command({ node: dest, to: me, text: "just for you 🔋" });
    emulator.command({ node: dest, to: "^all", text: "enough" });
  });
  const [code] = (await once(child, "close")) as [number | null];
  expect(complaints + (code === 0 ? "" : ` exit code ${code}`)).not.toContain("exit code");
  return lines;
}

describe.each([
  ["tcp", "2.7"],
  ["tcp", "2.8"],
  ["serial", "2.7"],
  ["serial", "2.8"],
] as const)("the official client over %s, firmware %s", (kind, firmware) => {
  it("reads the configuration, sends with acks, and receives", async () => {
    const pty = join(directory, `tty-${firmware}`);
    emulator = await EmulatorProcess.start(
      `--seed 21 --handhelds 2 --firmware ${firmware} --pty ${pty} --rate-limits off --clock-rate 5`.split(" "),
    );
    const { radio } = emulator.ready.streams[0]!;
    const [ana, bob] = emulator.ready.handhelds as [string, string];
    const lines = await session(kind, kind === "tcp" ? emulator.ready.listen : pty, ana);
    expect(lines).toEqual([
      {
        at: "connected",
        me: radio,
        firmware: firmware === "2.7" ? "2.7.26.54e0d8d" : "2.8.0.7754068",
        nodes: [radio, ana, bob].sort(),
        channels: ["", "Relief"],
        region: 3,
      },
      // Our own radio says that a relay was heard; the addressee says that it arrived.
      { at: "answered", text: "python to all", by: radio, error: "NONE" },
      { at: "answered", text: "python to one", by: ana, error: "NONE" },
      { at: "text", text: "just for you 🔋", sender: ana, to: radio, pki: true, reply: 0 },
      { at: "text", text: "enough", sender: ana, to: "^all", pki: false, reply: 0 },
    ]);
    await emulator.received(bob, "python to all");
    expect(await emulator.received(ana, "python to one")).toMatchObject({ from: radio, pki: true });
  });
});

it("is shown to the official command line: info, nodes, a text with its ack", async () => {
  emulator = await EmulatorProcess.start("--seed 22 --handhelds 2 --clock-rate 5".split(" "));
  const { host, port } = { host: "127.0.0.1", port: emulator.tcpPort() };
  const tool = async (...args: string[]) => {
    const { stdout } = await run(python, ["-m", "meshtastic", "--host", `${host}:${port}`, ...args]);
    return stdout;
  };
  const info = await tool("--info");
  expect(info).toContain("Owner: Elm Street (GW1)");
  expect(info).toContain('"firmwareVersion": "2.7.26.54e0d8d"');
  const nodes = await tool("--nodes");
  for (const node of emulator.ready.handhelds) expect(nodes).toContain(node);
  expect(nodes).toContain("Ana Ñúñez 14 Elm");
  expect(await tool("--sendtext", "from the command line", "--ack")).toContain("implicit ACK");
  await emulator.received(emulator.ready.handhelds[0]!, "from the command line");
});
