// JSON values that somebody else wrote.

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value if it is an object, an empty one otherwise. */
export function object(value: unknown): Json {
  return isJson(value) ? value : {};
}

/** The objects of the value if it is an array, none otherwise. */
export function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
