// What other gateways and companion programs say about pages (sharing.ts says ours).
//
// An answer counts as the text of that person would: a program speaks for the person whose radio it uses, and a gateway that holds the
// group's key for anybody, but never against what they told us themselves. It moves a page only if it was said to us, or the page has
// our gateway's number. The same once more changes nothing.
//
// Another gateway's page is shown to operators, once, and acknowledged by a receipt. Nobody here is asked by it: whether it is carried
// on is for people to say. Whoever holds the key can say all this for anybody; keys are for gateways, not for people.

import { nodeId } from "#base/ids.ts";
import type { End, Message, Page, PageAnswer, Receipt } from "#domain/wire-words.ts";
import { rowsOfPacket } from "#store/ledger.ts";
import { saidBefore } from "#store/machines.ts";
import { pageOfSend, pageRow } from "#store/pages.ts";
import { member } from "#store/people.ts";
import { tellOnce } from "#store/world.ts";
import { gatewayOf, refName } from "#wire/references.ts";
import { defuse, defuseName } from "#wire/text.ts";
import { marked } from "#gateway/events.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { ownNumber, type Heard } from "#gateway/mesh/machine-peers.ts";
import { sayMessage } from "#gateway/mesh/machine-saying.ts";
import { answerPage, reportPage } from "./page.ts";
import { tellPage } from "./board.ts";
import { PAGE_WORDS } from "./words.ts";
import { tellOperators } from "#gateway/say.ts";
import { speakerOf } from "#gateway/people/speaker.ts";
import { EVERYONE, namesOf, type Turn } from "#gateway/turn.ts";

type Act = (turn: Turn, sender: number, heard: Heard, packet: MeshPacket) => boolean;

export const PAGE_ACTS: Readonly<Partial<Record<Message["type"], Act>>> = {
  page: shown,
  end: ended,
  "page-answer": answered,
  receipt: received,
};

const isGateway = ({ vouched }: Heard): boolean => vouched.by === "group-key";

const nameOf = (turn: Turn, node: number): string => defuseName(namesOf(turn, node).long);

// ───────────────────────────── answers to ours ─────────────────────────────

function answered(turn: Turn, sender: number, heard: Heard, packet: MeshPacket): boolean {
  const message = heard.message as PageAnswer;
  const { ref, answer } = message;
  const isOurs = packet.to !== EVERYONE || gatewayOf(ref) === ownNumber(turn);
  const page = isOurs ? pageRow(turn.store, ref) : undefined;
  if (!page) return true;
  const own = speakerOf(turn, packet).member?.number;
  const person = message.member ?? own;
  const isOwn = own !== undefined && person === own;
  if (person !== undefined && (isOwn || isGateway(heard))) {
    const through = isOwn ? undefined : sender;
    const before = page.state.people[person]?.said;
    const known =
      answer === "done"
        ? reportPage(turn, ref, person, undefined, through)
        : answerPage(turn, ref, person, answer === "cannot" ? "decline" : "answer", through);
    const after = pageRow(turn.store, ref)!.state.people[person]?.said;
    if (known && through !== undefined && after !== before)
      tellPage(
        turn,
        page,
        PAGE_WORDS.through(refName("p", ref), member(turn.store, person), answer, nameOf(turn, sender)),
      );
  }
  if (isGateway(heard) || isOwn) tellReport(turn, sender, message);
  return true;
}

/** What is said besides yes and no is for people. */
function tellReport(turn: Turn, sender: number, { ref, reached, silent = [], note }: PageAnswer): void {
  const names = silent.map((number) => defuseName(member(turn.store, number)?.name ?? `#${number}`));
  const words = [
    ...(reached === undefined ? [] : [`${reached} reached`]),
    ...(names.length === 0 ? [] : [`silent: ${names.join(", ")}`]),
    ...(note === undefined ? [] : [`“${defuse(note)}”`]),
  ].join(", ");
  const once = `page ${ref} ${nodeId(sender)} ${words}`;
  if (words === "" || !tellOnce(turn.store, once, turn.now)) return;
  tellPage(turn, pageRow(turn.store, ref)!, PAGE_WORDS.machineReport(refName("p", ref), nameOf(turn, sender), words));
}

/** A gateway has our page. */
function received(turn: Turn, sender: number, heard: Heard): boolean {
  const { packet } = heard.message as Receipt;
  if (packet === undefined || !isGateway(heard)) return false;
  for (const { id } of rowsOfPacket(turn.store, packet)) {
    const number = pageOfSend(turn.store, id);
    const page = number === undefined ? undefined : pageRow(turn.store, number);
    if (page && tellOnce(turn.store, `page ${page.number} at ${nodeId(sender)}`, turn.now))
      tellPage(turn, page, PAGE_WORDS.machineHas(refName("p", page.number), nameOf(turn, sender)));
  }
  return true;
}

// ───────────────────────────── theirs ─────────────────────────────

/** Shown instead of its bytes; anybody else's page is shown as what it is. */
function shown(turn: Turn, sender: number, heard: Heard, packet: MeshPacket): boolean {
  if (!isGateway(heard)) return false;
  const { ref, text, urgency, within, drill } = heard.message as Page;
  if (!saidBefore(turn.store, sender, "page", { ref, text })) {
    const words = PAGE_WORDS.theirs(refName("p", ref), nameOf(turn, sender), {
      text: defuse(text ?? ""),
      urgent: urgency !== undefined,
      old: heard.freshness !== "proven",
      ...(within === undefined ? {} : { within }),
    });
    tellOperators(turn, drill ? marked(words) : words, "page");
  }
  const receipt = { type: "receipt", state: "stored", packet: packet.id } as const;
  sayMessage(turn, receipt, { to: sender, channel: 0, carrier: "port", form: "proven" });
  return true;
}

/** Theirs is over. It says nothing about ours: those are ended by our own operators. */
function ended(turn: Turn, sender: number, heard: Heard): boolean {
  const { what, ref, how, text } = heard.message as End;
  if (what !== "page" || !isGateway(heard) || gatewayOf(ref) === ownNumber(turn)) return false;
  if (saidBefore(turn.store, sender, "end", { what, ref, how, text })) return true;
  const words = PAGE_WORDS.theirsEnded[how](refName("p", ref), nameOf(turn, sender), defuse(text ?? ""));
  tellOperators(turn, heard.mayAct ? words : `${words} ${PAGE_WORDS.perhapsOld}`, "page");
  return true;
}
