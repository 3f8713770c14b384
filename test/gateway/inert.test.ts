// A million names and texts from the mesh, through the content that is sent to Matrix: nothing active comes out.

import { expect, it } from "vitest";
import { nodeNum } from "#base/ids.ts";
import { below, pick, seededRandom, type Random } from "#base/random.ts";
import { learnNode } from "#store/world.ts";
import { contentFor } from "#gateway/matrix/shown.ts";
import { ghostName } from "#gateway/matrix/ghosts.ts";
import type { Turn } from "#gateway/turn.ts";
import { arrival, settings, START } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

/** Each with two names and a text. */
const ROUNDS = 333_334;
const PIECES = [
  ...Array.from(
    "<>&\"'/\\`*_[](){}#@!:;=-.%\n\t\r\0\u0007\u001b\u007f\u0085\u00ad\u061c\u200b\u200d\u200e\u200f\u2028\u202a\u202e\u2060\u2066\u2069\u3164\ufeff\ufffb",
  ),
  "<b>",
  "</b>",
  "<script>alert(1)</script>",
  "<img src=x onerror=1>",
  "@room",
  "@ROOM",
  "@ana:example.org",
  "@ana",
  "https://matrix.to/#/@ana:example.org",
  "matrix:u/ana:example.org",
  "MATRIX.TO",
  "@\u200broom",
  "@\u202eroom",
  ":example.org",
  "\u{e0041}",
  "\ud83d",
  "\ude00",
  "😀",
  "e\u0301",
  "👩‍👩‍👧",
  "ñ",
  "word",
  " ",
  "room",
  "ana",
  "matrix",
  ".to",
];
// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

function fuzzed(random: Random): string {
  let text = "";
  for (let n = below(random, 9); n >= 0; n--) text += pick(random, PIECES);
  return text;
}

it("no active HTML, mention, pill, bidi or control character in a million names and texts", () => {
  const seed = 20_261_122;
  const random = seededRandom(seed);
  const store = openStore(":memory:");
  const turn: Turn = { store, settings: settings(), now: START, wall: START, random };
  const node = nodeNum(7);
  const place = {
    uplink: "s",
    room: "!r",
    prefixFormat: "[{long3}/{short}/{mesh}]: ",
    ghosts: false,
    thread: true,
    operators: false,
  };
  const packet = arrival(node, "").packet;
  const wrong = (text: string, content: Record<string, unknown>, name: string): string | undefined => {
    const body = content["body"] as string;
    for (const shown of [body, name, content["meshtastic_longname"], content["meshtastic_text"]] as string[]) {
      if (HIDDEN.test(shown)) return "a hidden character";
      if (!shown.isWellFormed()) return "a lone surrogate";
      if (/@room\b/i.test(shown) || /@[^\s@:]+:[^\s@]/.test(shown)) return "a mention";
      if (/matrix\.to/i.test(shown) || /matrix:\S/i.test(shown)) return "a pill";
    }
    if ("formatted_body" in content || "format" in content) return "markup";
    return JSON.stringify(content["m.mentions"]) === "{}" ? undefined : `mentions for ${text}`;
  };
  const found: string[] = [];
  for (let n = 0; n < ROUNDS && found.length === 0; n++) {
    learnNode(store, node, { longName: fuzzed(random), shortName: fuzzed(random) });
    const text = fuzzed(random);
    const content = contentFor(turn, { packet, text, portnum: 1, conflict: false }, place, "chat");
    const what = wrong(text, content, ghostName(turn, node));
    if (what !== undefined) found.push(`seed ${seed}, round ${n}: ${what} in ${JSON.stringify(content)}`);
  }
  expect(found).toEqual([]);
}, 300_000);
