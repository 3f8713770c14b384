import { describe, expect, it } from "vitest";
import { utf8Length } from "#base/bytes.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { homesNow, surveyOf } from "#gateway/welfare/survey.ts";
import { surveyWords } from "#gateway/welfare/survey-words.ts";
import { addMember, setHousehold, setZone } from "#store/people.ts";
import { addFact, type NewFact } from "#store/welfare.ts";
import { Bench, START } from "#test/harness/gateway.ts";

const NASTY = `<script>alert(1)</script>&"' @room [x](https://evil.example) **b**`;

function said(bench: Bench, house: string, over: Partial<NewFact>): void {
  addFact(bench.store, {
    at: START,
    clockSure: true,
    house,
    by: "Ana",
    source: "self",
    means: "text",
    trust: "pinned",
    status: "ok",
    needs: [],
    ...over,
  });
}

function words(bench: Bench) {
  return bench.pump.ask((turn) => surveyWords(turn, ["r7 “Are you OK?”"], surveyOf(turn, homesNow(turn)), ["foot"]));
}

describe("the survey as a message", () => {
  it("lists by zone the silent first, then needs, urgent and accounted", () => {
    const bench = new Bench();
    bench.store.transaction(() => {
      for (let n = 1; n <= 8; n++)
        setHousehold(bench.store, { ...emptyHousehold(String(n)), ...(n === 8 ? {} : { zone: n < 5 ? 1 : 2 }) }, START);
      const captain = addMember(bench.store, { name: "Ben", house: "1", role: "captain", matrix: [] }, START);
      setZone(bench.store, { number: 1, name: "Elm", captain }, START);
      said(bench, "1", {});
      said(bench, "2", { status: "need", needs: [0], note: "roof leaks" });
      said(bench, "3", { status: "urgent", trust: "public", source: "neighbour", by: "Ben" });
      said(bench, "5", { status: "evacuated", place: "school" });
    });
    expect(words(bench).body).toBe(
      [
        "r7 “Are you OK?”",
        "⚪ 4 SILENT · 🟠 1 NEED · 🔴 1 URGENT · 🟢 2 OK",
        "",
        "Elm (Ben) · 1 of 4 OK",
        "⚪ 1 SILENT: 4",
        "🟠 1 NEED: 2 water “roof leaks” 14:02",
        "🔴 1 URGENT: 3 14:02 Ben ⚠",
        "🟢 1 OK: 1",
        "",
        "Zone 2 · 1 of 3 OK",
        "⚪ 2 SILENT: 6, 7",
        "🟢 1 OK: 5 → school",
        "",
        "In no zone · 0 of 1 OK",
        "⚪ 1 SILENT: 8",
        "",
        "foot",
      ].join("\n"),
    );
    expect(words(bench).html!.markup).toContain("<li>⚪ <b>2 SILENT:</b> <b>6</b> · <b>7</b></li>");
  });

  it("is inert, whatever people are called and say", () => {
    const bench = new Bench();
    bench.store.transaction(() => {
      setHousehold(bench.store, { ...emptyHousehold("1"), zone: 1 }, START);
      const captain = addMember(bench.store, { name: NASTY, house: "1", role: "captain", matrix: [] }, START);
      setZone(bench.store, { number: 1, name: NASTY, captain }, START);
      said(bench, "1", { status: "need", note: NASTY, by: NASTY, source: "neighbour" });
    });
    const { body, html } = words(bench);
    expect(body).not.toContain("@room");
    expect(html!.markup).not.toMatch(/<script|@room|\son\w+=|<a\b/);
    expect(html!.markup.replaceAll(/<\/?(h4|h5|p|b|br|ul|li|i) ?\/?>/g, "")).not.toMatch(/[<>]/);
  });

  it("fits an event with a thousand households, and still counts them all", () => {
    const bench = new Bench();
    bench.store.transaction(() => {
      for (let n = 1; n <= 1000; n++) {
        const house = String(n);
        setHousehold(bench.store, { ...emptyHousehold(house), zone: Math.ceil(n / 15) }, START);
        if (n % 2 === 0) said(bench, house, { status: n % 4 === 0 ? "need" : "ok", note: "x".repeat(200) });
      }
    });
    const { body, html } = words(bench);
    expect(utf8Length(body) + utf8Length(html!.markup)).toBeLessThanOrEqual(14_000);
    expect(body).toContain("⚪ 500 SILENT · 🟠 250 NEED");
  });
});
