// What a language file holds: the words a resident may use, and the words they are answered with. Data only.
//
// Phrases are written as people write them; case and accents do not matter. A further language is one more file of this
// shape and one more row in languages.ts. Words that raise attention are compared loosely, words that calm strictly
// (words.ts). Replies are templates with {places}; each must fit one packet that firmware 2.8 still signs (limits.ts).

export const STATUS_WORDS = ["urgent", "need", "evacuated", "ok"] as const;
/** Strongest first: where a text has several, the strongest counts. */
export type StatusWord = (typeof STATUS_WORDS)[number];

/** Verbs that start a message. Those of later issues are rows here; what nobody handles yet is kept and shown to people. */
export const VERBS = [
  "menu",
  "status",
  "needs",
  "who",
  "ping",
  "silent",
  "offer",
  "skill",
  "have",
  "take",
  "give",
  "done",
  "drop",
  "ack",
  "cannot",
  "offers",
  "roll",
] as const;
export type Verb = (typeof VERBS)[number];

/** What may be asked for of what the neighbourhood knows. */
export const INQUIRY_KINDS = ["info", "services", "inbox", "messages", "calendar", "join"] as const;
export type Inquiry = (typeof INQUIRY_KINDS)[number];

/** Asking for what the neighbourhood knows, and the answers; what does not fit one packet goes on after `more`. */
export interface Inquiries {
  readonly words: Readonly<Record<Inquiry, readonly string[]>>;
  /** At the end of a page that is not the last. */
  readonly more: string;
  readonly noMore: string;
  readonly list: string;
  readonly nothingWritten: string;
  readonly notFound: string;
  readonly noServices: string;
  readonly down: string;
  readonly downOne: string;
  readonly up: string;
  readonly unchecked: string;
  readonly willTell: string;
  readonly changed: Readonly<Record<"up" | "down", string>>;
  readonly nothingMissed: string;
  readonly otherwise: Readonly<Record<"inbox" | "messages", string>>;
  readonly missed: Readonly<Record<"inbox" | "messages", string>>;
  readonly noTrainings: string;
  readonly trainings: string;
  readonly reminder: string;
  readonly signedUp: string;
  readonly noSuchTraining: string;
  /** From Sunday on. */
  readonly days: readonly string[];
}

/** What somebody in danger says, knowing this grammar or not (distress.ts). */
export interface DistressWords {
  /** A call for help by itself, wherever it stands. */
  readonly call: readonly string[];
  /** A possible call: said loudly, and asked about. */
  readonly ask: readonly string[];
  /** A possible call when it is all that is said. */
  readonly alone: readonly string[];
  /** What is happening, by somebody who never saw this grammar; a call. */
  readonly danger: readonly string[];
  /** Neighbours say it of harmless things too. Said to the gateway itself it is a possible call; beside an OK it is a need. */
  readonly trouble: readonly string[];
  /** People somebody is afraid for: one of them and a word of `cannot` ("nana wont get up") are trouble too. */
  readonly kin: readonly string[];
  readonly cannot: readonly string[];
  /** Words of trouble inside these are none. */
  readonly calm: readonly string[];
  /** Words that contain or resemble a word of distress or a status, and are none. */
  readonly harmless: readonly string[];
}

export interface Language {
  /** BCP 47. */
  readonly code: string;
  readonly statuses: Readonly<Record<StatusWord, readonly string[]>>;
  /** Before a thing: there is none of it. "No water" is a need. */
  readonly lacking: readonly string[];
  /** Asks to be brought away: a need, compared exactly because "evacuated" is so near. */
  readonly leave: readonly string[];
  /** Means "ok" and nothing else, even among chat on a channel. */
  readonly checkin: readonly string[];
  readonly distress: DistressWords;
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** "not", "isn't": turns the status that follows around. */
  readonly negations: readonly string[];
  /** "but": what follows may undo an OK, as words of trouble do. */
  readonly doubts: readonly string[];
  /** "nothing": as a need, none. */
  readonly nothing: readonly string[];
  /** Begins a question, with or without its mark. */
  readonly asking: readonly string[];
  /** May stand before a status without changing it. */
  readonly fillers: readonly string[];
  /** After "ok" these make it chat. */
  readonly chat: readonly string[];
  readonly and: readonly string[];
  readonly people: readonly string[];
  /** Before a number of people. */
  readonly weAre: readonly string[];
  readonly animals: readonly string[];
  readonly house: readonly string[];
  /** Before a place: "to", "at". */
  readonly to: readonly string[];
  /** "i am 14 ana": said before the household's number. */
  readonly register: readonly string[];
  readonly numbers: Readonly<Record<string, number>>;
  readonly verbs: Readonly<Record<Verb, readonly string[]>>;
  readonly replies: Replies;
  readonly inquiries: Inquiries;
  readonly sayings: Sayings;
}

export interface Replies {
  /** {subject} is `you`, `house` or `houses`; {status} one of `statuses`; {more} people, animals, needs. */
  readonly booked: string;
  readonly you: string;
  readonly house: string;
  readonly houses: string;
  readonly statuses: Readonly<Record<"ok" | "need" | "urgent" | "evacuated" | "unknown", string>>;
  readonly person: string;
  readonly people: string;
  readonly animals: string;
  readonly needs: string;
  /** After a captain's lone number. */
  readonly meantPeople: string;
  /** After a household's number that no list knows. */
  readonly unknownHouse: string;
  /** To a radio that belongs to no household yet. */
  readonly whoAreYou: string;
  readonly notOk: string;
  readonly emergency: string;
  readonly raised: string;
  readonly notRaised: string;
  readonly stillOpen: string;
  readonly call: string;
  /** A person has taken the call for help; {name} theirs. */
  readonly callTaken: string;
  readonly callClosed: string;
  readonly which: string;
  readonly menu: string;
  readonly captainMenu: string;
  /** {time} is " 14:02" or nothing. */
  readonly storedAt: string;
  readonly stored: string;
  readonly registered: string;
  readonly registeredElsewhere: string;
  readonly registerUnsure: string;
  readonly statusNone: string;
  readonly statusOf: string;
  readonly whoZone: string;
  readonly whoNotCaptain: string;
  /** {reference} "r7", {whom} nothing, `rollZones` or `rollOthers`, {question} a coordinator's or `rollQuestion`. */
  readonly rollCall: string;
  readonly rollZones: string;
  readonly rollOthers: string;
  readonly rollQuestion: string;
  /** To one household that was not heard; {question} a coordinator's or `rollAsk`. */
  readonly rollDirect: string;
  readonly rollAsk: string;
  /** To a captain; {houses} that were not heard. */
  readonly rollCaptain: string;
  /** Before a colon and the numbers of the silent homes. */
  readonly rollPage: string;
  /** To the coordinator who opened one by radio. */
  readonly rollOpened: string;
  readonly rollStands: string;
  readonly rollRefused: string;
  /** After a drill. */
  readonly pageCall: string;
  readonly pageDirect: string;
  readonly pageText: string;
  readonly pageStop: string;
  readonly pageAllClear: string;
  readonly pageDone: string;
  readonly drillOver: string;
  readonly aid: AidReplies;
}

/** {ref} "a31"; {what} "water 20 L"; {where} "zone 2" and nothing nearer; {name} somebody; only `yours` has an address. */
/** How people ask and offer in their own words (aid-sayings.ts): what a text begins with, unless it says otherwise. */
export interface Sayings {
  /** "i can take", beside the reference of an item and little else. */
  readonly takes: readonly string[];
  readonly gives: readonly string[];
  /** "looking for": a need. */
  readonly wants: readonly string[];
  /** "anyone got": who has it? */
  readonly asks: readonly string[];
  /** "who needs". */
  readonly needy: readonly string[];
  readonly offers: readonly string[];
  /** "im a", before a profession. */
  readonly skills: readonly string[];
  /** "dont need". */
  readonly enough: readonly string[];
  /** "if anyone needs it", anywhere: what is had is offered. */
  readonly ifNeeded: readonly string[];
  /** "spare", anywhere after "have". */
  readonly spare: readonly string[];
  /** "available", after the thing. */
  readonly available: readonly string[];
  /** Beside a thing and nothing else. */
  readonly please: readonly string[];
}

export interface AidReplies {
  /** After what was booked: the references of what was needed. */
  readonly needed: string;
  readonly offered: string;
  readonly skilled: string;
  readonly has: string;
  /** To somebody who could help. */
  readonly wanted: string;
  /** To somebody who needs it. */
  readonly mayBe: string;
  readonly taken: string;
  /** To the other side: help is offered, something is asked for. */
  readonly willBring: string;
  readonly asksFor: string;
  /** Confirmed, to the giver and to the receiver. */
  /** The same from people whom another gateway tells. */
  readonly willBringFar: string;
  readonly asksForFar: string;
  readonly yours: string;
  readonly noAddress: string;
  readonly comes: string;
  readonly confirmed: string;
  readonly handed: string;
  readonly handedTo: string;
  readonly done: string;
  readonly doneTo: string;
  readonly dropped: string;
  readonly droppedTo: string;
  readonly declined: string;
  /** To somebody who was asked and cannot. */
  readonly passed: string;
  readonly withdrawn: string;
  /** So much was said in another unit than the item has. */
  readonly otherUnit: string;
  /** After what was booked, when more was wanted. */
  readonly allThereIs: string;
  readonly late: string;
  readonly unknown: string;
  readonly own: string;
  readonly notYours: string;
  readonly notNow: string;
  readonly direct: string;
  readonly still: string;
  readonly kept: string;
  readonly expired: string;
  readonly answerNow: string;
  readonly howFar: string;
  readonly arrived: string;
  readonly list: string;
  readonly nothing: string;
  /** After it, where one thing was asked for. */
  readonly nothingOf: string;
  readonly zone: string;
  readonly somewhere: string;
  readonly medical: string;
  readonly something: string;
  readonly urgent: string;
  readonly until: string;
  readonly house: string;
}
