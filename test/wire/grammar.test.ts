import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { distressOf, isDistress } from "#wire/grammar/distress.ts";
import type { Context, Intention, Question } from "#wire/grammar/intention.ts";
import { LANGUAGES } from "#wire/grammar/languages.ts";
import { parse } from "#wire/grammar/parse.ts";
import { reachesHuman, replyTo, type ReplyFacts } from "#wire/grammar/reply.ts";

interface Utterance extends Partial<Omit<Intention, "distress">> {
  readonly said: string;
  readonly kind: Intention["kind"];
  readonly asked?: readonly string[];
  readonly to?: string;
  readonly distress?: boolean;
  /** Taken for distress, and none. */
  readonly falseCall?: true;
}

interface Table {
  readonly about: string;
  readonly context: {
    readonly who: "resident" | "captain";
    readonly direct?: boolean;
    /** All are calls for help. */
    readonly distress?: boolean;
    /** All are heard as distress, some only because they are said to the gateway itself. */
    readonly loud?: boolean;
    /** None may be understood as one of these. */
    readonly never?: readonly Intention["kind"][];
  };
  readonly utterances: readonly Utterance[];
}

const FOLDER = new URL("../vectors/utterances/", import.meta.url);
const TABLES: readonly Table[] = readdirSync(FOLDER)
  .toSorted()
  .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Table);

const HOUSES = new Set(["12", "14", "16", "16a", "18", "20"]);
const KINDS: Readonly<Record<string, Question["kind"]>> = { r: "roll-call", p: "page", a: "expiry" };
const questionOf = (text: string): Question =>
  text === "help" ? { kind: "help", reference: "" } : { kind: KINDS[text[0]!]!, reference: text };

function contextOf(table: Table["context"], utterance: Partial<Utterance> = {}): Context {
  const to = utterance.to;
  return {
    fallback: "en",
    isHouse: (house) => HOUSES.has(house),
    household: "14",
    direct: table.direct ?? true,
    names: ["ELM"],
    open: (utterance.asked ?? []).map(questionOf),
    ...(table.who === "captain" ? { speaksFor: HOUSES } : {}),
    ...(to === undefined ? {} : { repliesTo: to === "person" ? ("person" as const) : questionOf(to) }),
  };
}

const FACTS: ReplyFacts = {
  captain: false,
  unknown: [],
  callOpen: true,
  open: ["r7", "p5"],
  stored: "Stored 14:02, k9999.",
};

const isCall = ({ context }: Table, { distress, falseCall, kind }: Utterance): boolean =>
  distress ?? context.distress ?? context.loud ?? (kind === "sos" && !falseCall);

describe("utterances", () => {
  for (const table of TABLES) {
    test.each(table.utterances.map((utterance) => [utterance.said, utterance] as const))(
      `${table.about} %j`,
      (said, utterance) => {
        const { said: _said, asked: _asked, to: _to, distress: loud, falseCall, ...expected } = utterance;
        const intention = parse(said, contextOf(table.context, utterance));
        expect(intention).toMatchObject(expected);
        const loudly = loud ?? falseCall ?? table.context.distress ?? table.context.loud ?? false;
        expect(intention.distress === "none" && loudly).toBe(false);
        expect(table.context.never ?? []).not.toContain(intention.kind);
        expect(reachesHuman(intention) || !(loudly || table.context.never)).toBe(true);
      },
    );
  }

  it("are answered in the language they are written in, by far the most of them", () => {
    for (const code of ["en", "es"]) {
      const table = TABLES.find(({ about }) =>
        about.endsWith(code === "en" ? "English. All loud." : "Spanish. All loud."),
      )!;
      const others = table.utterances.filter(({ said }) => parse(said, contextOf(table.context)).language !== code);
      expect(others.length).toBeLessThan(table.utterances.length * 0.06);
    }
  });

  it("are at least three hundred; no call for help among them is missed; false calls are counted", () => {
    const all = TABLES.flatMap((table) => table.utterances.map((utterance) => ({ table, utterance })));
    expect(all.length).toBeGreaterThanOrEqual(300);
    const calls = all.filter(({ table, utterance }) => isCall(table, utterance));
    const heard = ({ table, utterance }: (typeof all)[number]): boolean =>
      parse(utterance.said, contextOf(table.context, utterance)).distress !== "none";
    expect(calls.filter((each) => !heard(each)).map(({ utterance }) => utterance.said)).toEqual([]);
    const anywhere = calls.filter(({ table }) => table.context.distress);
    expect(anywhere.filter(({ utterance }) => !isDistress(1, utterance.said))).toEqual([]);
    const others = all.filter((each) => !calls.includes(each));
    const falseCalls = others.filter(heard);
    expect(falseCalls.filter(({ utterance }) => !utterance.falseCall).map(({ utterance }) => utterance.said)).toEqual(
      [],
    );
    process.stdout.write(
      `utterances: ${all.length}; calls for help ${calls.length}, missed 0; false calls ${falseCalls.length} of ${others.length}: ` +
        `${falseCalls.map(({ utterance }) => JSON.stringify(utterance.said)).join(" ")}\n`,
    );
  });
});

// The contract's words (Classes): never fewer than these.
const CONTRACT = ["sos", "help", "helpme", "mayday", "emergency", "urgent", "911", "112", "999", "ayuda", "socorro"];
const WORDS = [
  ...CONTRACT,
  ...LANGUAGES.flatMap(({ distress }) => [...distress.call, ...distress.ask, ...distress.danger]),
];
const surrounding = fc.string({ unit: "grapheme", maxLength: 60 });
const spoken = fc.array(
  fc.constantFrom("ok", "4", "house", "no", "not", "the", "12", "and", "my", "water", "!", "/", "?"),
  { maxLength: 8 },
);

describe("any text", () => {
  it("has an intention and, where it has a reply, one that fits a packet", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          surrounding,
          fc.string({ unit: "binary", maxLength: 120 }),
          spoken.map((words) => words.join(" ")),
        ),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom("en", "es", "de", undefined),
        (text, direct, captain, language) => {
          const context = {
            ...contextOf({ who: captain ? "captain" : "resident", direct }),
            ...(language === undefined ? {} : { language }),
          };
          const intention = parse(text, context);
          const reply = replyTo(intention, { ...FACTS, captain, unknown: intention.households });
          expect(utf8Length(reply ?? "")).toBeLessThanOrEqual(166);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("with a word of distress in it is distress, wherever the word stands and whatever is around it", () => {
    fc.assert(
      fc.property(surrounding, fc.constantFrom(...WORDS), surrounding, fc.nat(4), (before, word, after, shape) => {
        const typed = [word, word.toUpperCase(), `${word}!!!`, `¡${word}`, word.normalize("NFD")][shape]!;
        expect(distressOf(`${before} ${typed} ${after}`)).not.toBe("none");
      }),
      { numRuns: 3_000 },
    );
  });

  it("with a word of distress in it reaches people and is never booked as well", () => {
    fc.assert(
      fc.property(spoken, fc.constantFrom(...CONTRACT), spoken, (before, word, after) => {
        const intention = parse([...before, word, ...after].join(" "), contextOf({ who: "captain" }));
        expect(reachesHuman(intention)).toBe(true);
        expect(["life", "urgent"]).toContain(intention.urgency);
        expect(["ok", "evacuated", "chat", "unclear"]).not.toContain(intention.kind);
      }),
      { numRuns: 3_000 },
    );
  });

  it("keeps its urgency when something reassuring is added", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("need insulin", "urgent roof gone", "not ok", "no water"),
        fc.constantFrom(" ok", " all fine", ", 4 people"),
        (said, more) => {
          const weight = { ordinary: 0, soon: 1, urgent: 2, life: 3 };
          const context = contextOf({ who: "resident" });
          expect(weight[parse(said + more, context).urgency]).toBeGreaterThanOrEqual(
            weight[parse(said, context).urgency],
          );
        },
      ),
    );
  });
});

describe("replies", () => {
  it("fit one packet for a captain's longest list, and still say how many", () => {
    const list = Array.from({ length: 55 }, (_, index) => String(200 + index)).join(" ");
    const intention = parse(`ok ${list}`, contextOf({ who: "captain" }));
    expect(intention.households).toHaveLength(55);
    const reply = replyTo(intention, { ...FACTS, captain: true })!;
    expect(utf8Length(reply)).toBeLessThanOrEqual(166);
    expect(reply).toContain("(55)");
  });

  it("repeat what a captain's lone number was taken for", () => {
    const intention = parse("ok 12", contextOf({ who: "captain" }));
    expect(replyTo(intention, { ...FACTS, captain: true, callOpen: false })).toBe(
      "Booked: house 12 OK. Meant 12 people? send: ok 12p",
    );
  });

  it("are complete in every language and fit", () => {
    const words = LANGUAGES.flatMap(({ replies }) => Object.values(replies) as unknown[]).filter(
      (each) => typeof each === "string",
    );
    expect(words.filter((each) => each === "" || utf8Length(each) > 166)).toEqual([]);
  });
});
