// Two gateways, each with a radio of its own in one street, say every type of message to each other over an air that loses
// 30 % of all packets: on the private port and armoured inside texts, to the channel and to one node, on both firmwares.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex } from "#base/bytes.ts";
import { nodeNum, parseNodeId } from "#base/ids.ts";
import { askControl } from "#cli/service/control.ts";
import type { MachinesView } from "#gateway/machines.ts";
import { sealMessage } from "#wire/envelope.ts";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess } from "#test/harness/muster.ts";
import { until } from "#test/harness/synapse.ts";

const RATE = 40;
const SECRET = "5a".repeat(32);
const KEY = { id: 1, secret: new Uint8Array(32).fill(0x5a) };

/** One golden message of each type; fragments are made by what is too long. */
function everyType(): Record<string, unknown>[] {
  const folder = fileURLToPath(new URL("../vectors/wire", import.meta.url));
  const types = new Map<string, Record<string, unknown>>();
  for (const file of readdirSync(folder)) {
    const vectors = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
      value?: Record<string, unknown>;
      refused?: unknown;
    }[];
    for (const { value, refused } of vectors) {
      const type = value?.["type"];
      if (refused === undefined && typeof type === "string" && !["fragment", "unknown"].includes(type))
        types.set(type, value!);
    }
  }
  types.set("list", {
    type: "list",
    households: [{ household: "14", status: "ok", people: 3 }],
    note: "n".repeat(200),
  });
  return [...types.values()];
}

/** Who stands in for a message that came this way. */
const VOUCHED: Readonly<Record<string, RegExp>> = { direct: /pinned-key/, channel: /nobody|group-key|radio-signature/ };

describe.each(["2.7", "2.8"])("two gateways with firmware %s", (firmware) => {
  let street: EmulatorProcess;
  let elm: MusterProcess;
  let oak: MusterProcess;
  let oakNode: string;

  beforeAll(async () => {
    const options = ["--gateways=2", "--handhelds=1", "--seed=9", `--firmware=${firmware}`, `--clock-rate=${RATE}`];
    street = await EmulatorProcess.start([...options, "--rate-limits=off"]);
    const gateway = async (stream: number) => {
      const muster = new MusterProcess({
        args: [`--clock-rate=${RATE}`, "--rate-limits=off"],
        config: {
          node: { name: `Gateway ${stream}` },
          meshtastic: {
            connection_type: "tcp",
            port: street.tcpPort(stream),
            machine_channels: [1],
            group_key_file: "key",
          },
          airtime: { budget_percent: 100, utilisation_ceiling: 100, urgent_ceiling: 100 },
        },
      });
      writeFileSync(join(muster.folder, "key"), `1:${SECRET}\n`);
      await muster.start();
      await until("the radio", () => muster.status().radio.state === "ready");
      return muster;
    };
    [elm, oak] = [await gateway(0), await gateway(1)];
    oakNode = street.ready.streams[1]!.radio;
  }, 120_000);
  afterAll(async () => {
    await elm.remove();
    await oak.remove();
    await street.stop();
  });

  const ask = async (muster: MusterProcess, verb: string, args: object = {}): Promise<unknown> => {
    const answer = await askControl(join(muster.folder, "control.sock"), verb, args as Record<string, unknown>);
    if (answer.is !== "answered") throw new Error(JSON.stringify(answer));
    return answer.value;
  };
  const received = async (): Promise<MachinesView> => (await ask(oak, "wire-received")) as MachinesView;

  it.each([
    { carrier: "port", way: "channel" },
    { carrier: "text", way: "channel" },
    { carrier: "port", way: "direct" },
    { carrier: "text", way: "direct" },
  ])(
    "say every type by $carrier, $way, over an air that loses 30 %",
    async ({ carrier, way }) => {
      const before = (await received()).messages.length;
      const wanted = new Map(everyType().map((message) => [String(message["type"]), message]));
      const types = wanted.size;
      expect(types).toBeGreaterThan(15);
      street.command({ lose: "packets", share: 0.3 });
      for (let round = 0; wanted.size > 0 && round < 20; round++) {
        for (const message of wanted.values()) {
          await ask(elm, "wire-send", { message, channel: 1, carrier, ...(way === "direct" ? { to: oakNode } : {}) });
        }
        await until("everything to have left", () => elm.status().outbox.mesh.queued === 0, 60_000);
        // Gateways also answer each other by themselves, on the channel.
        for (const { message, vouchedBy } of (await received()).messages.slice(before))
          if (VOUCHED[way]!.test(vouchedBy)) wanted.delete((message as { type: string }).type);
      }
      street.command({ lose: "packets", share: 0 });
      expect([...wanted.keys()]).toEqual([]);
    },
    240_000,
  );

  it("refuse and count what is forged, replayed (also after a restart) or truncated", async () => {
    const handheld = street.ready.handhelds[0]!;
    const sender = nodeNum(parseNodeId(handheld)!);
    const allClear = { type: "done", ref: { gateway: 1, number: 5 } } as never;
    const page = everyType().find((message) => message["type"] === "page") as never;
    const proven = sealMessage(page, { form: "mac", key: KEY, sender, counter: 5 });
    if (!proven.ok) throw new Error(JSON.stringify({ proven, allClear }));
    const inject = (bytes: Uint8Array) => {
      street.command({ node: handheld, to: "^all", channel: 1, portnum: 293, payload: toHex(bytes) });
    };
    const count = async (reason: string) => (await received()).refused[reason] ?? 0;
    // Gateways answer each other by themselves meanwhile.
    const fromHandheld = async () => (await received()).messages.filter((each) => each.sender === handheld).length;
    inject(proven.value);
    await until("the honest one", async () => (await fromHandheld()) === 1);
    inject(proven.value);
    await until("the replay to be counted", async () => (await count("replayed")) === 1);
    await oak.stop();
    await oak.start();
    inject(proven.value);
    await until("the replay after a restart to be counted", async () => (await count("replayed")) === 2);
    const forged = Uint8Array.from(proven.value);
    forged[forged.length - 1]! ^= 1;
    inject(forged);
    await until("the forgery to be counted", async () => (await count("forged")) === 1);
    inject(proven.value.subarray(0, 8));
    await until("the truncated one to be counted", async () => (await count("truncated")) === 1);
    expect(await fromHandheld()).toBe(1);
  }, 120_000);
});
