// What coordinators do with procedures, services and the calendar from the command line, and in Matrix.

import { isoTime } from "#base/calendar.ts";
import { listTrained, listTrainings, setTraining } from "#store/calendar.ts";
import { replaceProcedures } from "#store/knowledge.ts";
import { listMembers } from "#store/people.ts";
import { readCalendar, writeCalendar } from "#wire/icalendar.ts";
import { checkFolder, type Finding, type KnowledgeFile } from "#wire/procedures.ts";
import { attend, signedUpWords, trainingMeant, trainingViews, calendarWords, watchCalendar } from "./calendar.ts";
import { findProcedures, listWords, procedurePage } from "./procedures.ts";
import { servicesWords, serviceViews, watchAll } from "./services.ts";
import { registerSkill } from "./trained.ts";
import { clockSure, matrixPlace, type Turn } from "#gateway/turn.ts";
import { inOperatorsRoom } from "#gateway/matrix/written.ts";
import type { Asked, Command } from "#gateway/matrix/command.ts";
import type { Args, Desk } from "#gateway/desk-verb.ts";

const BY = "the operator of the gateway";

const text = (value: unknown): string => (typeof value === "string" ? value : "");

export interface ImportedKnowledge {
  readonly ok: boolean;
  readonly dryRun: boolean;
  readonly procedures: number;
  readonly languages: readonly string[];
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly findings: readonly Finding[];
}

/** Believes a folder as a whole or not at all. */
export function importKnowledge(turn: Turn, files: readonly KnowledgeFile[], dryRun: boolean): ImportedKnowledge {
  const { procedures, findings } = checkFolder(files, clockSure(turn.wall) ? turn.wall : undefined);
  const ok = !findings.some(({ severity }) => severity === "error");
  const counts =
    ok && !dryRun ? replaceProcedures(turn.store, procedures, turn.now) : { added: 0, changed: 0, removed: 0 };
  return {
    ok,
    dryRun,
    procedures: new Set(procedures.map(({ slug }) => slug)).size,
    languages: [...new Set(procedures.map(({ language }) => language))].toSorted(),
    ...counts,
    findings,
  };
}

export const KNOWLEDGE_DESK: Desk = {
  "knowledge import": {
    changes: true,
    answer: (turn, args) => importKnowledge(turn, args["files"] as readonly KnowledgeFile[], args["dryRun"] === true),
  },
  "knowledge search": {
    changes: false,
    answer: (turn, args) => ({
      found: findProcedures(turn, text(args["words"]), {
        role: "operator",
        fallback: turn.settings.node.language,
        ...(text(args["language"]) === "" ? {} : { language: text(args["language"]) }),
      }).map(({ slug, language, name, title, summary, reviewed, audience }) => ({
        slug,
        language,
        name,
        title,
        summary,
        reviewed,
        audience,
      })),
    }),
  },
  services: { changes: false, answer: (turn) => ({ services: serviceViews(turn) }) },
  "calendar import": { changes: true, answer: importCalendar },
  "calendar list": {
    changes: false,
    answer: (turn, args) => ({
      trainings: trainingViews(turn, args["all"] === true ? 0 : turn.wall).map((view) => ({
        ...view,
        starts: isoTime(view.starts),
        ends: isoTime(view.ends),
      })),
      trained: listTrained(turn.store).map(({ name, skill, at }) => ({ name, skill, at: isoTime(at) })),
    }),
  },
  "calendar export": {
    changes: false,
    answer: (turn) => ({
      ics: writeCalendar(
        listTrainings(turn.store, 0).map((row) => ({ ...row, cancelled: row.cancelled === 1 })),
        turn.wall,
      ),
    }),
  },
  "calendar attend": { changes: true, answer: attendByHand },
};

function importCalendar(turn: Turn, args: Args): unknown {
  const read = readCalendar(text(args["ics"]), turn.settings.node.timezone, turn.wall);
  if (!read.ok) return { ok: false, reason: read.refusal };
  const counts = { added: 0, changed: 0, same: 0 };
  for (const date of read.value) counts[setTraining(turn.store, date, turn.now)]++;
  watchCalendar(turn);
  return { ok: true, ...counts };
}

/** Also of trainings that are over: that is when attendance is recorded. */
function attendByHand(turn: Turn, args: Args): unknown {
  const number = Number(/^t(\d{1,9})$/.exec(text(args["training"]))?.[1]);
  const training = listTrainings(turn.store, 0).find((row) => row.number === number);
  if (!training)
    return { ok: false, reason: `there is no training ${text(args["training"])}; see: muster calendar list --all` };
  const name = text(args["name"]).trim();
  const members = listMembers(turn.store).filter((each) => each.name.toLowerCase() === name.toLowerCase());
  if (members.length > 1) return { ok: false, reason: `${members.length} people are called ${name}` };
  const person = members[0] ? `member:${members[0].number}` : name;
  attend(turn, number, { person, name: members[0]?.name ?? name }, args["absent"] === true ? "absent" : "attended", BY);
  const registered = members[0] && args["absent"] !== true ? registerSkill(turn, training, members[0]) : false;
  return { ok: true, training: `t${number}`, name: members[0]?.name ?? name, skill: training.skill, registered };
}

// ───────────────────────────── in Matrix ─────────────────────────────

export const KNOWLEDGE_COMMANDS: Readonly<Record<string, Command>> = {
  info: { usage: "!info [WORDS]", does: "what is written down here, or the page about it", answer: info },
  services: {
    usage: "!services",
    does: "the shared services; the next change is told here",
    answer: (turn, { said }) => {
      watchAll(turn, { place: matrixPlace(said.uplink.name, said.room), language: turn.settings.node.language });
      return servicesWords(turn, turn.settings.node.language);
    },
  },
  calendar: {
    usage: "!calendar",
    does: "trainings and drills ahead",
    answer: (turn) => calendarWords(turn, turn.settings.node.language),
  },
  join: { usage: "!join [t3]", does: "sign up for a training; the next, if none is named", answer: join },
};

function info(turn: Turn, { args, said }: Asked): string {
  const role = inOperatorsRoom(said) ? "operator" : "resident";
  const { language } = turn.settings.node;
  if (args === "") return listWords(turn, role, language) ?? `Nothing is written down yet: muster knowledge import.`;
  const [best, ...others] = findProcedures(turn, args, { role, fallback: language });
  if (!best) return `Nothing about "${args.slice(0, 60)}". ${listWords(turn, role, language) ?? ""}`.trim();
  const more = others.slice(0, 4).map(({ name }) => name);
  return procedurePage(best) + (more.length === 0 ? "" : `\n\n!info ${more.join(" · !info ")}`);
}

function join(turn: Turn, { args, said }: Asked): string {
  const training = trainingMeant(turn, args === "" ? undefined : args.toLowerCase());
  const member = listMembers(turn.store).find(({ matrix }) => matrix.includes(said.sender));
  const person = member
    ? { person: `member:${member.number}`, name: member.name }
    : { person: said.sender, name: said.arrival.senderName ?? said.sender };
  if (training) attend(turn, training.number, person, "signed", said.sender);
  return signedUpWords(turn, training, turn.settings.node.language);
}
