// The config as written: maps, lists and scalars that know their file, line and column, with the environment laid over
// them. No key has a meaning here yet.
//
// YAML is read strictly: a key twice, a tag, an anchor or a second document is an error, because each of them has hidden
// a mistake from somebody. MUSTER__UPLINKS__0__HOMESERVER=… replaces (or adds) uplinks[0].homeserver.

import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";

export interface Place {
  /** A file's name, or "$NAME" for a variable of the environment. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export type Scalar = string | number | boolean | null;

export interface Entry {
  /** Where the key stands, or the item of a list. */
  readonly place: Place;
  readonly tree: Tree;
}

export type Tree =
  /** `source` is the text as written, where it came from the environment. */
  | { readonly is: "scalar"; readonly value: Scalar; readonly source?: string }
  | { readonly is: "map"; readonly entries: Map<string, Entry> }
  | { readonly is: "list"; readonly items: Entry[] };

/** A fault of the writing itself, before any key has a meaning. */
export interface Fault {
  readonly place: Place;
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** `["uplinks", 0, "name"]` → `uplinks[0].name`. */
export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

/** Reads YAML. Without faults the tree's root is a map; an empty file is an empty map. */
export function readTree(text: string, file: string): { tree: Tree; faults: Fault[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, logLevel: "silent" });
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => ({
    place: place(error.pos[0]),
    message: YAML_WORDS[error.code] ?? `is not YAML that can be read: ${error.message}`,
  }));
  const grow = (node: unknown): Tree => growTree(node as Node | null, place, faults);
  const tree = document.contents === null ? emptyMap() : grow(document.contents);
  if (tree.is !== "map")
    faults.push({
      place: place(0),
      message: "has no keys. Write lines like `node:` (`muster config example` prints a whole file).",
    });
  return { tree: tree.is === "map" ? tree : emptyMap(), faults };
}

/** YAML's own words where ours help more. */
const YAML_WORDS: Partial<Record<string, string>> = {
  DUPLICATE_KEY: "this key is written twice. Keep one of the two.",
  TAB_AS_INDENT: "a tab is used to indent. YAML wants spaces.",
  MULTIPLE_DOCS: "a second document starts here (`---`). Keep one.",
  BAD_INDENT: "this line is indented too far or not far enough.",
};

export function emptyMap(): Tree {
  return { is: "map", entries: new Map() };
}

function growTree(node: Node | null, place: (offset: number) => Place, faults: Fault[]): Tree {
  const at = place(node?.range?.[0] ?? 0);
  if (node !== null && (isAlias(node) || ("anchor" in node && node.anchor !== undefined)))
    faults.push({ place: at, message: "anchors and aliases are not read here. Write the value out." });
  if (isMap(node)) {
    const entries = new Map<string, Entry>();
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      const keyAt = place((pair.key as Node | null)?.range?.[0] ?? 0);
      if (key === undefined) faults.push({ place: keyAt, message: "this key is not a plain word." });
      else if (!entries.has(key))
        entries.set(key, { place: keyAt, tree: growTree(pair.value as Node | null, place, faults) });
    }
    return { is: "map", entries };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => ({
      place: place((item as Node | null)?.range?.[0] ?? 0),
      tree: growTree(item as Node | null, place, faults),
    }));
    return { is: "list", items };
  }
  if (isScalar(node)) return { is: "scalar", value: scalarOf(node.value) };
  return { is: "scalar", value: null };
}

function scalarOf(value: unknown): Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

export const ENVIRONMENT_PREFIX = "MUSTER__";

/** Lays every MUSTER__… variable over the tree, in the order of their names; mutates `root`. */
export function overlayEnvironment(root: Tree, environment: Readonly<Record<string, string | undefined>>): Fault[] {
  const faults: Fault[] = [];
  const names = Object.keys(environment).filter((name) => name.startsWith(ENVIRONMENT_PREFIX));
  for (const name of names.sort()) {
    const text = environment[name];
    if (text === undefined) continue;
    const place = { file: `$${name}` };
    const steps = name.slice(ENVIRONMENT_PREFIX.length).toLowerCase().split("__");
    const fault = put(root, steps, { place, tree: environmentTree(text, place) });
    if (fault !== undefined) faults.push({ place, message: fault });
  }
  return faults;
}

/** Sets the entry at `steps` below `tree`, making what is missing on the way; a message when that cannot be. */
function put(tree: Tree, steps: readonly string[], entry: Entry): string | undefined {
  const [step, ...rest] = steps;
  if (step === undefined || step === "") return "has an empty part. Write it like MUSTER__NODE__NAME.";
  const below = (old: Entry | undefined): Entry => {
    if (rest.length === 0) return entry;
    if (old && old.tree.is !== "scalar") return old;
    return { place: entry.place, tree: /^\d+$/.test(rest[0]!) ? { is: "list", items: [] } : emptyMap() };
  };
  let next: Entry;
  if (tree.is === "list") {
    if (!/^\d+$/.test(step)) return `needs a number where "${step}" stands, counting from 0.`;
    const index = Number(step);
    if (index > tree.items.length) return `is number ${index}, but there are only ${tree.items.length} before it.`;
    next = tree.items[index] = below(tree.items[index]);
  } else if (tree.is === "map") {
    next = below(tree.entries.get(step));
    tree.entries.set(step, next);
  } else return `lies below "${step}", which is a single value.`;
  return rest.length === 0 ? undefined : put(next.tree, rest, entry);
}

/** JSON where it parses, otherwise the text itself. */
function environmentTree(text: string, place: Place): Tree {
  try {
    return jsonTree(JSON.parse(text), place, text);
  } catch {
    return { is: "scalar", value: text, source: text };
  }
}

function jsonTree(value: unknown, place: Place, source?: string): Tree {
  if (Array.isArray(value)) return { is: "list", items: value.map((item) => ({ place, tree: jsonTree(item, place) })) };
  if (typeof value === "object" && value !== null)
    return {
      is: "map",
      entries: new Map(Object.entries(value).map(([key, item]) => [key, { place, tree: jsonTree(item, place) }])),
    };
  return { is: "scalar", value: scalarOf(value), ...(source === undefined ? {} : { source }) };
}

/** Where `path` is written; for what is not there, the nearest key above it, and `top` for the file itself. */
export function placeOf(root: Tree, path: Path, top: Place): Place {
  let place = top;
  let tree: Tree | undefined = root;
  for (const step of path) {
    const entry: Entry | undefined =
      tree?.is === "map" ? tree.entries.get(String(step)) : tree?.is === "list" ? tree.items[Number(step)] : undefined;
    if (!entry) return place;
    place = entry.place;
    tree = entry.tree;
  }
  return place;
}
