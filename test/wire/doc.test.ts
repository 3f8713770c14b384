// docs/wire.md is what other implementations are written from: its tables are the code's, its examples decode.

import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { fromHex } from "#base/bytes.ts";
import { decodeAnyForm } from "#wire/envelope.ts";
import {
  demandTable,
  refusalTable,
  serviceTable,
  taxonomyTable,
  typeTables,
  unitTable,
} from "#test/wire/doc-tables.ts";

const doc = readFileSync(new URL("../../docs/wire.md", import.meta.url), "utf8");

describe("docs/wire.md", () => {
  it.each([...typeTables, demandTable, refusalTable, taxonomyTable, unitTable, serviceTable])(
    "has the table %#",
    (table) => {
      expect(doc.includes(table)).toBe(true);
    },
  );

  it("has examples that decode", () => {
    const blocks = [...doc.matchAll(/```hex\n([\s\S]*?)```/g)].map((match) => match[1]!);
    const decoded = blocks.map((block) => {
      const digits = block
        .split("\n")
        .map((line) => line.split(";")[0])
        .join("");
      const message = decodeAnyForm(fromHex(digits)!);
      return message.ok ? message.value : message.refusal;
    });
    expect(decoded).toEqual([
      { type: "check-in", status: "ok", people: 4 },
      { type: "need", ref: 1041, what: 7, urgency: "urgent", household: "14" },
      { type: "check-in", status: "need", people: 4, rollCall: 17, household: "27", needs: [0, 1], animals: 1 },
      { type: "roll-call", ref: 17, zones: [3], within: 30, question: "All well?" },
      {
        type: "list",
        households: [
          { household: "2", status: "ok", people: 2 },
          { household: "3", status: "need", people: 4 },
          { household: "16a", status: "unknown" },
        ],
        rollCall: 17,
      },
      { type: "digest", rollCall: 33, revision: 5120, households: { of: 12, heard: [0, 1, 2, 4, 7, 8, 10] }, zone: 3 },
      { type: "page", ref: 5, tree: 1, step: 2, text: "Go! ", urgency: "urgent", within: 15, members: [4, 9, 17] },
      { type: "journal", gateway: 2, sequence: 4711, entry: { type: "claim", ref: 1041, member: 23 } },
    ]);
  });
});
