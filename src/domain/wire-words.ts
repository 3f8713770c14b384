// What machines say to each other on the mesh, as plain values. The bytes are the business of src/wire; the meaning
// of each field is explained for implementers in docs/wire.md. Numbers are integers from 0 unless said otherwise;
// a property that is absent means "not said", and there is no second way to say that.

/** A household's short number as people say it: "14", "16a". 1 to 9999, then at most one letter a–z. */
export type House = string;

/** A reference on the air, 0 to 65535, unique in its name space across all gateways of the community. */
export type Ref = number;

export const STATUSES = ["ok", "need", "urgent", "evacuated", "unknown"] as const;
export type Status = (typeof STATUSES)[number];

/** Absent: ordinary. */
export const URGENCIES = ["soon", "urgent", "life"] as const;
export type Urgency = (typeof URGENCIES)[number];

/** Absent: the person's own word. */
export const RELAYERS = ["neighbour", "captain", "coordinator"] as const;
export type Relayer = (typeof RELAYERS)[number];

export const ANSWERS = ["taking", "cannot", "done", "report"] as const;
export type PageAnswerWord = (typeof ANSWERS)[number];

export const RECEIPT_STATES = ["stored", "shown", "answered"] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

export const WITHDRAWALS = ["mistake", "expired", "elsewhere", "unable"] as const;
export type Withdrawal = (typeof WITHDRAWALS)[number];

/** What can be ended, each with its own name space of references. */
export const ENDABLE = ["roll-call", "page", "event"] as const;
export type Endable = (typeof ENDABLE)[number];

export const ENDINGS = ["stop", "all-clear", "changed"] as const;
export type Ending = (typeof ENDINGS)[number];

interface Said<T extends string> {
  readonly type: T;
  /** CBOR items that a later version appended: kept byte for byte, so that relaying loses nothing. */
  readonly more?: Uint8Array;
}

export interface CheckIn extends Said<"check-in"> {
  readonly status: Status;
  readonly people?: number;
  readonly rollCall?: Ref;
  readonly household?: House;
  /** Codes of the taxonomy, ascending. */
  readonly needs?: readonly number[];
  readonly animals?: number;
  readonly note?: string;
  /** Minutes since it was said, where it was held up. */
  readonly age?: number;
  readonly by?: Relayer;
  /** Number of the member who says it. */
  readonly member?: number;
}

export interface HouseholdEntry {
  readonly household: House;
  readonly status: Status;
  /** 0 to 30; absent: not said. */
  readonly people?: number;
}

/** A captain's list: several households in one message, ascending. */
export interface HouseholdList extends Said<"list"> {
  readonly households: readonly HouseholdEntry[];
  readonly rollCall?: Ref;
  readonly member?: number;
  readonly age?: number;
  readonly zone?: number;
  readonly note?: string;
}

export interface RollCall extends Said<"roll-call"> {
  readonly ref: Ref;
  /** Absent together with `households`: everybody. Ascending. */
  readonly zones?: readonly number[];
  /** Minutes to answer, counted from hearing it. */
  readonly within?: number;
  /** Absent: the community's standing question. */
  readonly question?: string;
  readonly households?: readonly House[];
  /** BCP 47, two to eight letters. */
  readonly language?: string;
  readonly drill?: true;
}

/** Which places of a roster (0 = its first household) have been heard from. */
export interface HeardSet {
  /** How many households the roster has. */
  readonly of: number;
  /** Places, ascending. */
  readonly heard: readonly number[];
}

export interface Digest extends Said<"digest"> {
  readonly rollCall: Ref;
  /** Fingerprint of the roster that the places refer to; a receiver with another roster must not apply it. */
  readonly revision: number;
  readonly households: HeardSet;
  readonly zone?: number;
  readonly needing?: number;
  readonly urgent?: number;
}

export interface Page extends Said<"page"> {
  readonly ref: Ref;
  readonly tree: number;
  readonly step: number;
  /** Absent: the tree's standing text. */
  readonly text?: string;
  readonly urgency?: Urgency;
  /** Minutes to answer, counted from hearing it. */
  readonly within?: number;
  /** Numbers of the members who are meant, ascending; absent: all of the step. */
  readonly members?: readonly number[];
  readonly drill?: true;
}

export interface PageAnswer extends Said<"page-answer"> {
  readonly ref: Ref;
  readonly answer: PageAnswerWord;
  readonly member?: number;
  /** How many below have been reached. */
  readonly reached?: number;
  /** Members below who are silent, ascending. */
  readonly silent?: readonly number[];
  readonly note?: string;
}

interface Item {
  readonly ref: Ref;
  /** Code of the taxonomy. */
  readonly what: number;
  readonly quantity?: number;
  /** Code of the table of units. */
  readonly unit?: number;
  readonly household?: House;
  readonly zone?: number;
  /** Hours until it lapses. */
  readonly hours?: number;
  readonly note?: string;
  readonly member?: number;
}

export interface Need extends Said<"need">, Item {
  readonly urgency?: Urgency;
}

export interface Offer extends Said<"offer">, Item {
  /** An offer that does not run out. */
  readonly endless?: true;
}

export interface Claim extends Said<"claim"> {
  readonly ref: Ref;
  readonly member?: number;
  /** Absent: the whole of it. */
  readonly quantity?: number;
  readonly unit?: number;
  readonly note?: string;
  /** Which claim, between gateways: numbered like references by the gateway of the one who claims. */
  readonly claim?: Ref;
  /** Both sides have said yes. */
  readonly agreed?: true;
}

export interface HandOver extends Said<"hand-over"> {
  readonly ref: Ref;
  readonly member?: number;
  readonly quantity?: number;
  readonly unit?: number;
  readonly note?: string;
  readonly claim?: Ref;
}

export interface Done extends Said<"done"> {
  readonly ref: Ref;
  readonly member?: number;
  readonly note?: string;
  /** Absent: the item itself. */
  readonly claim?: Ref;
}

export interface Withdrawn extends Said<"withdrawn"> {
  readonly ref: Ref;
  readonly reason?: Withdrawal;
  readonly note?: string;
  /** Absent: the item itself. */
  readonly claim?: Ref;
}

export interface Skills extends Said<"skills"> {
  readonly member: number;
  readonly what: readonly number[];
  readonly zone?: number;
  readonly note?: string;
}

export interface Equipment extends Said<"equipment"> {
  readonly what: readonly number[];
  readonly household?: House;
  readonly member?: number;
  readonly zone?: number;
  readonly note?: string;
}

export interface Receipt extends Said<"receipt"> {
  readonly state: ReceiptState;
  /** References of stored messages (k…), ascending. */
  readonly stored?: readonly Ref[];
  /** Packet id of the message that is meant, where its sender knows no reference. */
  readonly packet?: number;
  /** Check-ins of these households are meant. */
  readonly households?: readonly House[];
}

export interface Services extends Said<"services"> {
  /** Codes of the table of services, ascending. */
  readonly up?: readonly number[];
  readonly down?: readonly number[];
  readonly zone?: number;
}

export interface KnowledgeRequest extends Said<"knowledge-request"> {
  readonly page: string;
  /** Absent: the summary. */
  readonly part?: number;
  readonly language?: string;
}

export interface KnowledgePart extends Said<"knowledge-part"> {
  readonly page: string;
  readonly part: number;
  readonly of: number;
  readonly text: string;
  readonly revision?: number;
}

/** One row of a gateway's journal for another gateway. */
export interface JournalEntry extends Said<"journal"> {
  /** Small number of the gateway that wrote it. */
  readonly gateway: number;
  readonly sequence: number;
  /** Anything but a journal entry or a fragment. */
  readonly entry: Message;
}

export interface TextMessage extends Said<"text"> {
  readonly text: string;
  /** Packet id that is answered. */
  readonly packet?: number;
  /** Reference of a stored message (k…) that is answered. */
  readonly stored?: Ref;
  readonly member?: number;
}

/** Stop, all clear, or a changed text, for everyone who was asked. */
export interface End extends Said<"end"> {
  readonly what: Endable;
  readonly ref: Ref;
  readonly how: Ending;
  readonly text?: string;
}

export interface Fragment extends Said<"fragment"> {
  /** First two bytes of the SHA-256 of the whole. */
  readonly set: number;
  readonly index: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Selective repeat: what is still missing of a set. */
export interface Missing extends Said<"missing"> {
  readonly set: number;
  /** Ascending; absent: nothing, the whole has arrived. */
  readonly parts?: readonly number[];
}

export interface Challenge extends Said<"challenge"> {
  /** Four to eight random bytes. */
  readonly nonce: Uint8Array;
}

/** The answer to a challenge: the same bytes under the answerer's own proof. */
export interface Echo extends Said<"echo"> {
  readonly nonce: Uint8Array;
}

/** A type that this version does not know: kept whole. */
export interface UnknownMessage {
  readonly type: "unknown";
  readonly number: number;
  /** The CBOR items after the type number. */
  readonly items: Uint8Array;
}

export type KnownMessage =
  | CheckIn
  | HouseholdList
  | RollCall
  | Digest
  | Page
  | PageAnswer
  | Need
  | Offer
  | Claim
  | HandOver
  | Done
  | Withdrawn
  | Skills
  | Equipment
  | Receipt
  | Services
  | KnowledgeRequest
  | KnowledgePart
  | JournalEntry
  | TextMessage
  | End
  | Fragment
  | Missing
  | Challenge
  | Echo;

export type Message = KnownMessage | UnknownMessage;
