// What the neighbourhood knows, on a handheld and in Matrix: one packet at a time, in the reader's language.

import { describe, expect, it } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import { isoTime } from "#base/calendar.ts";
import { importKnowledge, KNOWLEDGE_DESK } from "#gateway/knowledge/desk.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { pagesOf } from "#gateway/knowledge/pages.ts";
import { openItems } from "#store/aid.ts";
import { addMember, setHousehold } from "#store/people.ts";
import { attendanceOf, listTrained } from "#store/calendar.ts";
import { forgetHousehold } from "#store/forget.ts";
import { MAX_SIGNED_TEXT } from "#wire/limits.ts";
import { ANA, BEN, Bench, DIRECT, EVERYONE, OPS, START, STREET } from "#test/harness/gateway.ts";
import { communityFiles } from "#test/harness/knowledge.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const SERVICES = [
  { name: "wiki", owner: "Ana (14)", deputy: "Ben (20)", check: "http://127.0.0.1:1/" },
  { name: "matrix", owner: "Eva (3)", check: "tcp://127.0.0.1:8008" },
  { name: "power", owner: "Ben (20)" },
];

function knowing(language: "en" | "es" = "en"): Bench {
  const node = { name: "Elm Street", timezone: "Europe/Lisbon", language };
  const bench = new Bench({ node, services: SERVICES }).ready();
  expect(bench.pump.ask((turn) => importKnowledge(turn, communityFiles(), false))).toMatchObject({
    ok: true,
    procedures: 30,
    added: 60,
  });
  return bench;
}

/** What a radio is answered to a text, after its acknowledgement. */
function ask(bench: Bench, text: string, from: NodeNum = ANA): string {
  const before = bench.sent.length;
  bench.hear(from, text, DIRECT);
  bench.clock.advance(5_000);
  const answers = bench.sent.slice(before).filter(({ to }) => to === from);
  for (const { packetId } of answers) bench.routing(from, packetId, 0);
  expect(answers, `one answer to "${text}"`).toHaveLength(1);
  const said = Buffer.from(answers[0]!.payload).toString();
  expect(utf8Length(said)).toBeLessThanOrEqual(MAX_SIGNED_TEXT);
  bench.clock.advance(MINUTE);
  return said;
}

function desk(bench: Bench, verb: string, args: Record<string, unknown> = {}): Record<string, unknown> {
  return bench.pump.ask((turn) => KNOWLEDGE_DESK[verb]!.answer(turn, args)) as Record<string, unknown>;
}

describe.each([
  ["en", "more", "reply MORE"],
  ["es", "más", "responde MAS"],
] as const)("procedures by radio (%s)", (language, more, hint) => {
  it("are all reached from info in at most three messages, one packet each", () => {
    const bench = knowing(language);
    const names = communityFiles()
      .filter(({ path, text }) => path.endsWith(`.${language}.md`) && text.includes("audience: everyone"))
      .map(({ text }) => /^name: (.*)$/m.exec(text)![1]!);
    const first = ask(bench, "info");
    const listed = new Set(`${first} ${ask(bench, more)}`.split(/\s+/));
    expect(names.filter((name) => !listed.has(name))).toEqual([]);
    for (const name of names) {
      const { text } = communityFiles().find(
        (file) => file.path.endsWith(`.${language}.md`) && file.text.includes(`\nname: ${name}\n`),
      )!;
      expect(ask(bench, `info ${name}`)).toContain(/^summary: (.*)$/m.exec(text)![1]!);
    }
    expect(first).toContain(hint);
    expect(bench.bodies(OPS)).toEqual([]);
  });
});

describe("procedures", () => {
  it("go on with more, and forgive typos", () => {
    const bench = knowing();
    const first = ask(bench, "Info watr?");
    expect(first).toMatch(/^Boil water 1 minute.* \(more: reply MORE\)$/);
    expect(ask(bench, "more")).toContain("1. Let cloudy water settle");
  });

  it("answer in the language that was asked in, where none was chosen", () => {
    expect(ask(knowing(), "info agua")).toContain("Hierve el agua");
  });

  it("are kept from those they are not meant for", () => {
    const bench = knowing();
    expect(ask(bench, "info")).not.toContain("shelter");
    expect(ask(bench, "info shelter")).not.toContain("Two keys");
  });

  it("give way to a call for help", () => {
    const bench = knowing();
    bench.hear(ANA, "info sos", DIRECT);
    bench.clock.advance(5_000);
    expect(bench.bodies(OPS).join("\n")).toContain("info sos");
  });

  it("hand a question to people that no page answers", () => {
    const bench = knowing();
    expect(ask(bench, "info zeppelin")).toMatch(/^Nothing about "zeppelin". Stored 14:0\d, k\d+\. people will read it/);
    expect(bench.bodies(OPS).join("\n")).toContain("info zeppelin");
  });

  it("are refused as a whole where one is wrong", () => {
    const bench = knowing();
    const files = communityFiles().map((file) => (file.path === "water.en.md" ? { ...file, text: "" } : file));
    expect(bench.pump.ask((turn) => importKnowledge(turn, files, false))).toMatchObject({ ok: false, removed: 0 });
    expect(ask(bench, "info water")).toContain("Boil water");
  });

  it("are read in Matrix too, those for operators only in their room", () => {
    const bench = knowing();
    bench.write("!info agua");
    expect(bench.bodies(STREET).at(-1)).toContain("Hierve el agua");
    bench.write("!info");
    expect(bench.bodies(STREET).at(-1)).not.toContain("shelter");
    bench.write("!info shelter", { room: OPS });
    expect(bench.bodies(OPS).at(-1)).toContain("Two keys");
  });

  it("are asked for on a channel with !, and answered to the asker alone", () => {
    const bench = knowing();
    bench.hear(ANA, "!info water");
    bench.clock.advance(5_000);
    expect(bench.sent.at(-1)).toMatchObject({ to: ANA });
    bench.hear(BEN, "info about the water is on its way");
    bench.clock.advance(5_000);
    expect(bench.sent.filter(({ to }) => to === BEN)).toEqual([]);
  });
});

describe("shared services", () => {
  const seen = (bench: Bench, wiki: boolean): void => {
    const up = { up: true, reason: "" };
    bench.pump.report({
      kind: "services-seen",
      seen: [
        { name: "wiki", up: wiki, reason: wiki ? "" : "connection refused" },
        { name: "matrix", ...up },
      ],
    });
    bench.clock.advance(MINUTE);
  };

  it("are told in one packet, and a change once to those who asked", () => {
    const bench = knowing();
    seen(bench, true);
    expect(ask(bench, "services")).toBe("Up: wiki matrix. Not checked: power. You hear of the next change.");
    const before = bench.sent.length;
    seen(bench, false);
    expect(bench.sent).toHaveLength(before);
    seen(bench, false);
    expect(bench.texts().slice(before)).toEqual([
      expect.stringMatching(/^wiki is down since 14:\d\d\. Ask Ana \(14\), Ben \(20\)\.$/),
    ]);
    expect(bench.sent.at(-1)).toMatchObject({ to: ANA });
    expect(bench.bodies(OPS).at(-1)).toContain("wiki is down since");
    seen(bench, true);
    expect(bench.sent).toHaveLength(before + 1);
    expect(bench.bodies(OPS).at(-1)).toContain("wiki is up again");
  });

  it("fit one packet however many there are", () => {
    const services = Array.from({ length: 40 }, (_, n) => ({
      name: `service-number-${n}`,
      owner: "Ana",
      check: "clock",
    }));
    const bench = new Bench({ services }).ready();
    bench.pump.report({ kind: "services-seen", seen: services.map(({ name }) => ({ name, up: true, reason: "" })) });
    expect(ask(bench, "services")).toBe("Up: 40.");
  });

  it("say what is down first, and with whom to speak", () => {
    const bench = knowing("es");
    seen(bench, false);
    expect(ask(bench, "servicios")).toMatch(
      /^CAIDO wiki desde 14:\d\d \(Ana \(14\), Ben \(20\)\)\. En marcha: matrix\./,
    );
    bench.write("!services");
    expect(bench.bodies(STREET).at(-1)).toContain("CAIDO wiki");
    expect(desk(bench, "services")["services"]).toMatchObject([
      { name: "wiki", state: "down" },
      { state: "up" },
      { state: "unknown" },
    ]);
  });
});

describe("what was missed", () => {
  it("comes newest first, a packet at a time, without what was said to others alone", () => {
    const bench = knowing();
    for (let n = 1; n <= 8; n++) {
      bench.hear(BEN, `news number ${n} from the corner of the street`);
      bench.clock.advance(MINUTE);
    }
    bench.hear(BEN, "only for the gateway: I am in the attic", DIRECT);
    bench.write("coffee at the hall");
    bench.clock.advance(2 * HOUR);
    const pages = [ask(bench, "messages")];
    while (pages.at(-1)!.endsWith("(more: reply MORE)")) pages.push(ask(bench, "more"));
    const lines = pages
      .map((page) => page.replace(" (more: reply MORE)", ""))
      .join("\n")
      .split("\n");
    expect(lines[0]).toBe("9 on the channel, newest first:");
    expect(lines[1]).toMatch(/^14:\d\d Maria\[M\]: coffee at the hall$/);
    expect(lines[2]).toMatch(/^14:\d\d 2222: news number 8/);
    expect(lines.at(-1)).toContain("news number 1");
    expect(lines.join("\n")).not.toContain("attic");
    expect(ask(bench, "messages")).toMatch(/^Nothing new for you since \d\d:\d\d\.$/);
  });

  it("is in the inbox where it was said to this radio alone and never arrived", () => {
    const bench = knowing();
    bench.hear(ANA, "we are out of bread", DIRECT);
    bench.clock.advance(MINUTE);
    const root = bench.eventOf(bench.asked.find(({ content }) => String(content["body"]).includes("out of bread"))!);
    bench.write("Ben brings some at 5", {
      room: OPS,
      content: { "m.relates_to": { rel_type: "m.thread", event_id: root } },
    });
    bench.clock.advance(HOUR);
    expect(ask(bench, "inbox", BEN)).toMatch(/^Nothing new/);
    const before = bench.sent.length;
    bench.hear(ANA, "inbox", DIRECT);
    bench.clock.advance(10_000);
    expect(bench.texts().slice(before).join("\n")).toMatch(
      /1 for you, newest first:\n14:\d\d maria: Ben brings some at 5/,
    );
  });
});

function addPerson(bench: Bench): void {
  bench.pump.ask(({ store, now }) => {
    setHousehold(store, { ...emptyHousehold("3"), address: "3 Secret Lane" }, now);
    addMember(store, { name: "Eva Sol", house: "3", role: "resident", matrix: [] }, now);
  });
}

describe("the calendar", () => {
  const ics = (starts: number): string => {
    const stamp = (at: number): string => isoTime(at).replaceAll(/[-:]|\.\d+/g, "");
    return [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//test//EN",
      "BEGIN:VEVENT",
      "UID:drill-1@elm",
      `DTSTAMP:${stamp(START)}`,
      `DTSTART:${stamp(starts)}`,
      `DTEND:${stamp(starts + HOUR)}`,
      "SUMMARY:First aid for everybody",
      "LOCATION:School",
      "CATEGORIES:skill:first-aid",
      "END:VEVENT",
      "END:VCALENDAR",
    ].join("\r\n");
  };

  it("reminds on the air and in Matrix, is signed up for by one word, and feeds who can do what", () => {
    const bench = knowing();
    const starts = START + 30 * HOUR;
    expect(desk(bench, "calendar import", { ics: ics(starts) })).toEqual({ ok: true, added: 1, changed: 0, same: 0 });
    expect(desk(bench, "calendar import", { ics: ics(starts) })).toMatchObject({ added: 0, same: 1 });
    bench.clock.advance(5 * HOUR);
    expect(bench.sent).toEqual([]);
    bench.clock.advance(2 * HOUR);
    const words = "First aid for everybody, Mon 23.11. 20:02, School. Sign up: send join t1";
    expect(bench.texts()).toEqual([words]);
    expect(bench.sent[0]).toMatchObject({ to: EVERYONE });
    expect(bench.bodies(STREET)).toEqual([words]);
    expect(ask(bench, "join")).toBe("You are signed up for t1 First aid for everybody, Mon 23.11. 20:02.");
    expect(ask(bench, "calendar")).toContain("t1 Mon 23.11. 20:02 First aid for everybody");
    bench.write("!join t1");
    expect(bench.bodies(STREET).at(-1)).toContain("signed up for t1");
    bench.clock.advance(24 * HOUR);
    expect(bench.texts().filter((text) => text === words)).toHaveLength(2);
    expect(desk(bench, "calendar attend", { training: "t1", name: "Ana Ruiz" })).toMatchObject({
      ok: true,
      skill: "first-aid",
    });
    expect(listTrained(bench.store)).toMatchObject([{ name: "Ana Ruiz", skill: "first-aid", at: starts }]);
    expect(ask(bench, "join")).toContain("no such training");
    addPerson(bench);
    const attended = { training: "t1", name: "Eva Sol" };
    expect(desk(bench, "calendar attend", attended)).toMatchObject({ ok: true, registered: true });
    expect(desk(bench, "calendar attend", attended)).toMatchObject({ registered: true });
    expect(openItems(bench.store, ["skill"])).toMatchObject([{ owner: { name: "Eva Sol", house: "3" } }]);
    const page = bench.pump.ask(pagesOf).find(({ path }) => path === "pages/skills.md")!.text;
    expect(page).toContain("| first aid | Eva Sol |");
    expect(page).not.toContain("Secret Lane");
  });

  it("is forgotten with a household: nobody who was there is left in it", () => {
    const bench = knowing();
    desk(bench, "calendar import", { ics: ics(START + 30 * HOUR) });
    addPerson(bench);
    desk(bench, "calendar attend", { training: "t1", name: "Eva Sol" });
    desk(bench, "calendar attend", { training: "t1", name: "Ben" });
    bench.pump.ask(({ store, now }) => forgetHousehold(store, "3", now));
    expect(attendanceOf(bench.store, 1)).toMatchObject([{ name: "Ben" }]);
    const told = bench.store.all<{ body: string }>("SELECT body FROM journal WHERE kind = 'attendance'");
    expect(told.map(({ body }) => (JSON.parse(body) as { person: string }).person)).toEqual(["Ben"]);
  });

  it("says nothing of what was called off, nor while the clock is not to be believed", () => {
    const bench = knowing();
    const off = ics(START + 3 * HOUR).replace("LOCATION:School", "STATUS:CANCELLED");
    desk(bench, "calendar import", { ics: off });
    bench.clock.advance(4 * HOUR);
    expect(bench.sent).toEqual([]);
    expect(desk(bench, "calendar import", { ics: "no calendar" })).toMatchObject({ ok: false });
  });
});
