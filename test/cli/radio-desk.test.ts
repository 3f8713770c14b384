// What the running service hands to its radio for the command line, and what it does when a visitor does not finish.

import { describe, expect, it } from "vitest";
import { VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { RADIO_EXCHANGE, RadioDesk } from "#cli/radio/desk.ts";
import { RadioEdit } from "#cli/radio/edit.ts";
import { ASK, everyQuestion, isQuestion, ORDER, verbIn } from "#radio/admin.ts";
import { aNumber, aPart } from "#radio/bare.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

describe("what may go to the radio", () => {
  it.each([
    ["a factory reset (AdminMessage 94)", base64(aNumber(94, 1))],
    ["another factory reset (99)", base64(aNumber(99, 1))],
    ["a shutdown (98)", base64(aNumber(98, 1))],
    ["an order behind a question", base64(Buffer.concat([ASK.owner().message, aNumber(94, 1)]))],
    ["an answer", base64(aNumber(4, 1))],
    ["nothing", ""],
    ["no text", 7],
    ["no message", base64(Uint8Array.of(0xff, 0xff, 0xff))],
    ["more than a packet holds", base64(aPart(36, new Uint8Array(233)))],
  ])("is not %s", async (_name, message) => {
    const desk = new RadioDesk(silentLog);
    desk.attach({
      ask: () => {
        throw new Error("it was handed over");
      },
    });
    const answer = desk.answer(RADIO_EXCHANGE, { message, until: "answer", visitor: "a" });
    await expect(answer).rejects.toThrow("no question or order");
  });

  it("is every question and every order of ours", () => {
    for (const { message } of everyQuestion()) expect(isQuestion(verbIn(message)!)).toBe(true);
    for (const { message } of [ORDER.begin(), ORDER.commit(), ORDER.reboot(1), ORDER.favourite(5 as never)])
      expect(isQuestion(verbIn(message)!)).toBe(false);
  });

  it("waits for a radio that is not ready", async () => {
    const answer = new RadioDesk(silentLog).answer(RADIO_EXCHANGE, { message: base64(ASK.owner().message) });
    await expect(answer).rejects.toThrow("The radio cannot be asked now: it is opening");
  });
});

function edit(away = false) {
  const clock = new VirtualClock(0);
  const asked: Uint8Array[] = [];
  const radio = { away };
  const ask = (message: Uint8Array): number | undefined => (radio.away ? undefined : asked.push(message));
  return { clock, asked, radio, edit: new RadioEdit({ clock, log: silentLog, ask }) };
}

describe("a change that is under way", () => {
  it("keeps a second visitor's orders away until it is committed; questions pass", () => {
    const { edit: under, clock, asked } = edit();
    under.admit("a", "begin");
    expect(() => under.admit("b", "begin")).toThrow("Somebody else");
    expect(() => under.admit("b", "reboot")).toThrow("Somebody else");
    under.admit("b", "ownerRequest");
    under.admit("a", "commit");
    under.taken("commit");
    under.admit("b", "begin");
    under.over();
    clock.advance(60_000);
    expect(asked).toEqual([]);
  });

  it("that nobody finishes is undone by a restart, as soon as the radio is there", () => {
    const { edit: under, clock, asked, radio } = edit(true);
    under.admit("a", "begin");
    clock.advance(29_000);
    under.admit("a", "setConfig");
    clock.advance(29_000);
    under.admit("b", "ownerRequest");
    expect(() => under.admit("b", "begin")).toThrow("Somebody else");
    clock.advance(2_000);
    radio.away = false;
    expect(asked).toEqual([]);
    clock.advance(31_000);
    expect(asked).toEqual([ORDER.reboot(1).message]);
    under.admit("b", "begin");
  });

  it("is undone when the service stops", () => {
    const { edit: under, asked } = edit();
    under.undo();
    expect(asked).toEqual([]);
    under.admit("a", "begin");
    under.undo();
    expect(asked).toEqual([ORDER.reboot(1).message]);
  });
});
