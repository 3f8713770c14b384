// JSON as people read it: one line per value, indented; what is empty is left out.

/** `{radio: {state: "ready"}}` → ["radio", "  state  ready"]. Lists of plain values stand on one line. */
export function outline(value: unknown, indent = ""): string[] {
  if (!isBranch(value)) return [`${indent}${leaf(value)}`];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((item, index) => [title(item) ?? `${index + 1}`, item])
    : Object.entries(value).filter(([, item]) => item !== undefined && item !== null && item !== "");
  const width = Math.max(0, ...entries.filter(([, item]) => !isBranch(item)).map(([key]) => key.length));
  return entries.flatMap(([key, item]) =>
    isBranch(item)
      ? [`${indent}${key}`, ...outline(item, `${indent}  `)]
      : [`${indent}${key.padEnd(width)}  ${leaf(item)}`],
  );
}

function isBranch(value: unknown): value is object {
  if (Array.isArray(value)) return value.some((item) => typeof item === "object" && item !== null);
  return typeof value === "object" && value !== null;
}

/** Items of a list are headed by their name. */
function title(item: unknown): string | undefined {
  const name = typeof item === "object" && item !== null && "name" in item ? item.name : undefined;
  return typeof name === "string" ? name : undefined;
}

function leaf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(leaf).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
