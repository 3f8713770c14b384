// What operators are shown about a call for help: the card, and the answers to what they do with it.

import type { Trust } from "#domain/people/trust.ts";
import type { CallRow } from "#store/welfare.ts";

export const CALL_WORDS = {
  head: {
    possible: "🆘 POSSIBLE CALL FOR HELP",
    open: "🆘 CALL FOR HELP",
    closed: "🏁 CLOSED CALL FOR HELP",
  } satisfies Record<CallRow["state"], string>,
  house: (house: string) => `house ${house}`,
  noHouse: "on no list",
  asked: 'asked "Emergency?", no answer yet',
  saidTo: (said: string) => `to "Emergency?": ${said}`,
  later: "Said later (closes nothing):",
  closed: (by: string, time: string, reason: string) => `Closed by ${by}, ${time}: ${reason}`,
  nobody: "Nobody has taken it yet.",
  people: (n: number) => `${n} ${n === 1 ? "person" : "people"}`,
  needsPower: "depends on electricity",
  marked: (place: string, name: string, time: string) => `📍 geo:${place} “${name}”, marked ${time}`,
  placeElsewhere: "📍 They sent us a place: it is shown in rooms marked for addresses (may_show).",
  radioAt: (place: string, time: string) => `📡 geo:${place}, as the radio said ${time}`,
  how: "✅ I take it · 📞 contacted · 🏁 close (or !close REF REASON). A reply to this goes to the resident by radio.",

  notKnown: (reference: string) => `No call for help ${reference} is known. !calls lists them.`,
  closedAlready: (reference: string) => `${reference} is closed already.`,
  closeUsage: "Write !close k7 REASON: the reason is kept with your name.",
  whyClosed: (reference: string) =>
    `Why is ${reference} closed? Reply to this with the reason, or write !close ${reference} REASON.`,
  isClosed: (reference: string, by: string) => `${reference} was closed by ${by}.`,
  stillUrgent: (house: string) =>
    `House ${house} still stands as URGENT, as it was said. If somebody knows better: !set ${house} ok WHO SAYS SO.`,
  takenBack: (reference: string) => `Nobody has ${reference} now.`,
  noCalls: "No call for help is open.",
} as const;

/** How far a call's sender can be believed. */
export const TRUST_WORDS: Readonly<Record<Trust, string>> = {
  pinned: "from their own radio",
  signed: "from their own radio (signed)",
  operator: "by an operator",
  unpinned: "from a radio that is on no list",
  changed: "⚠ from a radio that shows another key than before: perhaps somebody else",
  private: "⚠ not proven: anybody who has the channel's key",
  public: "⚠ not proven: anybody could have sent this",
};
