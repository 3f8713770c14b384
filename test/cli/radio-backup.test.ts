// A backup file of a radio: back as it was, byte for byte, also what nobody knows; anything else is refused in words.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { backupText, privateKeyIn, readBackup } from "#cli/radio/backup.ts";
import { Failure } from "#cli/verb.ts";
import { aNumber, withBytes, withNumber } from "#radio/bare.ts";
import type { RadioInfo } from "#radio/events.ts";
import type { RadioSettings } from "#radio/settings.ts";

const folder = mkdtempSync(join(tmpdir(), "muster-backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = new Uint8Array(32).fill(9);
/** Field 777 is nobody's. */
const SETTINGS: RadioSettings = {
  owner: withBytes(new Uint8Array(0), 777, Uint8Array.of(1, 2, 3)),
  channels: Array.from({ length: 8 }, (_, index) => withNumber(aNumber(1, index), 777, 5)),
  config: new Map([
    [6, withNumber(aNumber(7, 3), 777, 6)],
    [8, withBytes(new Uint8Array(0), 2, KEY)],
  ]),
  modules: new Map([[3, aNumber(777, 1)]]),
  canned: "ok|sí",
};
const info = {
  node: nodeNum(0x8e5e6017),
  firmware: "2.8.0.7754068",
  nodes: [
    { num: nodeNum(0x8e5e6017), isFavorite: true },
    { num: nodeNum(0x1234abcd), isFavorite: true },
    { num: nodeNum(0x1234abce), isFavorite: false },
  ],
} as unknown as RadioInfo;
const text = backupText(SETTINGS, info);

function read(content: string) {
  const file = join(folder, "radio.json");
  writeFileSync(file, content);
  return readBackup(file);
}

describe("a radio's backup", () => {
  it("comes back as it was, with the favourites and without the radio itself among them", () => {
    const { settings, node, firmware, favourites } = read(text);
    expect(settings).toEqual(SETTINGS);
    expect([node, firmware, favourites]).toEqual([info.node, info.firmware, [0x1234abcd]]);
    expect(privateKeyIn(settings)).toEqual(KEY);
  });

  const changed = (change: Readonly<Record<string, unknown>>): string =>
    JSON.stringify({ ...(JSON.parse(text) as object), ...change });

  it.each([
    ["nothing", "", /is no backup/],
    ["half of it", text.slice(0, text.length / 2), /is no backup/],
    ["another file", '{"kind":"holiday"}', /is no backup/],
    ["null", "null", /is no backup/],
    ["a newer one", changed({ version: 2 }), /newer Muster/],
    ["no radio", changed({ node: "elm" }), /names no radio/],
    ["seven channels", changed({ channels: Array(7).fill("") }), /channels are missing/],
    ["a channel that is no message", changed({ channels: Array(8).fill("/////w==") }), /channel 0/],
    ["no LoRa settings", changed({ config: {} }), /LoRa settings are missing/],
    ["a number for a config", changed({ config: { 6: 7 } }), /its config/],
    ["a long list of canned messages", changed({ canned: "x".repeat(201) }), /too long/],
  ])("%s is refused", (_what, content, words) => {
    expect(() => read(content)).toThrow(Failure);
    expect(() => read(content)).toThrow(words);
  });

  it("that is not there is refused", () => {
    expect(() => readBackup(join(folder, "none"))).toThrow(/cannot be read \(ENOENT\)/);
  });
});
