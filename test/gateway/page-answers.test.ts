// The table of what counts as an answer to a page (test/vectors/page-answers.json), each row against a gateway of its own.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { startPage } from "#gateway/calltree/page.ts";
import { PAGE_DESK } from "#gateway/calltree/desk.ts";
import type { Turn } from "#gateway/turn.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { setTree } from "#store/pages.ts";
import { Bench, DIRECT, EVERYONE, STREET } from "#test/harness/gateway.ts";
import type { PageView } from "#gateway/calltree/words.ts";

const FORMS = ["text", "reply", "tapback", "canned", "reaction", "room reply"] as const;

interface Row {
  readonly form: (typeof FORMS)[number];
  readonly said: string;
  readonly open: readonly string[];
  readonly to?: string;
  readonly of?: string;
  readonly as?: "answered" | "declined";
  readonly back?: true;
}

const { answers } = JSON.parse(readFileSync(new URL("../vectors/page-answers.json", import.meta.url), "utf8")) as {
  readonly answers: readonly Row[];
};

const ANA = nodeNum(0x1000_0001);
const KEY = new Uint8Array(32).fill(1);
const NINA = "@nina:example.org";

/** Home 1 has a radio, home 2 has Matrix, home 3 is why neither page is to everybody. */
function people(turn: Turn): void {
  for (const [house, matrix] of [
    ["1", []],
    ["2", [NINA]],
    ["3", []],
  ] as const) {
    setHousehold(turn.store, emptyHousehold(house), turn.now);
    const who = addMember(turn.store, { name: `Home ${house}`, house, role: "resident", matrix }, turn.now);
    if (house === "1") bindRadio(turn.store, { node: ANA, member: who, publicKey: KEY }, turn.now);
  }
  const usual = { alternates: [], ways: ["radio", "matrix"], minutes: 10 } as const;
  const nodes = ["1", "2"].map((house) => ({ id: house, contacts: [`house ${house}`], ...usual }));
  setTree(turn.store, { name: "two", most: 5, nodes }, "test", turn.now);
}

function benchWith(open: readonly string[]): Bench {
  const bench = new Bench().ready();
  bench.pump.ask(people);
  for (const reference of open) {
    const text = `Sandbags for ${reference}`;
    const started = bench.pump.ask((turn) => startPage(turn, { tree: "two", text, by: "Cora" }));
    if (!started.ok || started.reference !== reference) throw new Error(JSON.stringify(started));
  }
  bench.clock.advance(60_000);
  return bench;
}

const IN_MATRIX: ReadonlySet<Row["form"]> = new Set(["reaction", "room reply"]);

/** What is said, in its form. */
function say(bench: Bench, { form, said, to }: Row): void {
  const about = `Sandbags for ${to ?? ""}`;
  const packet = bench.sent.find(({ payload }) => Buffer.from(payload).toString().includes(about));
  const asked = bench.asked.find(({ room, content }) => room === STREET && String(content["body"]).includes(about));
  const direct: Partial<MeshPacket> = { ...DIRECT, publicKey: KEY };
  const event = asked === undefined ? "" : bench.eventOf(asked);
  const ways: Readonly<Record<Row["form"], () => unknown>> = {
    text: () => bench.hear(ANA, said, direct),
    reply: () => bench.hear(ANA, said, { ...direct, replyId: packet!.packetId }),
    tapback: () => bench.hear(ANA, said, { to: EVERYONE, replyId: packet!.packetId, emoji: 1 }),
    canned: () => bench.hear(ANA, said, { to: EVERYONE }),
    reaction: () =>
      bench.write("", {
        type: "m.reaction",
        sender: NINA,
        content: { "m.relates_to": { rel_type: "m.annotation", event_id: event, key: said } },
      }),
    "room reply": () =>
      bench.write(said, { sender: NINA, content: { "m.relates_to": { "m.in_reply_to": { event_id: event } } } }),
  };
  ways[form]();
}

const stateOf = (bench: Bench, reference: string, house: string): string => {
  const view = bench.pump.ask((turn) => PAGE_DESK["page status"]!.answer(turn, { reference })) as PageView;
  return view.people.find((each) => each.house === house)!.state;
};

describe("answers to a page", () => {
  it.each(answers.map((row) => [row.form, row.said, row.open.join(" "), row] as const))(
    "%s %j with %s open",
    (form, _said, _open, row) => {
      const bench = benchWith(row.open);
      say(bench, row);
      bench.clock.advance(30_000);
      const house = IN_MATRIX.has(form) ? "2" : "1";
      const after = row.open.map((reference) => [reference, stateOf(bench, reference, house)]);
      const expected = row.open.map((reference) => [reference, reference === row.of ? row.as : "asked"]);
      expect(after).toEqual(expected);
      expect(bench.texts().some((text) => text.startsWith("Which one?"))).toBe(row.back ?? false);
    },
  );

  it("come in every form, and from no form alone", () => {
    expect(new Set(answers.map(({ form }) => form))).toEqual(new Set(FORMS));
    expect(answers.filter(({ back }) => back).length).toBeGreaterThan(4);
  });
});
