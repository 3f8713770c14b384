// From a config file to `Settings`: find it, read it, lay the environment over it, check it, fill in the defaults.
//
// The answer is settings or findings, and always all findings at once. Paths in the file are taken from the file's own
// folder. Secrets are read here, once, and are never part of a finding.

import { readdirSync, readFileSync, existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Settings } from "#gateway/settings.ts";
import { strictTextOf } from "#base/bytes.ts";
import type { Complaint } from "./fields.ts";
import { readField } from "./read.ts";
import { checkRules, complete } from "./rules.ts";
import { CONFIG, type Config, type ConfigDraft } from "./table.ts";
import { overlayEnvironment, pathText, placeOf, readTree, type Path, type Place, type Tree } from "./tree.ts";
import { nearest } from "./nearest.ts";
import type { Surroundings } from "./surroundings.ts";

/** Something to put right in the config. `line` and `column` count from 1 and are absent for the environment. */
export interface Finding {
  readonly severity: "error" | "warning";
  /** The file, or "$NAME" for a variable of the environment. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** `uplinks[0].homeserver`; "" for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The right name that lies nearest to a wrong one. */
  readonly nearest?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigResult =
  | { readonly ok: true; readonly file: string; readonly settings: Settings; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly file: string; readonly findings: readonly Finding[] };

export const CONFIG_PLACES = ["./muster.yaml", "/etc/muster/muster.yaml"] as const;

/** A config is a few kilobytes; something larger is the wrong file. */
const LARGEST_FILE = 1024 * 1024;

export interface ConfigOptions {
  /** For the verb that writes it. */
  readonly registrationMayLack?: boolean;
}

/** Reads the file named, or the first of CONFIG_PLACES that is there. */
export function loadConfig(
  named: string | undefined,
  environment: Environment,
  options: ConfigOptions = {},
): ConfigResult {
  const file = named ?? CONFIG_PLACES.find((place) => existsSync(place));
  if (file === undefined)
    return failed(CONFIG_PLACES[0], {
      message: `there is no config: neither ${CONFIG_PLACES.join(" nor ")} is here. Name one with --config FILE, or write one: muster config example > muster.yaml`,
    });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return failed(file, unreadable(file, error));
  }
  if (bytes.length > LARGEST_FILE) return failed(file, { message: "is larger than 1 MiB, so it is no config." });
  const text = strictTextOf(bytes);
  if (text === undefined) return failed(file, { message: "is not UTF-8 text. Save it as UTF-8." });
  return parseConfig(text, file, environment, options);
}

/** Reads a config's text. `file` names it in findings, and its folder is where relative paths start. */
export function parseConfig(
  text: string,
  file: string,
  environment: Environment = {},
  options: ConfigOptions = {},
): ConfigResult {
  const { tree, faults } = readTree(text.replace(/^\uFEFF/, ""), file);
  const written = writtenPaths(tree);
  faults.push(...overlayEnvironment(tree, environment));
  const findings: Finding[] = faults.map((fault) => ({
    severity: "error",
    ...fault.place,
    path: "",
    message: fault.message,
  }));
  const complain = (path: Path, complaint: Complaint): void => {
    // One error for one key: what could not be read is missing to the rules too.
    if (findings.some((each) => each.severity === "error" && each.path !== "" && each.path === pathText(path))) return;
    findings.push(finding(placeOf(tree, path, { file, line: 1, column: 1 }), pathText(path), complaint));
  };
  const draft = readField(CONFIG, tree, [], complain) as ConfigDraft;
  const folder = dirname(resolve(file));
  const surroundings: Surroundings = {
    readSecret: (path) => readSecret(path, folder, environment),
    inFile: (path) => written.has(pathText(path)),
    registrationMayLack: options.registrationMayLack === true,
    resolve: (path) => resolve(folder, path),
  };
  checkRules(draft, surroundings, complain);
  findings.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  if (findings.some((each) => each.severity === "error")) return { ok: false, file, findings };
  return { ok: true, file, settings: complete(draft as Config, surroundings), findings };
}

/** One line for people: `muster.yaml:12:3 meshtastic.prot: there is no such key. Did you mean "port"?` */
export function findingText(each: Finding): string {
  const place = [each.file, each.line, each.column].filter((part) => part !== undefined).join(":");
  const near = each.nearest === undefined ? "" : ` Did you mean "${each.nearest}"?`;
  const words = each.path === "" ? each.message : `${each.path} ${each.message}`;
  return `${place} ${each.severity === "warning" ? "(warning) " : ""}${words}${near}`;
}

function finding(place: Place, path: string, complaint: Complaint): Finding {
  return {
    severity: complaint.severity ?? "error",
    ...place,
    path,
    message: complaint.message,
    ...(complaint.nearest === undefined ? {} : { nearest: complaint.nearest }),
  };
}

function failed(file: string, complaint: Complaint): ConfigResult {
  return { ok: false, file, findings: [finding({ file }, "", complaint)] };
}

function writtenPaths(tree: Tree, path: Path = [], into = new Set<string>()): Set<string> {
  if (path.length > 0) into.add(pathText(path));
  if (tree.is === "map") for (const [key, entry] of tree.entries) writtenPaths(entry.tree, [...path, key], into);
  if (tree.is === "list") tree.items.forEach((item, index) => writtenPaths(item.tree, [...path, index], into));
  return into;
}

/** Secrets that systemd hands to the service (systemd/muster.service), in the config's own folder. */
const CREDENTIALS = "credentials";

/**
 * A bare name is a systemd credential where systemd gave us any (systemd.exec(5), LoadCredential=); those of a whole folder are
 * headed by the name that our units give it. Verbs that an operator calls as root find them where systemd takes them from.
 */
function readSecret(path: string, folder: string, environment: Environment): ReturnType<Surroundings["readSecret"]> {
  const handed = environment["CREDENTIALS_DIRECTORY"];
  const beside = [resolve(folder, path), resolve(folder, CREDENTIALS, path)];
  const places = path.includes("/")
    ? [resolve(folder, path)]
    : handed === undefined
      ? beside
      : [join(handed, path), join(handed, `muster_${path}`)];
  const place = places.find((each) => existsSync(each)) ?? places[0]!;
  try {
    return { text: readFileSync(place, "utf8") };
  } catch (error) {
    const complaint = unreadable(place, error);
    return { ...complaint, message: `is "${path}", a file that ${complaint.message}` };
  }
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "is not there.",
  EACCES: "may not be read by this user. Check its owner and mode (ls -l).",
  EISDIR: "is a folder.",
};

function unreadable(file: string, error: unknown): { message: string; nearest?: string } {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const near = code === "ENOENT" ? nearestFile(file) : undefined;
  const message = WHY_UNREADABLE[code] ?? `cannot be read (${code || String(error)}).`;
  return { message, ...(near === undefined ? {} : { nearest: near }) };
}

function nearestFile(file: string): string | undefined {
  const folder = dirname(file);
  try {
    const near = nearest(basename(file), readdirSync(folder));
    return near === undefined ? undefined : join(folder, near);
  } catch {
    return undefined;
  }
}
