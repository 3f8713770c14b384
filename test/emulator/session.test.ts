// The life of a host's session with its radio: handshakes, absence, idleness, restarts, faults. In virtual time.

import { describe, expect, it } from "vitest";
import { nodeId } from "#base/ids.ts";
import type { Plain, WirePacket } from "#emulator/proto.ts";
import { decode } from "#emulator/proto.ts";
import type { StreetOptions } from "#emulator/street.ts";
import { VirtualHost, VirtualStreet } from "#test/emulator/host.ts";

const MINUTE = 60_000;

function host(options: Partial<StreetOptions> = {}, kind: "tcp" | "serial" = "tcp"): VirtualHost {
  return new VirtualHost(new VirtualStreet(options), kind);
}

function command(on: VirtualHost, json: object): void {
  expect(on.world.street.command(json, on.world.now)).toBeUndefined();
}

/** A resident says something to all. */
function neighbourSays(on: VirtualHost, text: string, index = 0): void {
  command(on, { node: on.world.street.handhelds[index]!.id, to: "^all", channel: 0, text, wantAck: false });
}

function count(kinds: readonly string[], kind: string): number {
  return kinds.filter((each) => each === kind).length;
}

describe("the handshake", () => {
  it.each([0, 1, 31_337, 0xffff_ffff])("echoes the nonce %d after everything", (nonce) => {
    const on = host().connect(nonce);
    expect(on.heard.at(-1)!.message).toEqual({ configCompleteId: nonce });
    const kinds = on.kinds();
    expect([count(kinds, "channel"), count(kinds, "config"), count(kinds, "moduleConfig")]).toEqual([8, 10, 16]);
    expect(count(kinds, "nodeInfo")).toBe(5);
  });

  it("leaves out the others with 69420, and all but the nodes with 69421", () => {
    expect(count(host().connect(69_420).kinds(), "nodeInfo")).toBe(1);
    const nodesOnly = host().connect(69_421).kinds();
    expect([...new Set(nodesOnly)]).toEqual(["nodeInfo", "configCompleteId"]);
    expect(count(nodesOnly, "nodeInfo")).toBe(5);
  });

  it("of 2.8 is followed by what is cached of others, always under the same ids, but not with 69420", () => {
    const on = host({ firmware: "2.8" }).connect();
    const first = on.packets();
    expect(first).toHaveLength(8);
    expect(new Set(first.map((packet) => packet.decoded!.portnum))).toEqual(new Set([3, 67]));
    on.connect(1);
    expect(on.packets().slice(8)).toEqual(first);
    on.connect(69_420);
    expect(on.packets()).toHaveLength(16);
    expect(host({ firmware: "2.7" }).connect().packets()).toHaveLength(0);
  });

  it("tells signed broadcasts of 2.8 as verified", () => {
    const on = host({ firmware: "2.8" }).connect(69_420);
    neighbourSays(on, "signed");
    on.run(5000);
    const packet = on.packets().find((each) => each.decoded?.portnum === 1)!;
    expect(packet.xeddsaSigned).toBe(true);
    expect(packet.decoded!.xeddsaSignature).toHaveLength(64);
  });
});

describe("packets for an absent host", () => {
  it("wait for the handshake, in order, the oldest text giving way", () => {
    for (const phoneQueue of [8, 32]) {
      const on = host({ phoneQueue });
      for (let index = 0; index < 40; index++) {
        neighbourSays(on, `m${index}`, index % 4);
        on.run(5000);
      }
      expect(on.heard).toEqual([]);
      on.connect();
      expect(on.texts()).toEqual(Array.from({ length: phoneQueue }, (_, index) => `m${40 - phoneQueue + index}`));
      expect(on.kinds().indexOf("packet")).toBeGreaterThan(on.kinds().indexOf("configCompleteId"));
    }
  });

  it("on other ports are dropped when there is no room", () => {
    const on = host({ phoneQueue: 8 });
    const node = on.world.street.handhelds[0]!.id;
    for (let index = 0; index < 12; index++) {
      command(on, { node, to: "^all", portnum: 300, payload: `0${index.toString(16)}` });
      on.run(5000);
    }
    on.connect();
    expect(on.packets().map((packet) => packet.decoded!.payload![0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("come in order from many residents", () => {
    const on = host();
    for (let index = 0; index < 20; index++) neighbourSays(on, `m${index}`, index % 4);
    on.run(2 * MINUTE);
    on.connect();
    expect(on.texts()).toEqual(Array.from({ length: 20 }, (_, index) => `m${index}`));
  });
});

describe("a session", () => {
  it("ends after 15 minutes of silence: over TCP by hanging up, on a serial port silently", () => {
    const tcp = host().connect();
    tcp.run(15 * MINUTE - 1000);
    expect(tcp.port.takeClosing()).toBe(false);
    tcp.run(2000);
    expect(tcp.port.takeClosing()).toBe(true);

    const serial = host({}, "serial").connect();
    serial.run(10 * MINUTE);
    serial.say({ heartbeat: {} });
    serial.run(14 * MINUTE);
    expect(serial.port.live).toBe(true);
    serial.run(2 * MINUTE);
    expect(serial.port.live).toBe(false);
    const before = serial.heard.length;
    serial.say({ heartbeat: {} });
    neighbourSays(serial, "are you there");
    serial.run(MINUTE);
    expect(serial.heard.slice(before).map(({ message }) => Object.keys(message)[0])).toEqual(["queueStatus"]);
    serial.connect();
    expect(serial.texts()).toEqual(["are you there"]);
  });

  it("ends with a disconnect, and transmits without a handshake", () => {
    const on = host().connect();
    on.say({ disconnect: true });
    expect(on.port.takeClosing()).toBe(true);
    const early = new VirtualHost(on.world);
    early.text("no handshake yet");
    early.run(5000);
    expect(on.world.street.takeLines().filter((line) => line["text"] === "no handshake yet")).toHaveLength(4);
    expect(early.heard).toEqual([]);
  });

  it("is answered a heartbeat, and nonce 1 introduces us, once a minute at most", () => {
    const on = host().connect();
    on.say({ heartbeat: {} });
    on.run(500);
    expect(on.heard.at(-1)!.message).toMatchObject({ queueStatus: { free: 16, maxlen: 16 } });
    on.say({ heartbeat: { nonce: 1 } });
    on.run(5000);
    on.say({ heartbeat: { nonce: 1 } });
    on.run(5000);
    const own = on.packets().filter((packet) => packet.decoded?.portnum === 4 && packet.from === on.num);
    expect(own).toHaveLength(1);
  });

  it("gets the radio's own metrics every minute and its statistics every quarter of an hour", () => {
    const on = host().connect();
    on.run(10 * MINUTE);
    on.say({ heartbeat: {} });
    on.run(6 * MINUTE);
    const told = on.packets().map((packet) => {
      const telemetry = decode<Plain>("Telemetry", packet.decoded!.payload!);
      return telemetry.ok ? Object.keys(telemetry.value)[0] : "";
    });
    expect(count(told as string[], "deviceMetrics")).toBe(15);
    expect(count(told as string[], "localStats")).toBe(1);
  });
});

describe("the radio's clock", () => {
  it("is unset until the host sets it, and again after a restart", () => {
    const on = host().connect();
    const times = () => on.packets().map((packet) => packet.rxTime ?? 0);
    neighbourSays(on, "when");
    on.run(5000);
    expect(times()).toEqual([0]);
    on.send({ to: on.num, wantAck: true, decoded: { portnum: 6, payload: on.admin({ setTimeOnly: 1_800_000_000 }) } });
    on.run(10_000);
    neighbourSays(on, "now");
    on.run(5000);
    const [, ack, now] = times();
    expect(ack).toBe(1_800_000_000);
    expect(now).toBeGreaterThanOrEqual(1_800_000_010);
    expect(now).toBeLessThan(1_800_000_015);
    command(on, { radio: nodeId(on.num), do: "reboot" });
    on.run(10_000);
    new VirtualHost(on.world).connect();
    const again = new VirtualHost(on.world).connect();
    neighbourSays(again, "and now");
    again.run(5000);
    expect(again.packets().at(-1)!.rxTime ?? 0).toBe(0);
  });
});

describe("admin messages to our own radio", () => {
  const ask = (on: VirtualHost, message: Plain): Plain | undefined => {
    const payload = on.admin(message);
    const id = on.send({ to: on.num, wantAck: true, decoded: { portnum: 6, payload, wantResponse: true } });
    on.run(1000);
    const reply = on.packets().find((packet: WirePacket) => packet.decoded?.requestId === id);
    if (reply?.decoded?.portnum !== 6) return undefined;
    const answer = decode<Plain>("AdminMessage", reply.decoded.payload!);
    return answer.ok ? answer.value : undefined;
  };

  it("are answered", () => {
    const on = host().connect();
    expect(ask(on, { getDeviceMetadataRequest: true })).toMatchObject({
      getDeviceMetadataResponse: { firmwareVersion: "2.7.26.54e0d8d" },
    });
    expect(ask(on, { getOwnerRequest: true })).toHaveProperty("getOwnerResponse.longName");
    expect(ask(on, { getChannelRequest: 2 })).toMatchObject({ getChannelResponse: { index: 1, role: 2 } });
    expect(ask(on, { getConfigRequest: 5 })).toMatchObject({ getConfigResponse: { lora: { region: 3 } } });
    expect(ask(on, { getModuleConfigRequest: 0 })).toHaveProperty("getModuleConfigResponse.mqtt");
  });

  it("change names, channels, favourites and settings", () => {
    const on = host().connect();
    ask(on, { setOwner: { longName: new TextEncoder().encode("New Name") } });
    ask(on, { setChannel: { index: 3, role: 2, settings: { name: new TextEncoder().encode("Third") } } });
    const other = on.world.street.handhelds[0]!.node.num;
    ask(on, { setFavoriteNode: other });
    const before = on.heard.length;
    on.connect();
    const dump = on.heard.slice(before).map(({ message }) => message);
    const own = dump.find((each) => each["nodeInfo"])!["nodeInfo"] as { user: { longName: Uint8Array } };
    expect(new TextDecoder().decode(own.user.longName)).toBe("New Name");
    expect(dump.filter((each) => each["channel"])[3]).toMatchObject({ channel: { index: 3, role: 2 } });
    const theirs = dump.find((each) => (each["nodeInfo"] as { num?: number } | undefined)?.num === other);
    expect(theirs).toMatchObject({ nodeInfo: { isFavorite: true } });
    ask(on, { setConfig: { lora: { region: 1, hopLimit: 3 } } });
    on.run(2000);
    expect(on.world.street.radios[0]!.up).toBe(false);
    on.run(5000);
    expect(on.world.street.radios[0]!.up).toBe(true);
  });
});

describe("a restart", () => {
  it.each([
    ["2.7", 1],
    ["2.8", 0],
  ] as const)("of %s ends the session silently on a serial port", (firmware, rebootedFrames) => {
    const on = host({ firmware }, "serial").connect(69_420);
    on.send({ to: on.num, wantAck: true, decoded: { portnum: 6, payload: on.admin({ rebootSeconds: 1 }) } });
    on.run(900);
    const noise = on.noise;
    on.run(10_000);
    expect(count(on.kinds(), "rebooted")).toBe(rebootedFrames);
    expect(on.noise).toBeGreaterThan(noise);
    neighbourSays(on, "after");
    on.say({ heartbeat: {} });
    on.run(5000);
    expect(on.kinds().at(-1)).toBe("queueStatus");
    expect(on.texts()).toEqual([]);
    on.connect(69_421);
    expect(on.texts()).toEqual(["after"]);
    const counted = on.connect().heard.findLast(({ message }) => message["myInfo"])!.message["myInfo"];
    expect(counted).toMatchObject({ rebootCount: 2 });
  });

  it("loses what waited for the host, and hangs up over TCP", () => {
    const on = host();
    neighbourSays(on, "lost");
    on.run(5000);
    command(on, { radio: nodeId(on.num), do: "reboot", seconds: 2 });
    expect(on.port.takeClosing()).toBe(true);
    expect([on.port.reachable, on.world.street.port(0, "serial").reachable]).toEqual([false, true]);
    on.run(3000);
    expect(on.port.reachable).toBe(true);
    expect(new VirtualHost(on.world).connect().texts()).toEqual([]);
  });
});

describe("faults", () => {
  it("mute: nothing is heard or said, and packets wait", () => {
    const on = host().connect();
    command(on, { radio: nodeId(on.num), do: "mute", seconds: 30 });
    const before = on.heard.length;
    on.say({ heartbeat: {} });
    neighbourSays(on, "muffled");
    on.run(29_000);
    expect(on.heard).toHaveLength(before);
    on.run(2000);
    expect(on.texts()).toEqual(["muffled"]);
  });

  it("garbage: noise between the frames, and the frames survive", () => {
    const on = host({}, "serial").connect();
    const before = on.noise;
    command(on, { radio: nodeId(on.num), do: "garbage", seconds: 2 });
    on.run(3000);
    expect(on.noise).toBeGreaterThan(before + 500);
  });

  it("unplug: the port cannot be opened, packets wait, the radio lives on", () => {
    const on = host().connect();
    command(on, { radio: nodeId(on.num), do: "unplug", seconds: 20 });
    expect(on.port.plugged).toBe(false);
    neighbourSays(on, "meanwhile");
    on.run(21_000);
    expect(on.port.plugged).toBe(true);
    expect(new VirtualHost(on.world).connect().texts()).toEqual(["meanwhile"]);
  });

  it("lost packets: the share that was asked for", () => {
    const on = host({ rateLimits: false }).connect();
    command(on, { lose: "packets", share: 0.3 });
    for (let index = 0; index < 200; index++) {
      neighbourSays(on, `${index}`, index % 4);
      on.run(3000);
    }
    // Each text has two or three chances (the words themselves and relays of those who heard them).
    expect(on.texts().length).toBeLessThan(200);
    expect(on.texts().length).toBeGreaterThan(160);
  });

  it("commands that cannot be obeyed are refused with words", () => {
    const { street } = new VirtualStreet();
    const node = street.handhelds[0]!.id;
    const refusals = [
      [1, "object"],
      [{}, "no handheld"],
      [{ node, to: "someone", text: "x" }, '"to"'],
      [{ node, to: "^all" }, "neither"],
      [{ node, to: "^all", portnum: 5, payload: "zz" }, "hexadecimal"],
      [{ node, do: "dance" }, "cannot dance"],
      [{ node, do: "constructor" }, "cannot constructor"],
      [{ radio: "!00000001", do: "mute" }, "no gateway radio"],
      [{ lose: "hope", share: 1 }, '"lose"'],
      [{ lose: "acks", share: 2 }, '"share"'],
    ] as const;
    for (const [given, words] of refusals) expect(street.command(given, 1)).toContain(words);
  });
});
