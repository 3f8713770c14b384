// The board of a roll call and the card of a call for help, in a real browser: they are drawn, they can be read, and nothing
// that residents called themselves or said runs there.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { Bench, isCard, OPS, START, US } from "#test/harness/gateway.ts";
import { picturesOf, printPage, textOfPdf } from "#test/harness/pictures.ts";
import { timelinePage } from "#test/harness/timeline-page.ts";

const NASTY = `<img src=x onerror="document.title='touched'">`;
const SCRIPT = "<script>document.body.textContent='touched'</script>";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-board-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** Two zones of twelve, a roll call that half have answered, and a call for help. */
function street(): Bench {
  const bench = new Bench().ready();
  bench.store.transaction(() => {
    for (let n = 1; n <= 24; n++) {
      const house = String(10 + n);
      setHousehold(bench.store, { ...emptyHousehold(house), zone: n <= 12 ? 1 : 2, people: 3 }, START);
      const name = n === 1 ? `Ana Ruíz ${NASTY}` : `Name ${n}`;
      const member = addMember(bench.store, { name, house, role: "resident", matrix: [] }, START);
      bindRadio(bench.store, { node: nodeNum(0x10000000 + n), publicKey: KEY(n), member }, START);
      if (n === 1) setZone(bench.store, { number: 1, name: "Elm Street North", captain: member }, START);
    }
    setZone(bench.store, { number: 2, name: "Oak Lane" }, START);
  });
  const say = (n: number, text: string): void => {
    bench.hear(nodeNum(0x10000000 + n), text, { to: US, pkiEncrypted: true, publicKey: KEY(n) });
  };
  bench.write("!roll open", { room: OPS });
  bench.clock.advance(30_000);
  for (const n of [1, 2, 4, 5, 7, 8, 13, 14, 16, 17, 19]) say(n, "ok 3");
  say(3, `need insulin ${SCRIPT}`);
  say(15, "need water for two days");
  say(20, "evacuated to school");
  say(9, `sos my husband fell ${NASTY}`);
  bench.write("!set 22 ok seen at the school", { room: OPS });
  bench.clock.advance(60_000);
  return bench;
}

it("draws the board and the card, and runs nothing", () => {
  const bench = street();
  const latest = (fits: (body: string) => boolean): string => {
    const { content } = bench.asked.findLast((send) => send.room === OPS && fits(String(send.content["body"])))!;
    const words = (content["m.new_content"] ?? content) as { formatted_body: string };
    return words.formatted_body;
  };
  const page = timelinePage([
    { sender: "Muster", formattedBody: latest(isCard) },
    { sender: "Muster", formattedBody: latest((body) => /^(\* )?Roll call r1: /.test(body)) },
  ]);
  const file = join(folder, "board.pdf");
  // The title is looked at by a script of the page's own, at its end.
  printPage(`${page}<p>title: <script>document.write(document.title)</script></p>`, file);
  const text = textOfPdf(file).replaceAll(/\s+/g, " ");
  expect(text).toContain("title: untouched");
  expect(text).toContain("<img src=x");
  expect(text).toMatch(/CALL FOR HELP k\d+ · house 19/);
  expect(text).toContain("Roll call r1: 16 of 24 accounted for");
  expect(text).toMatch(/Elm Street North .* 7 of 12 OK ⚪ 3 SILENT: 16 · 20 · 21 🟠 1 NEED: 13 insulin/);
  const [picture] = picturesOf(file);
  expect(picture!.dark).toBeGreaterThan(0.01);
  expect(picture!.light).toBeGreaterThan(0.7);
});
