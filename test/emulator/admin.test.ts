// Changes between begin_edit_settings and commit_edit_settings: kept by a commit, undone by a restart, and one restart for all.

import { describe, expect, it } from "vitest";
import { utf8 } from "#base/bytes.ts";
import { administer, type Administered } from "#emulator/admin.ts";
import { Drafts } from "#emulator/drafts.ts";
import { encode, type Plain } from "#emulator/proto.ts";
import { Street } from "#emulator/street.ts";

function radioOf(options: { fresh?: boolean } = {}): Administered & { reboot(now: number): void } {
  return new Street({ seed: 1, firmware: "2.7", startAt: 0, ...options }).radios[0]!;
}

const SET: readonly Plain[] = [
  { setOwner: { longName: utf8("Another"), shortName: utf8("AN") } },
  { setChannel: { index: 2, settings: { name: utf8("Drill"), psk: new Uint8Array(32).fill(1) }, role: 2 } },
  { setConfig: { lora: { region: 3, hopLimit: 5 } } },
  { setModuleConfig: { externalNotification: { enabled: true } } },
  { setCannedMessageModuleMessages: utf8("ok|no") },
];

function kept(radio: Administered): Plain {
  const { config, modules, canned, node } = radio;
  return { lora: config.lora, modules, canned, channels: [...node.channels], user: node.user };
}

describe("an edit", () => {
  it("is undone by a restart before the commit", () => {
    const radio = radioOf();
    const before = structuredClone(kept(radio));
    administer(radio, { beginEditSettings: true }, 0);
    for (const order of SET) administer(radio, order, 0);
    expect(kept(radio)).not.toEqual(before);
    radio.reboot(10);
    expect(kept(radio)).toEqual(before);
  });

  it("survives a restart after the commit", () => {
    const radio = radioOf();
    administer(radio, { beginEditSettings: true }, 0);
    for (const order of SET) administer(radio, order, 0);
    const wanted = structuredClone(kept(radio));
    administer(radio, { commitEditSettings: true }, 0);
    radio.reboot(10);
    expect(kept(radio)).toEqual(wanted);
  });

  it("restarts once, and only by its commit", () => {
    const restarts: number[] = [];
    const radio = radioOf();
    const watched: Administered = {
      node: radio.node,
      firmware: radio.firmware,
      config: radio.config,
      modules: radio.modules,
      canned: radio.canned,
      drafts: new Drafts(),
      setClock: () => undefined,
      rebootAfter: (delay) => restarts.push(delay),
    };
    administer(watched, { beginEditSettings: true }, 0);
    for (const order of SET) administer(watched, order, 0);
    expect(restarts).toEqual([]);
    administer(watched, { commitEditSettings: true }, 0);
    expect(restarts).toHaveLength(1);
    administer(watched, { setConfig: { lora: { region: 3 } } }, 0);
    expect(restarts).toHaveLength(2);
    administer(watched, { setOwner: { longName: utf8("x") } }, 0);
    expect(restarts).toHaveLength(2);
  });
});

describe("a radio from the factory", () => {
  it("has neither region nor keys; the first region makes its keys", () => {
    const radio = radioOf({ fresh: true });
    const privateKey = (): unknown => radio.config.security["privateKey"];
    expect([radio.config.lora["region"], privateKey(), radio.node.user.publicKey]).toEqual([0, undefined, undefined]);
    administer(radio, { setConfig: { lora: { ...radio.config.lora, region: 3 } } }, 0);
    expect(privateKey()).toHaveLength(32);
    expect(encode("User", radio.node.user).length).toBeGreaterThan(32);
  });
});
