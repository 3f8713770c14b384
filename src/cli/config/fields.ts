// What a config file is made of, as data: the kinds of field a table of keys is written with, and the TypeScript type of
// what such a table reads. The table itself is table.ts; one reader (read.ts) and one printer
// (example.ts) walk it, so that a key exists in exactly one place.

/** What is wrong with a value, in words that say what to write instead. */
export interface Complaint {
  readonly message: string;
  readonly nearest?: string;
  /** Default "error". A warning leaves the file usable. */
  readonly severity?: "error" | "warning";
}

/**
 * Common to all fields. A key that is absent gets `default`; without one it is required unless `optional`.
 * `sample` is what the sample file shows where there is no default, or where the default teaches nothing.
 */
interface Presence<T> {
  /** Comment of the sample file. */
  readonly about?: string;
  readonly default?: T;
  readonly sample?: T;
  readonly optional?: true;
}

export interface TextField extends Presence<string> {
  readonly kind: "text";
  readonly check?: (value: string) => Complaint | undefined;
}

export interface NumberField extends Presence<number> {
  readonly kind: "number";
  readonly integer?: true;
  readonly min: number;
  readonly max: number;
  readonly check?: (value: number) => Complaint | undefined;
}

export interface FlagField extends Presence<boolean> {
  readonly kind: "flag";
}

export interface ChoiceField extends Presence<string> {
  readonly kind: "choice";
  readonly of: readonly string[];
}

export interface ListField extends Presence<readonly unknown[]> {
  readonly kind: "list";
  readonly of: Field;
}

export interface SectionField extends Presence<never> {
  readonly kind: "section";
  readonly keys: Readonly<Record<string, Field>>;
}

export type Field = TextField | NumberField | FlagField | ChoiceField | ListField | SectionField;

type Camel<Key> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Key & string;

/** `message_delay` → `messageDelay`. */
export function camel(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

type OptionalKeys<Keys> = { [K in keyof Keys]: Keys[K] extends { optional: true } ? K : never }[keyof Keys];

/** What a field reads, once nothing is wrong: defaults filled in, keys in camel case. */
export type ValueOf<F> = F extends { kind: "text" }
  ? string
  : F extends { kind: "number" }
    ? number
    : F extends { kind: "flag" }
      ? boolean
      : F extends { kind: "choice"; of: readonly (infer Choice)[] }
        ? Choice
        : F extends { kind: "list"; of: infer Item }
          ? readonly ValueOf<Item>[]
          : F extends { kind: "section"; keys: infer Keys }
            ? { readonly [K in Exclude<keyof Keys, OptionalKeys<Keys>> as Camel<K>]: ValueOf<Keys[K]> } & {
                readonly [K in OptionalKeys<Keys> as Camel<K>]?: ValueOf<Keys[K]>;
              }
            : never;

/** The same while something may still be wrong: whatever could not be read is undefined. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Draft<T[K]> | undefined }
    : T;
