// Setting a radio when it does not go well: refused half way, forgotten over the restart, or only looked at.

import { describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { aNumber, withNumber } from "#radio/bare.ts";
import type { Order } from "#radio/admin.ts";
import { withChannel, withSetting, type RadioSettings } from "#radio/settings.ts";
import type { RadioSession } from "#cli/radio/session.ts";
import { provisionRadio } from "#cli/radio/write.ts";
import { Failure, type Cli } from "#cli/verb.ts";

const NOTHING = new Uint8Array(0);
const OFF = {
  role: "disabled",
  name: "",
  psk: NOTHING,
  uplinkEnabled: false,
  downlinkEnabled: false,
  positionPrecision: 0,
} as const;

/** A radio in EU_868 with Bluetooth on and no channel of its own. */
const BEFORE: RadioSettings = {
  owner: NOTHING,
  channels: Array.from({ length: 8 }, (_, index) =>
    withChannel(NOTHING, index, { ...OFF, role: index === 0 ? "primary" : "disabled", psk: Uint8Array.of(1) }),
  ),
  config: new Map([
    [1, NOTHING],
    [6, withNumber(withNumber(aNumber(7, 3), 1, 1), 9, 1)],
    [7, aNumber(1, 1)],
  ]),
  modules: new Map(),
  canned: "",
};

/** Takes orders down; `after` is what it has after the restart. */
class FakeRadio {
  readonly orders: string[] = [];
  readonly info = {
    node: nodeNum(0x8e5e6017),
    firmware: "2.7.26.54e0d8d",
    rebootCount: 1,
    region: "EU_868",
    nodes: [],
  };
  readonly #refuses: string | undefined;
  readonly #after: RadioSettings;
  #restarted = false;

  constructor(options: { refuses?: string; after?: RadioSettings }) {
    this.#refuses = options.refuses;
    this.#after = options.after ?? BEFORE;
  }

  async settings(): Promise<RadioSettings> {
    return this.#restarted ? this.#after : BEFORE;
  }

  async order({ about }: Order): Promise<void> {
    this.orders.push(about);
    if (about === this.#refuses) throw new Failure(`The radio did not acknowledge: ${about}.`);
  }

  async again(): Promise<void> {}

  async back(): Promise<void> {
    this.#restarted = true;
  }
}

function provisioned(radio: FakeRadio, consent: { yes?: boolean; dryRun?: boolean }) {
  const said: string[] = [];
  const cli = { say: (text: string) => said.push(text), answer: () => undefined } as unknown as Cli;
  const asked = { handheld: false, channel: "Relief" };
  const done = provisionRadio(cli, radio as unknown as RadioSession, asked, consent);
  return { done, said };
}

describe("setting a radio", () => {
  it.each([
    ["bluetooth", /did not acknowledge.*has its old settings\./],
    ["channel 1", /did not acknowledge.*has its old settings\./],
    ["commit", /did not acknowledge.*old settings or the new ones/],
  ])("that fails at %s is undone by a restart", async (refuses, words) => {
    const radio = new FakeRadio({ refuses });
    await expect(provisioned(radio, { yes: true }).done).rejects.toThrow(words);
    expect(radio.orders.slice(0, 1)).toEqual(["begin"]);
    expect(radio.orders.slice(-2)).toEqual([refuses, "restart"]);
  });

  it("that fails at the very beginning has changed nothing", async () => {
    const radio = new FakeRadio({ refuses: "begin" });
    await expect(provisioned(radio, { yes: true }).done).rejects.toThrow(
      "did not acknowledge: begin. Nothing was changed",
    );
    expect(radio.orders).toEqual(["begin"]);
  });

  it("that fails after the commit says so", async () => {
    const radio = new FakeRadio({ refuses: "restart" });
    await expect(provisioned(radio, { yes: true }).done).rejects.toThrow("The new settings were written");
  });

  it("that is forgotten over the restart is told, with what differs", async () => {
    const radio = new FakeRadio({ after: withSetting(BEFORE, "bluetooth.enabled", false) });
    const { done, said } = provisioned(radio, { yes: true });
    await expect(done).rejects.toThrow(/does not take these settings/);
    expect(said.join("\n")).toMatch(/not as planned:[^]*channel 1: off -> secondary, Relief, own key/);
    expect(radio.orders.slice(-2)).toEqual(["commit", "restart"]);
  });

  it("for a look sends nothing", async () => {
    const radio = new FakeRadio({});
    const { done, said } = provisioned(radio, { dryRun: true });
    expect(await done).toBeUndefined();
    expect(radio.orders).toEqual([]);
    expect(said.join("\n")).toContain("bluetooth.enabled: true -> false");
  });
});
