// Call trees as people write them: a CSV with one node a line, or a list of nodes from YAML. Every mistake is named with its line
// (of a list: the place of the node in it), and nothing is taken from a file that has one.

import { parsed, refused, type Parsed } from "#base/parsed.ts";
import {
  DEFAULT_MINUTES,
  DEFAULT_MOST,
  DEFAULT_WAYS,
  WAYS,
  type Tree,
  type TreeNode,
  type Way,
} from "#domain/calltree/tree.ts";
import { readCsv, type Mistake } from "./csv.ts";

/** The column guide: name, what goes in, an example. Several are separated by |. */
export const TREE_COLUMNS = [
  ["node", "a short name without blanks", "north"],
  ["parent", "the node above; empty in the first ring", "top"],
  ["contacts", "who is asked: captain 3, deputy 3, house 14, member 7, or a name", "captain 3"],
  ["alternates", "who stands in", "deputy 3|Ana Ruiz"],
  ["ways", "radio, matrix, foot, in the order in which they are tried", "radio|matrix"],
  ["minutes", "time to answer, 1 to 1440", "10"],
  ["take", "of a group: so many have to take it, else those below are asked", "2"],
] as const;

const MOST_NODES = 1000;
const MOST_MINUTES = 1440;

/** A file's text, or (from YAML) a list of nodes or `{name, most, nodes}`. `name`: if the file says none. */
export function readTree(source: unknown, name: string): Parsed<Tree, readonly Mistake[]> {
  const rows = typeof source === "string" ? csvRows(source) : listRows(source);
  if (!rows.ok) return rows;
  if (rows.value.length > MOST_NODES) return refused([{ line: 1, what: `more than ${MOST_NODES} nodes` }]);
  const mistakes: Mistake[] = [];
  const nodes = rows.value.flatMap(({ line, fields }) => {
    const node = nodeOf(fields, (column, what) => void mistakes.push({ line, column, what }));
    return node ?? [];
  });
  const head = isRecord(source) ? source : {};
  const most = head["most"] ?? DEFAULT_MOST;
  if (!isWhole(most, 1, MOST_NODES)) mistakes.push({ line: 1, column: "most", what: "is a whole number from 1" });
  if (mistakes.length > 0) return refused(mistakes);
  return parsed({ name: typeof head["name"] === "string" ? head["name"] : name, most: Number(most), nodes });
}

interface Row {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

function csvRows(text: string): Parsed<Row[], readonly Mistake[]> {
  const lines = readCsv(text, TREE_COLUMNS, [], "there is no node in it");
  return lines.ok ? parsed(lines.value.map(({ line, record }) => ({ line, fields: record }))) : lines;
}

function listRows(source: unknown): Parsed<Row[], readonly Mistake[]> {
  const list: unknown = isRecord(source) ? source["nodes"] : source;
  if (!Array.isArray(list) || list.length === 0)
    return refused([{ line: 1, what: "there is no list of nodes in it (nodes: ...)" }]);
  const rows = (list as unknown[]).map((fields, index) => ({ line: index + 1, fields }));
  const strange = rows.find(({ fields }) => !isRecord(fields));
  if (strange) return refused([{ line: strange.line, what: "is no node: it needs node and contacts" }]);
  return parsed(rows as Row[]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(Number(value)) && Number(value) >= least && Number(value) <= most;

function nodeOf(
  fields: Readonly<Record<string, unknown>>,
  wrong: (column: string, what: string) => void,
): TreeNode | undefined {
  const text = (name: string): string => {
    const value = fields[name];
    return typeof value === "string" || typeof value === "number" ? String(value).normalize("NFC").trim() : "";
  };
  const list = (name: string): string[] => {
    const value = fields[name];
    const parts = Array.isArray(value) ? (value as unknown[]).map(String) : text(name).split("|");
    return parts.map((part) => part.trim()).filter((part) => part !== "");
  };
  const id = text("node");
  if (!/^\S{1,40}$/.test(id)) {
    wrong("node", `"${id}" is no short name without blanks`);
    return undefined;
  }
  const contacts = list("contacts");
  if (contacts.length === 0) wrong("contacts", "says nobody");
  const ways = list("ways").map((way) => way.toLowerCase());
  const strange = ways.find((way) => !(WAYS as readonly string[]).includes(way));
  if (strange !== undefined) wrong("ways", `"${strange}" is none of ${WAYS.join(", ")}`);
  const [minutes, take] = [text("minutes"), text("take")];
  if (minutes !== "" && !isWhole(minutes, 1, MOST_MINUTES))
    wrong("minutes", `"${minutes}" is no number from 1 to ${MOST_MINUTES}`);
  if (take !== "" && !isWhole(take, 1, MOST_NODES)) wrong("take", `"${take}" is no number from 1`);
  const parent = text("parent");
  return {
    id,
    contacts,
    alternates: list("alternates"),
    ways: ways.length === 0 ? DEFAULT_WAYS : (ways as Way[]),
    minutes: minutes === "" ? DEFAULT_MINUTES : Number(minutes),
    ...(parent === "" ? {} : { parent }),
    ...(take === "" ? {} : { take: Number(take) }),
  };
}
