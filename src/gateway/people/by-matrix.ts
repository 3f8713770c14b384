// The list of people, imported from a room: a CSV posted below `!people import`, or the file that it is the caption of or a reply to,
// is tried out first, and taken over when somebody puts ✅ on the answer. The text stays where it came in, in the inbox; nothing else is
// remembered meanwhile. A file is asked of the homeserver and comes back as an input like everything else; it holds addresses, so
// nothing of it is logged.

import type { Millis } from "#base/clock.ts";
import { inboxRow } from "#store/inbox.ts";
import { addRequest } from "#store/mesh-outbox.ts";
import { listHouseholds, listMembers } from "#store/people.ts";
import { clearTimer, roomById, setTimer } from "#store/world.ts";
import { arrivalOf } from "#gateway/arrivals.ts";
import { objectField, textField } from "#gateway/fields.ts";
import type { FileArrival, FileRequest } from "#gateway/inputs.ts";
import { importPeople, type Imported } from "./desk.ts";
import { mayShow } from "#gateway/matrix/places.ts";
import { tellRoom } from "#gateway/say.ts";
import { about } from "#gateway/matrix/subjects.ts";
import type { Turn, Handled } from "#gateway/turn.ts";
import type { Written } from "#gateway/matrix/written.ts";
import type { Asked, Acting } from "#gateway/matrix/command.ts";

/** Bytes; a thousand people with everything known about them fit. */
const LARGEST = 256 * 1024;
const WAIT: Millis = 60_000;

const PEOPLE_WORDS = {
  usage:
    "Write !people import and below it the list as CSV, its first line naming the columns: household, name, zone, radios. " +
    "Or post the list as a file (.csv) and reply to it with !people import. " +
    "Nothing is changed before you put ✅ on the answer.",
  listed: (households: number, people: number) => `On the list: ${households} households, ${people} people.`,
  would: "Would change",
  done: "Done",
  counts: ({ households, members, radios }: Imported) =>
    `households ${households.added} new, ${households.changed} changed; people ${members.added} new, ` +
    `${members.changed} changed; radios bound ${radios}.`,
  confirm: "Put ✅ on this to do it.",
  mistakes: (count: number) => `${count} mistake${count === 1 ? "" : "s"}; nothing was changed.`,
  moreMistakes: (count: number) => `… and ${count} more`,
  notMarked:
    "This room is not marked for addresses and medical words (may_show): delete your message if it holds any, once this is done.",
  gone: "That list is gone from the gateway. Post it again.",
  file: {
    "not-text": "That file is no CSV in UTF-8. In the spreadsheet, save it as “CSV UTF-8” and post that.",
    "too-large": `That file is larger than ${LARGEST / 1024} KiB, more than any neighbourhood. Is it the right one?`,
    encrypted: "That file is encrypted, and the gateway cannot read it. Post it in a room without encryption.",
    "no-file": "That message holds no file. Reply with !people import to the message that has the CSV.",
    gone: "That file is not there any more. Post it again.",
  },
  away: (why: string) => `The homeserver did not hand over the file (${why}). Write !people import once more.`,
  overdue: "no answer",
} as const;

const MOST_MISTAKES = 10;

/** `!people import` and the CSV, or the file that has it. The answer is said here, because it is what is reacted to. */
export function peopleCommand(turn: Turn, { args, said }: Asked): string {
  const csv = csvIn(args);
  if (csv !== undefined) return tryOut(turn, said, csv, said.inbox);
  const event = /^import$/i.test(args.trim()) ? fileAskedFor(said) : undefined;
  if (event !== undefined) return askForFile(turn, said, event);
  const counts = PEOPLE_WORDS.listed(listHouseholds(turn.store).length, listMembers(turn.store).length);
  return `${counts} ${PEOPLE_WORDS.usage}`;
}

/** `inbox`: where the text can be found again. */
function tryOut(turn: Turn, said: Answered, csv: string, inbox: number): string {
  const outcome = importPeople(turn, csv, true);
  const marked = mayShow(turn, { uplink: said.uplink.name, room: said.room });
  const warning = marked.has("addresses") && marked.has("medical") ? "" : `\n${PEOPLE_WORDS.notMarked}`;
  if (!outcome.ok) return outcomeWords(outcome) + warning;
  const ledger = tellRoom(
    turn,
    said.uplink.name,
    said.room,
    `${outcomeWords(outcome)} ${PEOPLE_WORDS.confirm}${warning}`,
    { replyEvent: said.eventId, inbox: said.inbox },
  );
  about(turn, ledger, { kind: "import", number: inbox });
  return "";
}

// ───────────────────────────── files ─────────────────────────────

/** Who is answered. */
type Answered = Pick<Written, "uplink" | "room" | "eventId" | "inbox">;

/** The event whose file is meant: its own, or the one replied to. */
function fileAskedFor(said: Written): string | undefined {
  return textField(said.content, "msgtype") === "m.file" ? said.eventId : (said.replyTo ?? said.threadRoot);
}

function askForFile(turn: Turn, said: Written, event: string): string {
  const { uplink, arrival, inbox } = said;
  const request: FileRequest = {
    kind: "fetch-file",
    uplink: uplink.name,
    room: arrival.room,
    event,
    asked: inbox,
    most: LARGEST,
  };
  addRequest(turn.store, request);
  setTimer(turn.store, "file", inbox, turn.now + WAIT);
  return "";
}

/** The file that an operator's command asked for, or why it did not come. */
export function fileCame(turn: Turn, { asked, file }: FileArrival, inbox: number): Handled {
  clearTimer(turn.store, "file", asked);
  const said = commandOf(turn, asked);
  if (!said) return { end: "handled", reason: "a file that nobody asks for any more" };
  const words =
    file.is === "text"
      ? tryOut(turn, said, file.text, inbox)
      : file.is === "away"
        ? PEOPLE_WORDS.away(file.reason)
        : PEOPLE_WORDS.file[file.is];
  answer(turn, said, words);
  return { end: "handled", reason: file.is === "text" ? "a list of people, tried out" : `no file: ${file.is}` };
}

/** Timer: nothing came. */
export function fileOverdue(turn: Turn, asked: number): void {
  const said = commandOf(turn, asked);
  if (said) answer(turn, said, PEOPLE_WORDS.away(PEOPLE_WORDS.overdue));
}

function answer(turn: Turn, { uplink, room, eventId, inbox }: Answered, words: string): void {
  if (words !== "") tellRoom(turn, uplink.name, room, words, { replyEvent: eventId, inbox });
}

function commandOf(turn: Turn, inbox: number): Answered | undefined {
  const row = inboxRow(turn.store, inbox);
  const arrival = row && arrivalOf(row);
  if (arrival?.kind !== "matrix") return undefined;
  const uplink = turn.settings.uplinks.find(({ name }) => name === arrival.uplink);
  const room = roomById(turn.store, arrival.uplink, arrival.room)[0]?.configured;
  const eventId = textField(arrival.event, "event_id");
  return uplink && room !== undefined && eventId !== undefined ? { uplink, room, eventId, inbox } : undefined;
}

/** What stands below `import`, without the fence that people put around it; undefined: nothing. */
function csvIn(args: string): string | undefined {
  const csv = /^import\s+([\s\S]+)$/i
    .exec(args)?.[1]
    ?.split("\n")
    .filter((line) => !line.startsWith("```"))
    .join("\n");
  return csv === undefined || csv.trim() === "" ? undefined : csv;
}

function outcomeWords(outcome: Imported): string {
  if (outcome.ok) return `${outcome.dryRun ? PEOPLE_WORDS.would : PEOPLE_WORDS.done}: ${PEOPLE_WORDS.counts(outcome)}`;
  const lines = outcome.mistakes
    .slice(0, MOST_MISTAKES)
    .map(({ line, column, what }) => `line ${line}${column === undefined ? "" : `, ${column}`}: ${what}`);
  const rest = outcome.mistakes.length - lines.length;
  return [
    PEOPLE_WORDS.mistakes(outcome.mistakes.length),
    ...lines,
    ...(rest > 0 ? [PEOPLE_WORDS.moreMistakes(rest)] : []),
  ].join("\n");
}

/** Subject "import": the answer to a try. */
export const IMPORT_ACTING: Acting = {
  react: (turn, _said, number, emoji, removed) => {
    if (removed || !emoji.startsWith("✅")) return undefined;
    const csv = csvOf(turn, number);
    return csv === undefined ? PEOPLE_WORDS.gone : outcomeWords(importPeople(turn, csv, false));
  },
};

/** The list that came in with this inbox row, typed or as a file. */
function csvOf(turn: Turn, inbox: number): string | undefined {
  const row = inboxRow(turn.store, inbox);
  const arrival = row && arrivalOf(row);
  if (arrival?.kind === "file") return arrival.file.is === "text" ? arrival.file.text : undefined;
  const content = arrival?.kind === "matrix" ? objectField(arrival.event, "content") : undefined;
  const body = content === undefined ? "" : (textField(content, "body") ?? "");
  return csvIn(body.replace(/^[\s\S]*?!people\s+/i, ""));
}
