import { describe, expect, it } from "vitest";
import { html } from "#base/html.ts";
import { EDIT_EVERY, keepBoard, tellThread } from "#gateway/matrix/board.ts";
import type { MatrixSend } from "#gateway/inputs.ts";
import { Bench, OPS, STREET, uplink } from "#test/harness/gateway.ts";

const PLACE = { uplink: "street", room: OPS };
const keep = (bench: Bench, body: string, key = "r1"): void => {
  bench.pump.ask((turn) => keepBoard(turn, PLACE, key, { body, html: html`<b>${body}</b>` }));
  bench.settle();
};

interface Shown {
  readonly body: string;
  readonly of: string | undefined;
  readonly thread: string | undefined;
}

/** What the room was asked to show, oldest first. */
function shown(bench: Bench): Shown[] {
  return bench.asked
    .filter(({ room, type }) => room === OPS && type === "m.room.message")
    .map(({ content }) => {
      const relates = (content["m.relates_to"] ?? {}) as { rel_type?: string; event_id?: string };
      const words = (content["m.new_content"] ?? content) as { body: string };
      return {
        body: words.body,
        of: relates.rel_type === "m.replace" ? relates.event_id : undefined,
        thread: relates.rel_type === "m.thread" ? relates.event_id : undefined,
      };
    });
}

describe("a board", () => {
  it("is one message that is edited in place, at most once in a while, with the newest words", () => {
    const bench = new Bench().ready();
    keep(bench, "1 silent");
    const event = bench.lastEvent();
    for (const n of [2, 3, 4]) keep(bench, `${n} silent`);
    expect(shown(bench)).toEqual([{ body: "1 silent", of: undefined, thread: undefined }]);
    bench.clock.advance(EDIT_EVERY);
    bench.clock.advance(10 * EDIT_EVERY);
    expect(shown(bench).slice(1)).toEqual([{ body: "4 silent", of: event, thread: undefined }]);
    keep(bench, "4 silent");
    bench.clock.advance(10 * EDIT_EVERY);
    expect(shown(bench)).toHaveLength(2);
    expect(bench.asked.at(-1)!.content).toMatchObject({
      body: "* 4 silent",
      "m.mentions": {},
      "m.new_content": { formatted_body: "<b>4 silent</b>", "m.mentions": {} },
    });
  });

  it("waits for its event, and then shows what it has become", () => {
    const bench = new Bench().ready();
    bench.serverTakes = false;
    keep(bench, "1");
    keep(bench, "2");
    expect(shown(bench)).toHaveLength(1);
    bench.serverTakes = true;
    const [send] = bench.asked;
    bench.pump.report({
      kind: "matrix-outcome",
      sendId: send!.sendId,
      outcome: { is: "delivered", eventId: "$board" },
    });
    bench.clock.advance(2 * EDIT_EVERY);
    expect(shown(bench).at(-1)).toEqual({ body: "2", of: "$board", thread: undefined });
  });

  it("leaves only the newest to say while its homeserver is away, and is not doubled by a restart", () => {
    const bench = new Bench().ready();
    keep(bench, "before");
    const event = bench.lastEvent();
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "away" });
    bench.clock.advance(2 * EDIT_EVERY);
    keep(bench, "a", "r2");
    for (let n = 0; n < 30; n++) {
      keep(bench, `now ${n}`);
      keep(bench, `other ${n}`, "r2");
      bench.clock.advance(EDIT_EVERY);
    }
    bench.pump.stop();
    bench.boot("boot-2");
    bench.ready();
    bench.clock.advance(10 * EDIT_EVERY);
    const after = shown(bench).filter(({ body }) => /^(now|other|a)/.test(body));
    expect(after.toSorted((a, b) => a.body.localeCompare(b.body))).toEqual([
      { body: "now 29", of: event, thread: undefined },
      { body: "other 29", of: undefined, thread: undefined },
    ]);
  });

  it("says the same request again when a restart cut it off", () => {
    const bench = new Bench().ready();
    bench.serverTakes = false;
    keep(bench, "1");
    keep(bench, "2");
    bench.pump.stop();
    bench.boot("boot-2");
    bench.serverTakes = true;
    bench.ready();
    bench.clock.advance(3 * EDIT_EVERY);
    const txns = bench.asked.filter(({ room }) => room === OPS).map(({ txnId }) => txnId);
    expect(new Set(txns).size).toBe(2);
    expect(shown(bench).at(-1)!.body).toBe("2");
  });

  it("heads a thread of its own messages, in either mode", () => {
    for (const mode of ["bot", "appservice"] as const) {
      const bench = new Bench({ uplinks: [uplink({ mode })] }).ready();
      bench.pump.ask((turn) => {
        keepBoard(turn, PLACE, "r1", { body: "board" });
        tellThread(turn, PLACE, "r1", "first");
        tellThread(turn, PLACE, "r1", "loud", { loud: true });
        keepBoard(turn, PLACE, "r1 zone 1", { body: "zone 1" }, { thread: "r1" });
      });
      bench.clock.advance(EDIT_EVERY);
      const [board, ...rest] = shown(bench);
      const root = bench.eventOf(bench.asked.find(({ content }) => content["body"] === "board")!);
      expect(board).toEqual({ body: "board", of: undefined, thread: undefined });
      expect(rest).toEqual(["first", "loud", "zone 1"].map((body) => ({ body, of: undefined, thread: root })));
      const rung = bench.asked.find(({ content }) => content["body"] === "loud")!;
      expect(rung.content).toMatchObject({ msgtype: "m.text", "m.mentions": { room: true } });
      // An operator's word in this thread is for nobody's radio.
      bench.write("seen him", { room: OPS, content: { "m.relates_to": { rel_type: "m.thread", event_id: root } } });
      bench.clock.advance(EDIT_EVERY);
      expect(bench.texts()).toEqual([]);
    }
  });

  it("tries its next words when a homeserver refused the last", () => {
    const bench = new Bench().ready();
    bench.answer = (send: MatrixSend) =>
      send.content["body"] === "bad" ? { is: "refused", reason: "no" } : { is: "delivered", eventId: "$good" };
    keep(bench, "bad");
    keep(bench, "good");
    keep(bench, "better");
    bench.clock.advance(2 * EDIT_EVERY);
    expect(shown(bench)).toEqual([
      { body: "bad", of: undefined, thread: undefined },
      { body: "good", of: undefined, thread: undefined },
      { body: "better", of: "$good", thread: undefined },
    ]);
  });

  it("is edited by the user who wrote it, though another way into the room is open", () => {
    const uplinks = [uplink(), uplink({ name: "other", matrixRooms: [{ ...uplink().matrixRooms[0]!, id: STREET }] })];
    const bench = new Bench({ uplinks }).ready();
    keep(bench, "1");
    bench.pump.report({ kind: "uplink-state", uplink: "street", state: "down", reason: "away" });
    bench.clock.advance(2 * EDIT_EVERY);
    keep(bench, "2");
    bench.clock.advance(2 * EDIT_EVERY);
    expect(shown(bench)).toHaveLength(1);
    bench.online();
    bench.clock.advance(2 * EDIT_EVERY);
    expect(shown(bench)).toHaveLength(2);
    expect(bench.asked.at(-1)!.uplink).toBe("street");
  });
});

describe("HTML", () => {
  it("has no markup but that of the template", () => {
    const name = `<img src=x onerror=alert(1)>&"'`;
    expect(html`<p>${name} ${3} ${[html`<b>${"<"}</b>`, html`<i></i>`]}</p>`.markup).toBe(
      "<p>&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39; 3 <b>&lt;</b><i></i></p>",
    );
  });
});
