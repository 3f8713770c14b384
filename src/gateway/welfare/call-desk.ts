// What people do with a call for help: reactions on its card (or on the resident's own words), replies, and commands.

import { actsOn } from "#store/boards.ts";
import { ledgerOfReference } from "#store/trace.ts";
import { callRow, openCallOfHouse, openCalls, standing, type CallRow } from "#store/welfare.ts";
import { nodeId, parseNodeId } from "#base/ids.ts";
import { cleanForMesh, defuseName } from "#wire/text.ts";
import { callTaken, closeFor, showCall, type Person } from "./calls.ts";
import { referenceName } from "./call-card.ts";
import { CALL_WORDS } from "./call-words.ts";
import { tellRoom } from "#gateway/say.ts";
import { ago } from "#gateway/spans.ts";
import { about } from "#gateway/matrix/subjects.ts";
import { markAnswered } from "#gateway/matrix/to-mesh.ts";
import { namesOf, type Turn } from "#gateway/turn.ts";
import { writerNames, type Written } from "#gateway/matrix/written.ts";
import type { Asked, Acting } from "#gateway/matrix/command.ts";

// ───────────────────────────── reactions and replies ─────────────────────────────

type Step = "taken" | "contacted" | "closing";

const STEPS: Readonly<Record<string, Step>> = {
  "✅": "taken",
  "✔": "taken",
  "☑": "taken",
  "📞": "contacted",
  "☎": "contacted",
  "🏁": "closing",
};

/** Clients differ in the selectors and skin tones that they append. */
function stepOf(emoji: string): Step | undefined {
  const plain = emoji.replaceAll(/\uFE0E|\uFE0F|\p{Emoji_Modifier}/gu, "");
  return Object.hasOwn(STEPS, plain) ? STEPS[plain] : undefined;
}

/** What a reaction on a call did, for the record. */
export function stepWords(emoji: string): string | undefined {
  const step = stepOf(emoji);
  return step === undefined ? undefined : STEP_WORDS[step];
}

const STEP_WORDS: Readonly<Record<Step, string>> = {
  taken: "took",
  contacted: "spoke to the caller of",
  closing: "asked to close",
};

/** Subject "call". */
export const CALL_ACTING: Acting = { react, reply: answerCaller };

function react(turn: Turn, said: Written, number: number, emoji: string, removed: boolean): string | undefined {
  const step = stepOf(emoji);
  const call = callRow(turn.store, number);
  if (step === undefined || !call) return undefined;
  const reference = referenceName(turn, call);
  if (call.state === "closed") return removed ? "" : CALL_WORDS.closedAlready(reference);
  if (step === "closing" && !removed) return askWhy(turn, said, call);
  const takers = actsOn(turn.store, "call", number).filter((act) => stepOf(act.emoji) === "taken");
  if (step === "taken" && !removed && takers.length === 1) callTaken(turn, call, personOf(said));
  showCall(turn, call);
  return step === "taken" && removed && takers.length === 0 ? CALL_WORDS.takenBack(reference) : "";
}

function askWhy(turn: Turn, said: Written, call: CallRow): string {
  const words = CALL_WORDS.whyClosed(referenceName(turn, call));
  const ledger = tellRoom(turn, said.uplink.name, said.room, words, { inbox: said.inbox });
  about(turn, ledger, { kind: "closing", number: call.id });
  return "";
}

/** A reply to the card is for the resident, and answers them. */
function answerCaller(turn: Turn, said: Written, number: number): undefined {
  const call = callRow(turn.store, number);
  if (call?.ledger !== null && said.replyTo !== undefined) markAnswered(turn, said);
  return undefined;
}

/** Subject "closing": the question for the reason. */
export const CLOSING_ACTING: Acting = {
  reply: (turn, said, number, body) => {
    const call = said.replyTo === undefined ? undefined : callRow(turn.store, number);
    const reason = body.trim();
    return call === undefined || reason === "" ? undefined : closed(turn, call, personOf(said), reason);
  },
};

function closed(turn: Turn, call: CallRow, by: Person, reason: string): string {
  const words = closeFor(turn, call, by, reason);
  const urgent = call.house !== null && standing(turn.store, call.house).status === "urgent";
  return urgent ? `${words} ${CALL_WORDS.stillUrgent(call.house)}` : words;
}

const personOf = (said: Written): Person => ({ id: said.sender, name: writerNames(said)["display"] ?? said.sender });

// ───────────────────────────── commands ─────────────────────────────

export function listCalls(turn: Turn): string {
  const calls = openCalls(turn.store);
  if (calls.length === 0) return CALL_WORDS.noCalls;
  return calls.map((call) => callLine(turn, call)).join("\n");
}

function callLine(turn: Turn, call: CallRow): string {
  const place = call.house === null ? CALL_WORDS.noHouse : CALL_WORDS.house(call.house);
  const name = call.node === null ? "?" : `${defuseName(namesOf(turn, call.node).long)} (${nodeId(call.node)})`;
  const acts = actsOn(turn.store, "call", call.id).map(({ emoji, by }) => `${emoji} ${by}`);
  const done = acts.length === 0 ? CALL_WORDS.nobody : acts.join(" ");
  return `${referenceName(turn, call)} · ${place} · ${name} · ${ago(turn.now - call.at)} · ${done}`;
}

export function closeCommand(turn: Turn, { args, said }: Asked): string {
  const match = /^(\S+)\s+(\S[\s\S]*)$/.exec(args);
  if (!match) return CALL_WORDS.closeUsage;
  return closeCalled(turn, match[1]!, personOf(said), match[2]!);
}

/** `called`: a reference (k7) or a household with one open call. */
export function closeCalled(turn: Turn, called: string, by: Person, reason: string): string {
  const call = callNamed(turn, called.toLowerCase());
  return call === undefined
    ? CALL_WORDS.notKnown(cleanForMesh(called).slice(0, 20))
    : closed(turn, call, by, reason.trim());
}

export function callNamed(turn: Turn, called: string): CallRow | undefined {
  const byNumber = /^call(\d+)$/.exec(called)?.[1];
  if (byNumber !== undefined) return callRow(turn.store, Number(byNumber));
  const [row] = ledgerOfReference(turn.store, called);
  if (!row) return openCallOfHouse(turn.store, called);
  const node = parseNodeId(row.origin.slice("mesh:".length));
  return openCalls(turn.store).findLast((call) => call.ledger === row.id || call.node === node);
}
