// Mutual aid in rooms: reactions on the cards, and commands. What is shown follows the room's marks.

import { AID_KINDS, type AidKind, type Item, type Wanted } from "#domain/aid/aid.ts";
import { byUrgency } from "#domain/aid/matching.ts";
import { itemRow, openItems } from "#store/aid.ts";
import { listMembers } from "#store/people.ts";
import { itemLine, type May } from "./board.ts";
import { drop, finish, stepBack, take, type Done } from "./deals.ts";
import { did, itemNamed, MOST_SUPPLIERS } from "./desk.ts";
import { airName, partyOfHouse, refOf, type Doer } from "./people.ts";
import { suppliers } from "./watch.ts";
import { standingOf, wantedIn } from "./by-radio.ts";
import { mayShow } from "#gateway/matrix/places.ts";
import type { Turn } from "#gateway/turn.ts";
import { writerNames, type Written } from "#gateway/matrix/written.ts";
import type { Asked, Command, Acting } from "#gateway/matrix/command.ts";

const AID_ROOM_WORDS = {
  usage: "Write !aid, !aid take a31, !aid done a31, !aid drop a31 or !aid match a31.",
  unknown: (reference: string) => `There is no open ${reference.slice(0, 12)}; !aid lists what is open.`,
  none: "Nothing is open.",
  nobody: (reference: string) => `Nobody is known who could help with ${reference}.`,
} as const;

function roomDoer(turn: Turn, said: Written): Doer {
  const own = listMembers(turn.store).find(({ matrix }) => matrix.includes(said.sender));
  const name = airName(writerNames(said)["display"] ?? said.sender);
  const home = own?.house === undefined ? {} : partyOfHouse(turn, own.house);
  return {
    party: {
      ...home,
      name: airName(own?.name ?? name),
      user: said.sender,
      ...(own === undefined ? {} : { member: own.number }),
    },
    coordinator: true,
    sure: true,
    language: turn.settings.node.language,
  };
}

const STEPS: Readonly<Record<string, "take" | "close">> = { "✅": "take", "✔": "take", "☑": "take", "🏁": "close" };

/** Subject "aid": ✅ takes it, 🏁 closes it; taking ✅ back gives it back. */
export const AID_ACTING: Acting = {
  react: (turn, said, number, emoji, removed) => {
    const step = STEPS[emoji.replaceAll(/\uFE0E|\uFE0F|\p{Emoji_Modifier}/gu, "")];
    const item = itemRow(turn.store, number);
    if (step === undefined || !item) return undefined;
    const doer = roomDoer(turn, said);
    if (removed) return step === "take" ? wordsOf(turn, item, stepBack(turn, doer, item), said) : "";
    return wordsOf(turn, item, (step === "take" ? take : finish)(turn, doer, item), said);
  },
};

/** What the room is told: nothing where the card says it. */
function wordsOf(turn: Turn, item: Item, done: Done, said: Written): string {
  if (done.ok) return "";
  const answer = did(turn, item, done);
  const may = mayShow(turn, { uplink: said.uplink.name, room: said.room });
  return answer.ok
    ? ""
    : may.has("medical")
      ? answer.reason
      : `${refOf(item)}: not done; it stands as ${standingOf(turn, item)}.`;
}

const ROOM_DEEDS: Readonly<Record<string, (turn: Turn, doer: Doer, item: Item, wanted?: Wanted) => Done>> = {
  take,
  done: finish,
  drop,
};
const MOST_LISTED = 30;

function aid(turn: Turn, { args, said }: Asked): string {
  const may = mayShow(turn, { uplink: said.uplink.name, room: said.room });
  const [verb = "", reference = "", ...amount] = args.toLowerCase().split(/\s+/);
  if (verb === "" || verb === "list") return lines(turn, may, AID_KINDS);
  const item = itemNamed(turn, reference);
  if (!Object.hasOwn(ROOM_DEEDS, verb) && verb !== "match") return AID_ROOM_WORDS.usage;
  if (!item) return AID_ROOM_WORDS.unknown(reference);
  if (verb !== "match") {
    const done = ROOM_DEEDS[verb]!(turn, roomDoer(turn, said), item, wantedIn(amount.join(" ")));
    return wordsOf(turn, item, done, said);
  }
  const found = suppliers(turn, item).slice(0, MOST_SUPPLIERS);
  return found.length === 0
    ? AID_ROOM_WORDS.nobody(refOf(item))
    : found.map((each) => itemLine(turn, each.item, may)).join("\n");
}

function lines(turn: Turn, may: May, kinds: readonly AidKind[]): string {
  const items = openItems(turn.store, kinds).toSorted(byUrgency);
  if (items.length === 0) return AID_ROOM_WORDS.none;
  const shown = items.slice(0, MOST_LISTED).map((item) => itemLine(turn, item, may));
  return [...shown, ...(items.length > MOST_LISTED ? [`… and ${items.length - MOST_LISTED} more`] : [])].join("\n");
}

const listing =
  (kinds: readonly AidKind[]) =>
  (turn: Turn, { said }: Asked): string =>
    lines(turn, mayShow(turn, { uplink: said.uplink.name, room: said.room }), kinds);

export const AID_COMMANDS: Readonly<Record<string, Command>> = {
  needs: { usage: "!needs", does: "what is needed, the most urgent first", answer: listing(["need"]) },
  offers: {
    usage: "!offers",
    does: "what is offered, who can do and has what",
    answer: listing(["offer", "skill", "have"]),
  },
  aid: {
    usage: "!aid [take a31 10L | done a31 | drop a31 | match a31]",
    does: "mutual aid: what is open, and what you do about it",
    operators: true,
    changes: true,
    answer: aid,
  },
};
