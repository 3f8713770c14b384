// Reads a tree by a table of fields. Everything wrong is told at once, each with its path and what to write instead;
// the place is found by whoever collects (config.ts). Total: never throws for what somebody wrote.

import { camel, type Complaint, type Field, type ListField, type SectionField } from "./fields.ts";
import type { Path, Tree } from "./tree.ts";
import { nearest } from "./nearest.ts";

export type Complain = (path: Path, complaint: Complaint) => void;

/** The value of `tree` as `field` says, defaults filled in; undefined where something was wrong (and complained of). */
export function readField(field: Field, tree: Tree, path: Path, complain: Complain): unknown {
  if (field.kind === "section") return readSection(field, tree, path, complain);
  if (field.kind === "list") return readList(field, tree, path, complain);
  if (tree.is !== "scalar") return complain(path, { message: `must be ${noun(field)}, not ${described(tree)}.` });
  if (tree.value === null && tree.source === undefined)
    return complain(path, { message: "has no value. Write one, or take the line out." });
  return readScalar(field, tree, path, complain);
}

function readScalar(
  field: Exclude<Field, SectionField | ListField>,
  tree: Extract<Tree, { is: "scalar" }>,
  path: Path,
  complain: Complain,
): unknown {
  // A variable of the environment has no quotes that could say "text, although it looks like a number".
  const value =
    tree.source !== undefined && (field.kind === "text" || field.kind === "choice") && typeof tree.value !== "string"
      ? tree.source
      : tree.value;
  const wrongType = () =>
    complain(path, { message: `must be ${noun(field)}, not ${described(tree)}.${quoting(field, tree)}` });
  let complaint: Complaint | undefined;
  if (field.kind === "number") {
    if (typeof value !== "number" || Number.isNaN(value)) return wrongType();
    complaint = outOfBounds(field, value) ?? field.check?.(value);
  } else if (field.kind === "flag") {
    if (typeof value !== "boolean") return wrongType();
  } else {
    if (typeof value !== "string") return wrongType();
    complaint = field.kind === "choice" ? notOneOf(field.of, value) : field.check?.(value);
  }
  if (complaint) complain(path, complaint);
  return complaint && complaint.severity !== "warning" ? undefined : value;
}

function outOfBounds(field: { min: number; max: number; integer?: true }, value: number): Complaint | undefined {
  if (field.integer && !Number.isInteger(value)) return { message: `is ${value}; it must be a whole number.` };
  if (value >= field.min && value <= field.max) return undefined;
  const bounds = Number.isFinite(field.max) ? `from ${field.min} to ${field.max}` : `${field.min} or more`;
  return { message: `is ${value}; it must be ${bounds}.` };
}

function notOneOf(choices: readonly string[], value: string): Complaint | undefined {
  if (choices.includes(value)) return undefined;
  const near = nearest(value, choices);
  return {
    message: `is "${value}"; it must be ${choices.join(" or ")}.`,
    ...(near === undefined ? {} : { nearest: near }),
  };
}

function readList(field: ListField, tree: Tree, path: Path, complain: Complain): unknown {
  if (tree.is === "scalar" && tree.value === null) return field.default ?? [];
  if (tree.is !== "list")
    return complain(path, {
      message: `must be a list (lines that start with "-", or [a, b]), not ${described(tree)}.`,
    });
  return tree.items.map((item, index) => readField(field.of, item.tree, [...path, index], complain));
}

function readSection(field: SectionField, tree: Tree, path: Path, complain: Complain): unknown {
  const names = Object.keys(field.keys);
  if (tree.is === "list" || (tree.is === "scalar" && tree.value !== null))
    return complain(path, {
      message: `must be keys (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}), not ${described(tree)}.`,
    });
  const entries = tree.is === "map" ? tree.entries : new Map<string, never>();
  for (const key of entries.keys())
    if (!Object.hasOwn(field.keys, key)) complain([...path, key], unknownKey(key, names));
  const value: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(field.keys)) {
    const entry = entries.get(key);
    const read = entry
      ? readField(child, entry.tree, [...path, key], complain)
      : absent(child, [...path, key], complain);
    if (read !== undefined) value[camel(key)] = read;
  }
  return value;
}

function unknownKey(key: string, names: readonly string[]): Complaint {
  const near = nearest(key, names);
  if (near !== undefined) return { message: "there is no such key.", nearest: near };
  return { message: `there is no such key. Here belong: ${names.join(", ")}.` };
}

/** What a key that is not written gives. */
function absent(field: Field, path: Path, complain: Complain): unknown {
  if (field.kind === "section") return readSection(field, { is: "map", entries: new Map() }, path, complain);
  if (field.default !== undefined) return field.default;
  if (!field.optional) {
    const sample =
      field.kind === "list" || field.sample === undefined ? "" : ` For example ${path.at(-1)}: ${field.sample}`;
    complain(path, { message: `is missing${field.about ? ` (${field.about})` : ""}.${sample}` });
  }
  return undefined;
}

function noun(field: Field): string {
  return { text: "text", choice: "a word", number: "a number", flag: "true or false", list: "a list", section: "keys" }[
    field.kind
  ];
}

function described(tree: Tree): string {
  if (tree.is === "list") return "a list";
  if (tree.is === "map") return "keys of its own";
  if (tree.value === null) return "nothing";
  if (typeof tree.value === "string") return `the text "${tree.value}"`;
  return typeof tree.value === "number" ? `the number ${tree.value}` : `${tree.value}`;
}

function quoting(field: Field, tree: Extract<Tree, { is: "scalar" }>): string {
  if (field.kind === "text" && typeof tree.value !== "string") return " Put it in quotes.";
  if (field.kind === "number" && typeof tree.value === "string" && /^\s*[\d.]+\s*$/.test(tree.value))
    return " Take the quotes away.";
  if (field.kind === "flag" && typeof tree.value === "string" && /^(yes|on)$/i.test(tree.value)) return " Write true.";
  if (field.kind === "flag" && typeof tree.value === "string" && /^(no|off)$/i.test(tree.value)) return " Write false.";
  return "";
}
