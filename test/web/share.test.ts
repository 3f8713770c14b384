// The folder of procedures in step with a real WebDAV server, Apache's: whatever goes wrong, nothing is lost and somebody is told.

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { conflictName, syncAct, type Common } from "#domain/knowledge/share.ts";
import { importKnowledge } from "#gateway/knowledge/desk.ts";
import { shareEnded, shareStarts, type ShareOutcome } from "#gateway/knowledge/share.ts";
import { syncShare, type ShareOptions } from "#web/share.ts";
import { Apache, SHARE_PASSWORD, SHARE_USER } from "#test/harness/apache.ts";
import { Bench, OPS } from "#test/harness/gateway.ts";
import { communityFiles } from "#test/harness/knowledge.ts";
import type { SharedPage } from "#gateway/knowledge/pages.ts";

let apache: Apache;
beforeAll(async () => {
  apache = await Apache.start();
});
afterAll(async () => apache.end());

/** One household of the share: our folder, and what was remembered between rounds. */
class Side {
  readonly folder = mkdtempSync(join(tmpdir(), "muster-share-"));
  common: Readonly<Record<string, Common>> = {};
  pages: readonly SharedPage[] = [];
  password = SHARE_PASSWORD;

  async round(over: Partial<ShareOptions> = {}): Promise<ShareOutcome> {
    const options = { url: apache.url, user: SHARE_USER, password: this.password, folder: this.folder, ...over };
    const outcome = await syncShare(options, { common: this.common, pages: this.pages });
    this.common = outcome.common;
    return outcome;
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  held(folder = "."): Record<string, string> {
    const at = join(this.folder, folder);
    if (!existsSync(at)) return {};
    const names = readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(names.map(({ name }) => [name, readFileSync(join(at, name), "utf8")]));
  }
}

let side: Side;

beforeEach(async () => {
  await apache.up();
  apache.empty();
  side = new Side();
  side.write("water.en.md", "boil it");
  side.write("gas.en.md", "shut it");
  const { uploaded, trouble } = await side.round();
  if (uploaded !== 2) throw new Error(`the share did not begin in step: ${trouble}`);
});

const BOTH = { "gas.en.md": "shut it", "water.en.md": "boil it" };
/** Every version of a text that anybody wrote, wherever it lies now. */
const everything = (): string[] => [
  ...Object.values(side.held()),
  ...Object.values(side.held("removed")),
  ...Object.values(apache.held()),
  ...Object.values(apache.held("removed/")),
  ...Object.values(apache.held("pages/")),
];

describe("in step", () => {
  it("both ways, and then quiet", async () => {
    expect(apache.held()).toEqual(BOTH);
    await apache.write("pump.en.md", "start it");
    side.write("water.en.md", "boil it well");
    expect(await side.round()).toMatchObject({ uploaded: 1, downloaded: 1, news: [], trouble: undefined });
    expect(side.held()).toEqual({ ...BOTH, "water.en.md": "boil it well", "pump.en.md": "start it" });
    expect(apache.held()).toEqual(side.held());
    expect(await side.round()).toMatchObject({ uploaded: 0, downloaded: 0, news: [], files: undefined });
  });

  it("the same words on both sides are no conflict", async () => {
    side.common = {};
    expect(await side.round()).toMatchObject({ uploaded: 0, downloaded: 0, news: [] });
    expect(Object.keys(side.common)).toEqual(["gas.en.md", "water.en.md"]);
  });
});

interface Mishap {
  readonly what: string;
  readonly happens: () => Promise<void> | void;
  /** What the operators are told in that round. */
  readonly told: RegExp;
  /** Texts that must still lie somewhere. */
  readonly kept: readonly string[];
  /** And once the cause is gone, both sides hold this. */
  readonly mended?: () => Promise<void> | void;
  readonly after: () => Record<string, string>;
}

const OURS = "boil it, says the house";
const THEIRS = "boil it, says the wiki";
const digestName = (path: string): string => Object.keys(side.held()).find((name) => name.startsWith(path)) ?? "none";

const MISHAPS: readonly Mishap[] = [
  {
    what: "a conflict",
    happens: async () => {
      await apache.write("water.en.md", THEIRS);
      side.write("water.en.md", OURS);
    },
    told: /water\.en\.md was changed on both sides: the server's version is water\.en\.md, ours is water\.en\.conflict-/,
    kept: [OURS, THEIRS],
    after: () => ({ "gas.en.md": "shut it", "water.en.md": THEIRS, [digestName("water.en.conflict-")]: OURS }),
  },
  {
    what: "an outage",
    happens: async () => {
      side.write("water.en.md", OURS);
      await apache.down();
    },
    told: /the server is not reachable/,
    kept: [OURS],
    mended: () => apache.up(),
    after: () => ({ ...BOTH, "water.en.md": OURS }),
  },
  {
    what: "a wrong password",
    happens: () => {
      side.write("water.en.md", OURS);
      side.password = "wrong";
    },
    told: /the server does not take our user and password/,
    kept: [OURS, "boil it"],
    mended: () => {
      side.password = SHARE_PASSWORD;
    },
    after: () => ({ ...BOTH, "water.en.md": OURS }),
  },
  {
    what: "a full quota",
    happens: async () => {
      side.write("water.en.md", OURS);
      await apache.write("gas.en.md", "shut it tight");
      apache.full = true;
    },
    told: /the server has no room left/,
    kept: [OURS, "boil it", "shut it tight"],
    mended: () => {
      apache.full = false;
    },
    after: () => ({ "gas.en.md": "shut it tight", "water.en.md": OURS }),
  },
  {
    what: "a full quota in a conflict",
    happens: async () => {
      await apache.write("water.en.md", THEIRS);
      side.write("water.en.md", OURS);
      apache.full = true;
    },
    told: /the server has no room left/,
    kept: [OURS, THEIRS],
    mended: () => {
      apache.full = false;
    },
    after: () => ({ "gas.en.md": "shut it", "water.en.md": THEIRS, [digestName("water.en.conflict-")]: OURS }),
  },
  {
    what: "a file renamed there",
    happens: () => apache.rename("water.en.md", "drink.en.md"),
    told: /water\.en\.md was deleted there: ours lies in removed/,
    kept: ["boil it"],
    after: () => ({ "gas.en.md": "shut it", "drink.en.md": "boil it" }),
  },
  {
    what: "a file renamed here",
    happens: () => renameSync(join(side.folder, "water.en.md"), join(side.folder, "drink.en.md")),
    told: /water\.en\.md was deleted here: theirs lies in removed/,
    kept: ["boil it"],
    after: () => ({ "gas.en.md": "shut it", "drink.en.md": "boil it" }),
  },
  {
    what: "a file deleted there and changed here",
    happens: async () => {
      await apache.remove("water.en.md");
      side.write("water.en.md", OURS);
    },
    told: /water\.en\.md was deleted there and changed here: it is back/,
    kept: [OURS],
    after: () => ({ ...BOTH, "water.en.md": OURS }),
  },
  {
    what: "a file deleted here and changed there",
    happens: async () => {
      rmSync(join(side.folder, "water.en.md"));
      await apache.write("water.en.md", THEIRS);
    },
    told: /water\.en\.md was deleted here and changed there: it is back/,
    kept: [THEIRS],
    after: () => ({ ...BOTH, "water.en.md": THEIRS }),
  },
  {
    what: "a server whose clock is years behind, with a change on both sides",
    happens: async () => {
      await apache.write("water.en.md", THEIRS);
      utimesSync(join(apache.files, "water.en.md"), 0, 0);
      side.write("water.en.md", OURS);
    },
    told: /water\.en\.md was changed on both sides/,
    kept: [OURS, THEIRS],
    after: () => ({ "gas.en.md": "shut it", "water.en.md": THEIRS, [digestName("water.en.conflict-")]: OURS }),
  },
  {
    what: "our disk's dates in the future",
    happens: () => {
      side.write("water.en.md", OURS);
      utimesSync(join(side.folder, "water.en.md"), 4e9, 4e9);
      utimesSync(join(side.folder, "gas.en.md"), 4e9, 4e9);
    },
    told: /^$/,
    kept: [OURS],
    after: () => ({ ...BOTH, "water.en.md": OURS }),
  },
  {
    what: "a folder on the server that has lost everything",
    happens: async () => {
      await apache.rename("water.en.md", "x");
      await apache.rename("gas.en.md", "y");
    },
    told: /every file that both had is gone from the server: is that the right folder\?/,
    kept: ["boil it", "shut it"],
    mended: async () => {
      await apache.rename("x", "water.en.md");
      await apache.rename("y", "gas.en.md");
    },
    after: () => BOTH,
  },
  {
    what: "a folder here that is not mounted",
    happens: () => {
      for (const name of Object.keys(BOTH)) renameSync(join(side.folder, name), join(side.folder, `.${name}`));
    },
    told: /every file that both had is gone from this disk: is that the right folder\?/,
    kept: ["boil it", "shut it"],
    mended: () => {
      for (const name of Object.keys(BOTH)) renameSync(join(side.folder, `.${name}`), join(side.folder, name));
    },
    after: () => BOTH,
  },
];

describe.each(MISHAPS)("$what", ({ happens, told, kept, mended, after }) => {
  it("loses nothing, is told, and is in step afterwards", async () => {
    await happens();
    const { news, trouble } = await side.round();
    expect([...news, ...(trouble === undefined ? [] : [trouble])].join("\n")).toMatch(told);
    expect(everything()).toEqual(expect.arrayContaining([...kept]));
    await mended?.();
    expect((await side.round()).trouble).toBeUndefined();
    expect(side.held()).toEqual(after());
    expect(apache.held()).toEqual(after());
    expect(await side.round()).toMatchObject({ uploaded: 0, downloaded: 0, news: [], trouble: undefined });
  });
});

describe("our pages", () => {
  const board = (text: string): SharedPage[] => [{ path: "pages/board.md", text }];

  it("are published, and renewed", async () => {
    side.pages = board("all well");
    expect(await side.round()).toMatchObject({ uploaded: 1, trouble: undefined });
    side.pages = board("one in need");
    expect(await side.round()).toMatchObject({ uploaded: 1, news: [] });
    expect(apache.held("pages/")).toEqual({ "pages/board.md": "one in need" });
    expect(await side.round()).toMatchObject({ uploaded: 0 });
  });

  it("leave beside them what somebody else made of them", async () => {
    side.pages = board("all well");
    await side.round();
    await apache.write("pages/board.md", "all well, and Eva has cake");
    side.pages = board("one in need");
    const { news } = await side.round();
    expect(news.join()).toMatch(/^pages\/board\.md was changed there: that version is pages\/board\.conflict-/);
    expect(Object.values(apache.held("pages/")).toSorted()).toEqual(["all well, and Eva has cake", "one in need"]);
  });
});

describe("the gateway beside it", () => {
  it("takes in what the wiki says, keeps the last good state, and tells each trouble once", async () => {
    const bench = new Bench().ready();
    const files = communityFiles();
    for (const { path, text } of files) side.write(path, text);
    for (const name of Object.keys(BOTH)) if (!files.some(({ path }) => path === name)) rmSync(join(side.folder, name));
    bench.pump.ask((turn) => importKnowledge(turn, files, false));
    const round = async (over: Partial<ShareOptions> = {}): Promise<void> => {
      const start = bench.pump.ask(shareStarts);
      side.pages = start.pages;
      const outcome = await side.round(over);
      bench.pump.ask((turn) => shareEnded(turn, outcome));
      bench.settle();
    };
    await round();
    const page = files.find(({ path }) => path === "pump.en.md")!;
    await apache.write("pump.en.md", page.text.replace("Pump: key from the captain.", "Pump: key from Eva."));
    await round();
    const pump = bench.pump.ask(({ store }) =>
      store.get<{ summary: string }>("SELECT summary FROM procedures WHERE slug = 'pump' AND language = 'en'"),
    );
    expect(pump?.summary).toMatch(/^Pump: key from Eva\./);
    await apache.write("pump.en.md", "no front matter");
    await round();
    expect(bench.bodies(OPS).at(-1)).toContain(
      "the last good ones stand:\npump.en.md: does not begin with front matter",
    );
    const before = bench.bodies(OPS).length;
    await round({ password: "wrong" });
    await round({ password: "wrong" });
    expect(bench.bodies(OPS)).toHaveLength(before + 1);
    await round();
    expect(bench.bodies(OPS).at(-1)).toBe("The shared folder is in step again.");
    expect(Object.keys(apache.held("pages/"))).toEqual(expect.arrayContaining(["pages/board.md", "pages/skills.md"]));
  });
});

describe("the table of what is done", () => {
  it("never writes over a change", () => {
    const common = { etag: "e", digest: "d" };
    expect(syncAct(common, "other", "other")).toBe("compare");
    expect(syncAct(undefined, "d", "e")).toBe("compare");
    expect(syncAct(common, "other", undefined)).toBe("upload");
    expect(syncAct(common, undefined, "other")).toBe("download");
    expect(syncAct({ etag: "", digest: "d" }, "d", "")).toBe("download");
    expect(conflictName("water.en.md", "0123456789")).toBe("water.en.conflict-01234567.md");
  });
});
