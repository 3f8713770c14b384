// Procedures as Markdown files with front matter, and what a folder of them must fulfil before it is believed: the name is one
// word that is no call for help, the summary fits one packet at the limit that 2.8 signs, links lead somewhere, somebody
// reviewed it. Every mistake is named with its file; a warning leaves the folder usable.
//
//   ---
//   language: en
//   name: water
//   summary: Boil water 1 minute at a rolling boil, 3 above 2000 m. ...
//   reviewed: 2026-10-01
//   audience: everyone
//   words: drink tap well        (optional)
//   ---
//   # Make water safe to drink

import { Lexer, type Token, type Tokens } from "marked";
import { utf8Length } from "#base/bytes.ts";
import { parseIsoTime } from "#base/calendar.ts";
import { AUDIENCES, type Audience, type Procedure } from "#domain/knowledge/procedure.ts";
import { distressOf } from "./grammar/distress.ts";
import { LANGUAGES, languageOf } from "./grammar/languages.ts";
import { fold } from "./grammar/words.ts";
import { MAX_SIGNED_TEXT } from "./limits.ts";

export interface KnowledgeFile {
  /** Relative to the folder: "water.en.md". */
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly file: string;
  readonly severity: "error" | "warning";
  readonly what: string;
}

export interface CheckedFolder {
  readonly procedures: readonly Procedure[];
  readonly findings: readonly Finding[];
}

const DAY = 86_400_000;
const OLD = 400 * DAY;

/** Conflict copies and generated pages lie in the same folder and are no procedures. */
export function isProcedureFile(path: string): boolean {
  return /^[^/]+\.md$/i.test(path) && !/\.conflict-/.test(path) && path.toLowerCase() !== "readme.md";
}

/** Reads a whole folder. `today`: wall time in ms; undefined while our clock cannot be believed. */
export function checkFolder(files: readonly KnowledgeFile[], today: number | undefined): CheckedFolder {
  const findings: Finding[] = [];
  const procedures: Procedure[] = [];
  const paths = new Set(files.map(({ path }) => path));
  for (const file of files.filter(({ path }) => isProcedureFile(path))) {
    const read = readProcedure(file, paths, today);
    findings.push(...read.findings);
    if (read.procedure) procedures.push(read.procedure);
  }
  findings.push(...between(procedures));
  return { procedures, findings };
}

interface ReadFile {
  readonly procedure?: Procedure;
  readonly findings: readonly Finding[];
}

function readProcedure({ path, text }: KnowledgeFile, paths: ReadonlySet<string>, today: number | undefined): ReadFile {
  const findings: Finding[] = [];
  const wrong = (what: string): void => void findings.push({ file: path, severity: "error", what });
  const warn = (what: string): void => void findings.push({ file: path, severity: "warning", what });
  const named = /^([a-z0-9][a-z0-9-]{0,39})\.([a-z]{2,3})\.md$/.exec(path);
  if (!named) wrong("the file's name is not NAME.LANGUAGE.md in small letters. For example water.en.md");
  const matter = frontMatter(text, wrong);
  if (!named || !matter) return { findings };
  const [, slug = "", code = ""] = named;
  const tokens = Lexer.lex(matter.rest);
  const value = (key: Key): string => matter.values.get(key) ?? "";
  if (value("language") !== code) wrong(`language is "${value("language")}", but the file's name says ${code}.`);
  if (!LANGUAGES.some((each) => each.code === code))
    wrong(
      `language "${code}" is none that residents are answered in (${LANGUAGES.map((each) => each.code).join(", ")}).`,
    );
  const title = titleOf(tokens);
  if (title === undefined) wrong("has no heading. Begin the text with a line like: # Make water safe to drink");
  checkName(value("name"), wrong);
  checkSummary(value("summary"), code, wrong);
  checkReviewed(value("reviewed"), today, wrong, warn);
  const audience = value("audience") || "everyone";
  if (!(AUDIENCES as readonly string[]).includes(audience))
    wrong(`audience is "${audience}". Write one of: ${AUDIENCES.join(", ")}.`);
  checkLinks(tokens, paths, wrong, warn);
  if (findings.some(({ severity }) => severity === "error")) return { findings };
  const procedure: Procedure = {
    slug,
    language: code,
    name: value("name"),
    title: title!,
    summary: value("summary"),
    body: plainText(tokens),
    markdown: matter.rest.trim(),
    words: value("words"),
    reviewed: value("reviewed"),
    audience: audience as Audience,
  };
  return { procedure, findings };
}

const KEYS = ["language", "name", "summary", "reviewed", "audience", "words"] as const;
type Key = (typeof KEYS)[number];
const isKey = (key: string): key is Key => (KEYS as readonly string[]).includes(key);

function frontMatter(
  text: string,
  wrong: (what: string) => void,
): { values: Map<Key, string>; rest: string } | undefined {
  const match = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)([\s\S]*)$/.exec(text);
  if (!match) {
    wrong("does not begin with front matter: a line ---, lines like summary: ..., and a line ---.");
    return undefined;
  }
  const values = new Map<Key, string>();
  for (const line of match[1]!.split(/\r?\n/)) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, key = "", value = ""] = /^([a-z]+):\s*(.*)$/.exec(line) ?? [];
    if (!isKey(key)) wrong(`the line "${line.slice(0, 40)}" is not understood. There are: ${KEYS.join(", ")}.`);
    else if (values.has(key)) wrong(`says ${key} twice. Keep one.`);
    else values.set(key, value.trim().replace(/^(["'])(.*)\1$/, "$2"));
  }
  return { values, rest: match[2]! };
}

/** Longer names would push others off the list. */
const LONGEST_NAME = 16;

function checkName(name: string, wrong: (what: string) => void): void {
  if (!/^[\p{L}\p{N}-]+$/u.test(name) || utf8Length(name) > LONGEST_NAME)
    wrong(`name is "${name}". Write one word of at most ${LONGEST_NAME} bytes: it is what people send after info.`);
  else if (distressOf(`info ${name}`) !== "none")
    wrong(`name is "${name}", which is a call for help: whoever sent it would raise an alarm. Choose another word.`);
}

/** What a summary may take: the packet, less the words that say how to go on. */
export function summaryLimit(language: string): number {
  return MAX_SIGNED_TEXT - utf8Length(languageOf(language).inquiries.more);
}

function checkSummary(summary: string, language: string, wrong: (what: string) => void): void {
  const bytes = utf8Length(summary);
  const limit = summaryLimit(language);
  if (summary === "") wrong("has no summary. Write summary: and what to do, in one packet.");
  else if (bytes > limit)
    wrong(`the summary takes ${bytes} bytes, and one packet holds ${limit}. Shorten it by ${bytes - limit}.`);
}

function checkReviewed(
  date: string,
  today: number | undefined,
  wrong: (what: string) => void,
  warn: (what: string) => void,
): void {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? parseIsoTime(date) : undefined;
  if (at === undefined)
    return wrong(`reviewed is "${date}". Write the day on which somebody last checked it, like 2026-10-01.`);
  if (today === undefined) return;
  if (at > today + DAY) wrong(`reviewed is ${date}, which is still to come.`);
  else if (today - at > OLD) warn(`was last reviewed on ${date}. Have somebody who knows look at it again.`);
}

function checkLinks(
  tokens: readonly Token[],
  paths: ReadonlySet<string>,
  wrong: (what: string) => void,
  warn: (what: string) => void,
): void {
  for (const href of linksIn(tokens)) {
    if (/^(https?|mailto|tel):/i.test(href)) {
      if (/^http/i.test(href)) warn(`links to ${href}: nobody can follow it while the internet is away.`);
    } else {
      const target = decodeURIComponentOr(href.split("#")[0]!).replace(/^\.\//, "");
      if (target !== "" && !paths.has(target)) wrong(`links to ${href}, and there is no such file in the folder.`);
    }
  }
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function* linksIn(tokens: readonly Token[]): Generator<string> {
  for (const token of tokens) {
    if (token.type === "link" || token.type === "image") yield (token as Tokens.Link).href;
    yield* linksIn(childrenOf(token));
  }
}

function childrenOf(token: Token): readonly Token[] {
  if (token.type === "list") return (token as Tokens.List).items;
  if (token.type === "table") {
    const { header, rows } = token as Tokens.Table;
    return [...header, ...rows.flat()].flatMap((cell) => cell.tokens);
  }
  return "tokens" in token ? (token.tokens ?? []) : [];
}

function titleOf(tokens: readonly Token[]): string | undefined {
  const heading = tokens.find((token) => token.type === "heading") as Tokens.Heading | undefined;
  return heading && inline(heading.tokens).trim();
}

// ───────────────────────────── plain text ─────────────────────────────

/** Markdown as lines that can be read on a handheld: steps numbered, nothing emphasised, the title left out. */
export function plainText(tokens: readonly Token[]): string {
  const blocks = tokens.flatMap((token, index) => (index === firstHeading(tokens) ? [] : blockLines(token)));
  return blocks.filter((line) => line !== "").join("\n");
}

const firstHeading = (tokens: readonly Token[]): number => tokens.findIndex(({ type }) => type === "heading");

function blockLines(token: Token): string[] {
  switch (token.type) {
    case "heading":
      return [`${inline(childrenOf(token))}:`];
    case "list": {
      const { items, ordered, start } = token as Tokens.List;
      return items.flatMap((item, index) => {
        const [first = "", ...rest] = item.tokens.flatMap(blockLines);
        return [`${ordered ? `${(start === "" ? 1 : start) + index}.` : "-"} ${first}`, ...rest];
      });
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].map((row) => row.map((cell) => inline(cell.tokens)).join(" | "));
    }
    case "code":
      return (token as Tokens.Code).text.split("\n");
    case "blockquote":
      return childrenOf(token).flatMap(blockLines);
    case "paragraph":
    case "text":
      return [inline(childrenOf(token).length === 0 ? [token] : childrenOf(token)).replaceAll(/\s*\n\s*/g, " ")];
    default:
      return [];
  }
}

function inline(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === "br") return "\n";
      if (token.type === "html" || token.type === "image") return "";
      const children = childrenOf(token);
      return children.length > 0 ? inline(children) : unescaped("text" in token ? String(token.text) : token.raw);
    })
    .join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};
const unescaped = (text: string): string => text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]!);

// ───────────────────────────── the folder as a whole ─────────────────────────────

function between(procedures: readonly Procedure[]): Finding[] {
  const findings: Finding[] = [];
  const codes = [...new Set(procedures.map(({ language }) => language))];
  const names = new Map<string, Procedure>();
  for (const procedure of procedures) {
    const key = `${procedure.language} ${fold(procedure.name)}`;
    const twin = names.get(key);
    if (twin)
      findings.push({
        file: fileOf(procedure),
        severity: "error",
        what: `has the name "${procedure.name}", like ${fileOf(twin)}. Give each a word of its own.`,
      });
    else names.set(key, procedure);
    const lacking = codes.filter(
      (code) => !procedures.some((each) => each.slug === procedure.slug && each.language === code),
    );
    if (lacking.length > 0 && codes[0] === procedure.language)
      findings.push({ file: fileOf(procedure), severity: "warning", what: `is not there in: ${lacking.join(", ")}.` });
  }
  return findings;
}

export function fileOf({ slug, language }: Pick<Procedure, "slug" | "language">): string {
  return `${slug}.${language}.md`;
}
