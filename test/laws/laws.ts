// The laws of the house, as functions from source files to violations. The table they go by is rooms.ts.

import { parseSync, Visitor, type Program, type VisitorObject } from "oxc-parser";
import { LONGEST_FILE, LONGEST_FUNCTION, ROOMS, TIME_AND_CHANCE } from "./rooms.ts";

/** A file with its path from the repository's root, "src/radio/link.ts". */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly law: string;
  readonly what: string;
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  readonly start: number;
}

/** One file, parsed once for all laws. */
interface Parsed extends Source {
  readonly program: Program;
  readonly comments: readonly { readonly value: string; readonly start: number }[];
  readonly imports: readonly Import[];
  readonly tell: (at: number, law: string, what: string) => void;
}

/** Every violation of every law in `sources`. A law that spans files (interfaces) needs all of them. */
export function violations(sources: readonly Source[]): Violation[] {
  const found: Violation[] = [];
  const parsed = sources.map((source): Parsed => {
    const { program, errors, module, comments } = parseSync(source.path, source.text);
    const tell = (at: number, law: string, what: string): void => {
      found.push({ path: source.path, line: lineOf(source.text, at), law, what });
    };
    for (const error of errors) tell(error.labels[0]?.start ?? 0, "parses", error.message);
    return { ...source, program, comments, imports: importsOf(source.text, module), tell };
  });
  for (const file of parsed) {
    checkNoParentPaths(file);
    checkFileLength(file);
    if (!file.path.startsWith("src/")) continue;
    checkImports(file);
    checkTimeAndChance(file);
    checkAsync(file);
    checkFunctions(file);
    checkNothingUnfinished(file);
  }
  checkInterfaces(parsed);
  checkCircles(parsed);
  checkNamedFiles(parsed);
  return found;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/** "radio" for src/radio/link.ts, "pump" for src/pump.ts. */
function roomOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.ts$/, "");
}

function importsOf(text: string, module: ReturnType<typeof parseSync>["module"]): Import[] {
  const statics = module.staticImports.map((each) => ({
    from: each.moduleRequest.value,
    typeOnly:
      /^import\s+type\b/.test(text.slice(each.start, each.end)) ||
      (each.entries.length > 0 && each.entries.every((entry) => entry.isType)),
    start: each.start,
  }));
  const again = module.staticExports.flatMap((each) =>
    each.entries.flatMap((entry) =>
      entry.moduleRequest ? [{ from: entry.moduleRequest.value, typeOnly: entry.isType, start: each.start }] : [],
    ),
  );
  const dynamic = module.dynamicImports.map((each) => ({
    from: text.slice(each.moduleRequest.start, each.moduleRequest.end).replaceAll(/^["'`]|["'`]$/g, ""),
    typeOnly: false,
    start: each.start,
  }));
  return [...statics, ...again, ...dynamic];
}

// ───────────────────────────── imports ─────────────────────────────

function checkNoParentPaths({ imports, tell }: Parsed): void {
  for (const { from, start } of imports)
    if (from.startsWith("..") || from.includes("/../")) tell(start, "no ../", `${from}: write #room/file.ts`);
}

function checkImports(file: Parsed): void {
  for (const each of file.imports) {
    const wrong = wrongImport(file.path, each);
    if (wrong !== undefined) file.tell(each.start, "rooms", wrong);
  }
}

function wrongImport(path: string, { from, typeOnly }: Import): string | undefined {
  const name = roomOf(path);
  const room = ROOMS[name];
  if (!room) return `${name} is no room of the table`;
  if (from.startsWith(".")) return from.endsWith(".ts") ? undefined : `${from}: the suffix .ts is missing`;
  if (from.startsWith("node:")) return wrongNodeModule(name, room.node ?? [], from.slice(5));
  if (!from.startsWith("#")) return wrongPackage(name, packageOf(from));
  const other = from.slice(1).split("/")[0]!;
  if (other === name) return wrongWithinRoom(path, from);
  if (!(other in ROOMS)) return `${from}: there is no room ${other}`;
  if (room.imports.includes(other)) return undefined;
  if (room.types?.includes(other)) return typeOnly ? undefined : `${name} may import only types of ${other}`;
  return `${name} may not import ${other}`;
}

function wrongNodeModule(name: string, allowed: readonly string[] | "any", module: string): string | undefined {
  return allowed === "any" || allowed.includes(module) ? undefined : `${name} may not import node:${module}`;
}

export function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function wrongPackage(name: string, dependency: string): string | undefined {
  const homes = Object.keys(ROOMS).filter((room) => ROOMS[room]!.packages?.includes(dependency));
  return homes.includes(name) ? undefined : `${dependency} lives in ${homes.join() || "no room"}, not in ${name}`;
}

/** Inside a room it is ./file.ts; only between the rooms of domain/ is it #domain/…, and then only to `people`. */
function wrongWithinRoom(path: string, from: string): string | undefined {
  const here = path.split("/").slice(2, -1).join("/");
  const there = from.split("/").slice(1, -1).join("/");
  if (here === there) return `${from}: inside a room write ./${from.split("/").at(-1)}`;
  if (roomOf(path) === "domain" && there !== "" && there !== "people")
    return `domain/${here} may not import domain/${there}`;
  return undefined;
}

/**
 * Code that needs itself, through however many files: nobody can say which of them comes first, or take one away. Types are gone when
 * the program runs, so an arrow of types alone closes no circle.
 */
function checkCircles(files: readonly Parsed[]): void {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    const file = byPath.get(path);
    if (!file?.path.startsWith("src/")) return;
    if (way.includes(path)) {
      const circle = [...way.slice(way.indexOf(path)), path];
      return file.tell(0, "no circles", circle.map((each) => each.slice("src/".length)).join(" → "));
    }
    if (seen.has(path)) return;
    for (const { from, typeOnly } of file.imports) if (!typeOnly) walk(pathOf(path, from), [...way, path]);
    seen.add(path);
  };
  for (const path of byPath.keys()) walk(path, []);
}

/** The file that an import means: "src/radio/link.ts" of "#radio/link.ts", or of "./link.ts" beside it. */
function pathOf(importer: string, from: string): string {
  if (from === "#pump") return "src/pump.ts";
  if (from.startsWith("#")) return `src/${from.slice(1)}`;
  return `${importer.split("/").slice(0, -1).join("/")}/${from.replace(/^\.\//, "")}`;
}

// ───────────────────────────── time, chance, async ─────────────────────────────

const CLOCKS = new Set(["Date", "setTimeout", "setInterval", "setImmediate", "performance"]);

function checkTimeAndChance({ path, program, tell }: Parsed): void {
  if (TIME_AND_CHANCE.includes(path)) return;
  visit(program, {
    // A property of that name ("headers.Date") is an Identifier too, but is never visited as a reference: see `visit`.
    Identifier: ({ name, start }) => {
      if (CLOCKS.has(name)) tell(start, "time and chance", `${name}: take a Clock (base/clock.ts)`);
    },
    MemberExpression: (node) => {
      if (node.object.type !== "Identifier" || node.property.type !== "Identifier" || node.computed) return;
      const called = `${node.object.name}.${node.property.name}`;
      if (called === "Math.random") tell(node.start, "time and chance", `${called}: take a Random (base/random.ts)`);
      if (node.object.name === "globalThis" && CLOCKS.has(node.property.name))
        tell(node.start, "time and chance", `${called}: take a Clock (base/clock.ts)`);
    },
  });
}

function checkAsync({ path, program, tell }: Parsed): void {
  const name = roomOf(path);
  if (ROOMS[name]?.async) return;
  const say = (at: number): void => tell(at, "async only at the edges", `${name} computes; edges wait`);
  const ifAsync = (node: { async: boolean; start: number }): void => {
    if (node.async) say(node.start);
  };
  visit(program, {
    FunctionDeclaration: ifAsync,
    FunctionExpression: ifAsync,
    ArrowFunctionExpression: ifAsync,
    AwaitExpression: ({ start }) => say(start),
    ForOfStatement: (node) => {
      if (node.await) say(node.start);
    },
  });
}

/** Visits a program, names of properties and keys left out: they are no references. */
function visit(program: Program, visitor: VisitorObject): void {
  const names = new Set<number>();
  new Visitor({
    MemberExpression: (node) => {
      if (!node.computed) names.add(node.property.start);
    },
    Property: (node) => {
      if (!node.computed && !node.shorthand) names.add(node.key.start);
    },
    PropertyDefinition: (node) => {
      if (!node.computed) names.add(node.key.start);
    },
    MethodDefinition: (node) => {
      if (!node.computed) names.add(node.key.start);
    },
    TSPropertySignature: (node) => {
      if (!node.computed) names.add(node.key.start);
    },
  }).visit(program);
  const { Identifier, ...rest } = visitor;
  new Visitor({
    ...rest,
    ...(Identifier
      ? {
          Identifier: (node) => {
            if (!names.has(node.start)) Identifier(node);
          },
        }
      : {}),
  }).visit(program);
}

// ───────────────────────────── sizes and leftovers ─────────────────────────────

function checkFileLength({ path, text, tell }: Parsed): void {
  const lines = text.trimEnd().split("\n").length;
  if (path.endsWith(".ts") && lines > LONGEST_FILE) tell(0, "size", `${lines} lines; ${LONGEST_FILE} is the limit`);
}

function checkFunctions({ text, program, tell }: Parsed): void {
  const measure = (node: { start: number; end: number }): void => {
    const lines = text.slice(node.start, node.end).split("\n").length;
    if (lines > LONGEST_FUNCTION)
      tell(node.start, "size", `a function of ${lines} lines; ${LONGEST_FUNCTION} is the limit`);
  };
  visit(program, { FunctionDeclaration: measure, FunctionExpression: measure, ArrowFunctionExpression: measure });
}

/** Spelled so that a search for such words does not stop here. */
const UNFINISHED = /\b(?:T[O]DO|F[I]XME|X[X]X)\b|@ts-(?:ignore|nocheck)/;

function checkNothingUnfinished({ text, tell }: Parsed): void {
  const match = UNFINISHED.exec(text);
  if (match) tell(match.index, "finished", `${match[0]}: finish it, or file an issue`);
}

/** A comment that sends its reader to a file which was moved or renamed since sends them nowhere. */
function checkNamedFiles(files: readonly Parsed[]): void {
  const paths = files.map(({ path }) => `/${path}`);
  for (const { comments, tell } of files.filter((each) => each.path.startsWith("src/")))
    for (const { value, start } of comments)
      for (const [named] of value.matchAll(/[\w/-]+\.ts\b/g))
        if (!paths.some((each) => each.endsWith(`/${named}`))) tell(start, "named files", `${named} is not there`);
}

// ───────────────────────────── interfaces ─────────────────────────────

/**
 * An interface that a class says it `implements` is an abstraction, and needs a second implementation, in src/ or as a
 * fake in test/: another class, or an object literal of that declared type. Interfaces of plain data, and those that
 * describe what one function returns, are not abstractions: nobody implements them. An interface that another room
 * declares is a door: it is what lets the arrow between the two rooms point one way.
 */
function checkInterfaces(files: readonly Parsed[]): void {
  const makers = new Map<string, number>();
  const claims: { name: string; file: Parsed; start: number }[] = [];
  const parents = new Map<string, readonly string[]>();
  const homes = new Map<string, string>();
  const count = (name: string | undefined): void => {
    if (name !== undefined) makers.set(name, (makers.get(name) ?? 0) + 1);
  };
  for (const file of files) {
    const implementing = (node: { implements?: readonly { expression: { type: string; start: number } }[] }): void => {
      for (const { expression } of node.implements ?? []) {
        const name = file.text.slice(expression.start).match(/^\w+/)?.[0];
        if (name === undefined) continue;
        count(name);
        claims.push({ name, file, start: expression.start });
      }
    };
    visit(file.program, {
      ClassDeclaration: implementing,
      ClassExpression: implementing,
      TSInterfaceDeclaration: (node) => {
        homes.set(node.id.name, roomOf(file.path));
        parents.set(
          node.id.name,
          node.extends.map((each) => file.text.slice(each.expression.start, each.expression.end)),
        );
      },
      VariableDeclarator: (node) => {
        if (node.init?.type === "ObjectExpression" && node.id.type === "Identifier")
          count(typeName(node.id.typeAnnotation?.typeAnnotation, file.text));
      },
      TSSatisfiesExpression: (node) => count(typeName(node.typeAnnotation, file.text)),
      FunctionDeclaration: (node) => count(returnedLiteral(node, file.text)),
      FunctionExpression: (node) => count(returnedLiteral(node, file.text)),
      ArrowFunctionExpression: (node) => count(returnedLiteral(node, file.text)),
    });
  }
  // Whoever makes a FileDoor extends Door has made a Door.
  for (const [child, all] of parents)
    for (const parent of all) makers.set(parent, (makers.get(parent) ?? 0) + (makers.get(child) ?? 0));
  for (const { name, file, start } of claims)
    if ((makers.get(name) ?? 0) < 2 && homes.get(name) === roomOf(file.path))
      file.tell(start, "interfaces", `${name} has one implementation: export the class, or describe it as a type`);
}

/** The name of a type that is only a name. */
function typeName(
  type: { start: number; end: number; type: string } | null | undefined,
  text: string,
): string | undefined {
  return type?.type === "TSTypeReference" ? text.slice(type.start, type.end) : undefined;
}

/** The declared type of a function that answers an object literal: `(): Clock { return { now: … } }`. */
function returnedLiteral(
  node: {
    returnType?: { typeAnnotation: { start: number; end: number; type: string } } | null;
    body?: { start: number; end: number } | null;
  },
  text: string,
): string | undefined {
  const name = typeName(node.returnType?.typeAnnotation, text);
  const body = node.body ? text.slice(node.body.start, node.body.end) : "";
  return name !== undefined && /(\breturn|^\()\s*\{/.test(body) ? name.replace(/^Promise<(\w+)>$/, "$1") : undefined;
}
