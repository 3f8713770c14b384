// npm run bench -- NAME [options]: runs bench/NAME.ts. Each prints one JSON value with --json, words without.

import { readdirSync } from "node:fs";

const [name = "", ...options] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts")
  .map((file) => file.slice(0, -3));

if (names.includes(name)) {
  const bench = (await import(`./${name}.ts`)) as { run: (options: readonly string[]) => unknown };
  await bench.run(options);
} else {
  process.stderr.write(`usage: npm run bench -- NAME [--json]; NAME is one of ${names.join(", ")}\n`);
  process.exitCode = 2;
}
