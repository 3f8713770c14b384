// npm run docs:check: every link in the Markdown of the repository leads somewhere, every command that is named exists, the manual renders,
// and README begins with the two commands. Nothing is fetched: links into the web are only looked at for their form.

import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { verbOutline, type VerbOutline } from "#cli/verbs.ts";
import { commandManual, configManual } from "./manual.ts";

const HOME = resolve(import.meta.dirname, "..");
const LEFT_OUT = /^(node_modules|\.cache|dist|test\/vectors)\//;

/** What a heading is called in a link: GitHub's rule. */
export function anchorOf(heading: string): string {
  const words = heading
    .replaceAll(/`|\*\*|\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase();
  return words.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-");
}

/** Text without what is in fences. */
function prose(text: string): string {
  return text.replaceAll(/^(```|~~~)[\s\S]*?^\1.*$/gm, "");
}

export function anchorsIn(text: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading]) => anchorOf(heading!));
  const named = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name!);
  const numbered = headings.map((anchor) => {
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return new Set([...numbered, ...named]);
}

/** What is wrong with the links of one file; `read` answers another file's text, or undefined. */
export function brokenLinks(file: string, text: string, read: (path: string) => string | undefined): string[] {
  const body = prose(text).replaceAll(/`[^`\n]*`/g, "");
  const targets = [...body.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)].map(([, target]) => target!);
  return targets.flatMap((target) => {
    if (/^(https?|mailto|matrix):/.test(target))
      return URL.canParse(target) ? [] : [`${file}: ${target} is no address`];
    const [path, anchor] = target.split("#") as [string, string | undefined];
    const place = path === "" ? file : join(dirname(file), decodeURIComponent(path));
    const there = path === "" ? text : read(place);
    if (there === undefined) return [`${file}: ${target} leads nowhere`];
    if (anchor === undefined || !place.endsWith(".md") || anchorsIn(there).has(anchor)) return [];
    return [`${file}: ${target}: there is no such heading`];
  });
}

/** Commands in code that do not exist: `bin/muster VERB …`, `muster VERB …`, `npm run SCRIPT`. */
export function unknownCommands(
  file: string,
  text: string,
  program: VerbOutline,
  scripts: readonly string[],
): string[] {
  const code = [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([all]) => all);
  return code.flatMap((each) => [
    ...[
      ...each.matchAll(/(?:^ *|`|&& |\| |; )(?:sudo )?(?:bin\/)?muster ((?:[a-z][\w-]*)(?: [a-z][\w-]*)*)/gm),
    ].flatMap(([, words]) =>
      knows(program, words!.split(" ")) ? [] : [`${file}: there is no command "muster ${words}"`],
    ),
    ...[...each.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].flatMap(([, script]) =>
      scripts.includes(script!) ? [] : [`${file}: there is no "npm run ${script}"`],
    ),
  ]);
}

function knows(verb: VerbOutline, words: readonly string[]): boolean {
  const [word, ...rest] = words;
  if (word === undefined) return true;
  const below = verb.verbs.find(({ name }) => name === word);
  if (below) return knows(below, rest);
  // What is no verb may be an argument, where there is one.
  return verb.arguments.length > 0 || verb.verbs.length === 0;
}

/** README's first block of commands is the newcomer's. */
export function readmeBegins(text: string): string[] {
  const first = /```sh\n([\s\S]*?)```/.exec(text)?.[1]?.trim();
  return first === "npm ci && npm start"
    ? []
    : [`README.md: the first commands are not "npm ci && npm start" but ${JSON.stringify(first)}`];
}

/** groff's warnings about the manual pages, where groff is there. */
function manualFaults(program: VerbOutline): string[] {
  const edition = { version: "0", date: "2026-01-01" };
  const pages = { "muster.1": commandManual(program, edition), "muster.yaml.5": configManual(edition) };
  return Object.entries(pages).flatMap(([name, page]) => {
    const { status, stderr, error } = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-z"], {
      input: page,
      encoding: "utf8",
    });
    if (error) return [`${name}: groff is not here to render it: sudo apt-get install -y groff`];
    return status === 0 && stderr.trim() === "" ? [] : [`${name}: ${stderr.trim()}`];
  });
}

/** All that is wrong, in words. `render`: the manual pages too. */
export async function checkDocs(render: boolean): Promise<string[]> {
  const files = globSync("**/*.md", { cwd: HOME, exclude: ["node_modules/**", ".cache/**", "dist/**"] })
    .filter((file) => !LEFT_OUT.test(file))
    .toSorted();
  const read = (file: string): string | undefined => {
    const path = join(HOME, file);
    if (relative(HOME, path).startsWith("..") || !existsSync(path)) return undefined;
    return file.endsWith(".md") ? readFileSync(path, "utf8") : "";
  };
  const program = await verbOutline();
  const manifest = JSON.parse(readFileSync(join(HOME, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const scripts = Object.keys(manifest.scripts);
  const faults = files.flatMap((file) => {
    const text = read(file)!;
    return [...brokenLinks(file, text, read), ...unknownCommands(file, text, program, scripts)];
  });
  return [...faults, ...readmeBegins(read("README.md")!), ...(render ? manualFaults(program) : [])];
}

if (import.meta.main) {
  const faults = await checkDocs(true);
  for (const fault of faults) console.error(fault);
  console.log(faults.length === 0 ? "The documents are in order." : `${faults.length} faults.`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
