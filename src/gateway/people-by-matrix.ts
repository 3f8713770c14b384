// The list of people, imported from a room: a CSV posted below `!people import` is tried out first, and taken over when
// somebody puts ✅ on the answer. The text stays where it was said, in the inbox; nothing else is remembered meanwhile.

import { inboxRow, unpackBody } from "#store/inbox.ts";
import { listHouseholds, listMembers } from "#store/people.ts";
import type { Acting } from "./acting.ts";
import type { Asked } from "./commands.ts";
import { objectField, textField } from "./fields.ts";
import type { MatrixArrival } from "./inputs.ts";
import { importPeople, type Imported } from "./people-desk.ts";
import { mayShow } from "./places.ts";
import { tellRoom } from "./say.ts";
import { about } from "./subjects.ts";
import type { Turn } from "./turn.ts";

const PEOPLE_WORDS = {
  usage:
    "Write !people import and below it the list as CSV, its first line naming the columns: household, name, zone, radios. " +
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
} as const;

const MOST_MISTAKES = 10;

/** `!people import` and the CSV. The answer is said here, because it is what is reacted to. */
export function peopleCommand(turn: Turn, { args, said }: Asked): string {
  const csv = csvIn(args);
  if (csv === undefined) {
    const counts = PEOPLE_WORDS.listed(listHouseholds(turn.store).length, listMembers(turn.store).length);
    return `${counts} ${PEOPLE_WORDS.usage}`;
  }
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
  about(turn, ledger, { kind: "import", number: said.inbox });
  return "";
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
    const row = inboxRow(turn.store, number);
    const arrival = row && (unpackBody(row.body) as MatrixArrival);
    const content = arrival && objectField(arrival.event, "content");
    const body = content === undefined ? "" : (textField(content, "body") ?? "");
    const csv = csvIn(body.replace(/^[\s\S]*?!people\s+/i, ""));
    return csv === undefined ? PEOPLE_WORDS.gone : outcomeWords(importPeople(turn, csv, false));
  },
};
