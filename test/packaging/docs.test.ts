// The documents: links, commands, the first two commands; and that the checker sees what is wrong.

import { expect, test } from "vitest";
import { anchorsIn, brokenLinks, checkDocs, readmeBegins, unknownCommands } from "#packaging/docs-check.ts";
import { verbOutline } from "#cli/verbs.ts";

test("every document is in order", async () => {
  expect(await checkDocs(false)).toEqual([]);
});

test("broken links are found, in text and not in code", () => {
  const read = (path: string): string | undefined =>
    ({ "docs/b.md": "# A heading: `x` (2)\n# Twice\n# Twice\n" })[path];
  const check = (text: string): string[] => brokenLinks("docs/a.md", text, read);
  expect(
    check("[b](b.md) [c](b.md#a-heading-x-2) [d](b.md#twice-1) [e](https://a.org/b) `[x](y.md)`\n```\n[x](y.md)\n```"),
  ).toEqual([]);
  expect(check("[b](nowhere.md)")).toEqual(["docs/a.md: nowhere.md leads nowhere"]);
  expect(check("[b](b.md#twice-2) [c](#none)")).toHaveLength(2);
  expect([...anchorsIn('<a id="here"></a>\n## Über uns\n')].toSorted()).toEqual(["here", "über-uns"]);
});

test("commands that do not exist are found", async () => {
  const program = await verbOutline();
  const check = (text: string): string[] => unknownCommands("a.md", text, program, ["lock"]);
  expect(check("`bin/muster status --json`, `muster config check FILE`, `npm run lock`, muster dances")).toEqual([]);
  expect(check("`muster dance`\n```sh\nsudo muster config cheque x\nnpm run look\n```")).toEqual([
    'a.md: there is no command "muster dance"',
    'a.md: there is no command "muster config cheque x"',
    'a.md: there is no "npm run look"',
  ]);
});

test("README begins with the newcomer's two commands", () => {
  expect(readmeBegins("```sh\nnpm ci && npm start\n```")).toEqual([]);
  expect(readmeBegins("```sh\nmake\n```")).toHaveLength(1);
});
