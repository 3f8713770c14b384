// Answers to a page, from wherever they come: a word, a tapback, a reply or `done` by radio; a reaction or a reply in Matrix. Which
// page is meant the grammar has found (a reply says it, a reference says it, or there is only one); what is ambiguous it asks back.

import { pageRow, type PageRow } from "#store/pages.ts";
import { member, membersOfHouse } from "#store/people.ts";
import { questionOfPacket } from "#store/welfare.ts";
import { parse } from "#wire/grammar/parse.ts";
import { fill, repliesOf } from "#wire/grammar/reply.ts";
import { parseRef, refName } from "#wire/references.ts";
import { answerWith } from "#gateway/mesh/answering.ts";
import { answerPage, confirmPage, inPage, reportPage } from "./page.ts";
import { tellPage } from "./board.ts";
import { memberOfUser } from "./people.ts";
import { isSilentTree } from "./silent.ts";
import { PAGE_WORDS } from "./words.ts";
import type { Turn } from "#gateway/turn.ts";
import type { Kept, Understood } from "#gateway/understanding.ts";
import { inOperatorsRoom, type Written } from "#gateway/matrix/written.ts";
import type { Acting } from "#gateway/matrix/command.ts";

// ───────────────────────────── by radio ─────────────────────────────

function pageOf(reference: string | undefined): number | undefined {
  const parsed = reference === undefined ? undefined : parseRef(reference);
  return parsed?.space === "p" ? parsed.ref : undefined;
}

/** `ack`, 👍, `cant` … to a page. Nothing is said back: whoever answered needs no packet to know it. */
export function ackByRadio(turn: Turn, { speaker, intention }: Understood): boolean {
  const page = pageOf(intention.answers?.reference ?? intention.reference);
  if (page === undefined || !speaker.member) return false;
  return answerPage(turn, page, speaker.member.number, intention.kind === "cannot" ? "decline" : "answer");
}

/** Any words in reply to a page are an answer, whatever else they say; so is a report on a home that somebody was paged to look after. */
export function wordsToPage(turn: Turn, heard: Understood): void {
  const { speaker, intention, utterance } = heard;
  if (!speaker.member) return;
  for (const number of pagesAbout(turn, heard)) answerPage(turn, number, speaker.member.number, "answer");
  if (utterance.replyId === 0 || utterance.emoji !== 0) return;
  if (["ack", "cannot", "done", "which"].includes(intention.kind)) return;
  const question = questionOfPacket(turn.store, utterance.replyId);
  const page = question?.kind === "page" ? pageOf(question.reference) : undefined;
  if (page !== undefined) answerPage(turn, page, speaker.member.number, "answer");
}

/** Pages to captains about silent homes, open for this speaker, that name a home which is reported on now. */
function pagesAbout(turn: Turn, { intention: { households, status }, open }: Understood): number[] {
  if (status === undefined || households.length === 0) return [];
  return open.flatMap(({ kind, reference }) => {
    const number = kind === "page" ? pageOf(reference) : undefined;
    const page = number === undefined ? undefined : pageRow(turn.store, number);
    return page && isSilentTree(page.tree) && homesIn(page.body).some((home) => households.includes(home))
      ? [page.number]
      : [];
  });
}

/** `done p5` closes the speaker's branches, `done p5 12` says that home 12 was reached. */
export function doneByRadio(turn: Turn, heard: Understood, kept: Kept): boolean {
  const { speaker, intention } = heard;
  const number = pageOf(intention.reference);
  const page = number === undefined ? undefined : pageRow(turn.store, number);
  if (!page || !speaker.member) return false;
  const homes = homesIn(intention.note ?? "");
  const done = report(turn, page, speaker.member.number, homes);
  if (done === undefined) return false;
  const replies = repliesOf(intention.language);
  const names = done.length === 0 ? "–" : done.join(" ");
  return homes.length === 0
    ? true
    : answerWith(turn, heard, kept, fill(replies.pageDone, { reference: refName("p", page.number), names }));
}

function homesIn(words: string): string[] {
  return [...words.toLowerCase().matchAll(/(?<![\p{L}\d])[1-9]\d{0,3}[a-z]?(?![\p{L}\d])/gu)].map(([home]) => home);
}

/** The homes that it was about and that the page knows; undefined: the page does not know who says so. */
function report(turn: Turn, page: PageRow, person: number, homes: readonly string[]): string[] | undefined {
  const theirs = new Map(homes.map((house) => [house, membersOfHouse(turn.store, house).map(({ number }) => number)]));
  const known = [...theirs].filter(([, people]) => people.some((each) => inPage(page, each)));
  const nodes = page.plan.nodes
    .filter(({ contacts }) => known.some(([, people]) => people.some((each) => contacts.includes(each))))
    .map(({ id }) => id);
  if (!reportPage(turn, page.number, person, homes.length === 0 ? undefined : nodes)) return undefined;
  const names = known.map(([house]) => house);
  if (names.length > 0) {
    const by = member(turn.store, person)?.name ?? "?";
    tellPage(turn, page, PAGE_WORDS.reported(refName("p", page.number), by, names.join(" ")));
  }
  return names;
}

// ───────────────────────────── in Matrix ─────────────────────────────

const YES = /^(👍|✅|🆗|👌|✔|☑|💚|🟢)/u;
const NO = /^(❌|👎|🚫|❎|✖)/u;

/** Subject "page": a question in a room, or the page's board. */
export const PAGE_ACTING: Acting = {
  anywhere: true,
  react: (turn, said, number, emoji, removed) => {
    const kind = YES.test(emoji) ? "answer" : NO.test(emoji) ? "decline" : undefined;
    if (removed || kind === undefined) return undefined;
    const page = pageRow(turn.store, number);
    if (page?.state.phase === "ready")
      return inOperatorsRoom(said) && kind === "answer" ? secondYes(turn, said, number) : undefined;
    const who = memberOfUser(turn, said.sender);
    return who && answerPage(turn, number, who.number, kind) ? "" : undefined;
  },
  reply: (turn, said, number, body) => {
    const who = memberOfUser(turn, said.sender);
    const page = pageRow(turn.store, number);
    // Words in the thread are people among themselves; a reply to the question is an answer.
    if (!who || !page || said.replyTo === undefined || !inPage(page, who.number)) return undefined;
    const asked = { kind: "page", reference: refName("p", number) } as const;
    const { kind, note = "" } = parse(body, {
      fallback: turn.settings.node.language,
      isHouse: () => true,
      direct: true,
      names: [],
      open: [asked],
      repliesTo: asked,
    });
    if (kind === "done") report(turn, page, who.number, homesIn(note));
    else answerPage(turn, number, who.number, kind === "cannot" ? "decline" : "answer");
    return "";
  },
};

function secondYes(turn: Turn, said: Written, number: number): string {
  const answer = confirmPage(turn, number, said.sender);
  return answer.ok ? "" : `Not done: ${answer.reason}.`;
}
