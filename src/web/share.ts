// One round of keeping the folder of procedures in step with a folder on a WebDAV server (RFC 4918), and of publishing our pages
// there. What has to be done is a table (domain/knowledge/share.ts); here it is done so that nothing is lost at any moment:
//
// - nothing is written over on the server but what we saw last (If-Match, If-None-Match); somebody who was faster wins, and
//   the next round looks again;
// - what both sides then have in common is what the server itself gives back, not what we believe to have written;
// - on our disk a file is written beside its place and moved there, after another look at what it replaces.
//
// Knows nothing of quotas, locks or versions: a server that refuses says so, and that is told.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WebDAVClient } from "webdav";
import { wallClock, type Millis } from "#base/clock.ts";
import { conflictName, isShared, syncAct, type Common, type SyncAct } from "#domain/knowledge/share.ts";
import type { ShareOutcome, ShareStart } from "#gateway/knowledge/share.ts";
import type { SharedPage } from "#gateway/knowledge/pages.ts";
import { davClient, DavTrouble, troubleOf, type DavPlace } from "./dav.ts";

export interface ShareOptions extends DavPlace {
  readonly folder: string;
  /** Wall time for one request. */
  readonly within?: Millis;
}

const WITHIN: Millis = 30_000;
const WEAK_FOR: Millis = 1_200;
const LARGEST = 1024 * 1024;
const REMOVED = "removed";
const PAGES = "pages";

/** Does what can be done and says what became of it; never rejects for what the server does. */
export async function syncShare(options: ShareOptions, start: ShareStart): Promise<ShareOutcome> {
  const round = new Round(options, start);
  await round.run();
  return round.outcome();
}

interface Request {
  readonly method: string;
  readonly data?: string;
  readonly headers?: Record<string, string>;
}

interface Held {
  readonly text: string;
  readonly etag: string;
}

class Round {
  readonly #options: ShareOptions;
  readonly #client: WebDAVClient;
  readonly #common: Map<string, Common>;
  readonly #pages: readonly SharedPage[];
  readonly #news: string[] = [];
  #trouble: string | undefined;
  #uploaded = 0;
  #downloaded = 0;
  #changed = false;

  constructor(options: ShareOptions, start: ShareStart) {
    this.#options = options;
    this.#client = davClient(options);
    this.#common = new Map(Object.entries(start.common));
    this.#pages = start.pages;
  }

  outcome(): ShareOutcome {
    return {
      common: Object.fromEntries(this.#common),
      news: this.#news,
      trouble: this.#trouble,
      uploaded: this.#uploaded,
      downloaded: this.#downloaded,
      files: this.#changed ? [...this.#ours()].map(([path, text]) => ({ path, text })) : undefined,
    };
  }

  async run(): Promise<void> {
    await this.#guarded(async () => {
      mkdirSync(this.#options.folder, { recursive: true });
      const theirs = await this.#list("");
      const ours = this.#ours();
      this.#doubt(ours, "this disk");
      this.#doubt(theirs, "the server");
      const paths = new Set([...ours.keys(), ...theirs.keys(), ...this.#common.keys()]);
      for (const path of [...paths].filter((each) => !each.startsWith(`${PAGES}/`)).toSorted())
        if (!(await this.#guarded(() => this.#file(path, ours.get(path), theirs.get(path))))) return;
      if (this.#pages.length > 0) await this.#publish();
    });
  }

  /** A folder that has lost everything was not mounted, or is another one: that is not taken for the wish to delete it all. */
  #doubt(there: ReadonlyMap<string, string>, where: string): void {
    const known = [...this.#common.keys()].filter((path) => !path.startsWith(`${PAGES}/`));
    if (known.length > 1 && known.every((path) => !there.has(path)))
      throw new DavTrouble(`every file that both had is gone from ${where}: is that the right folder?`, true);
  }

  /** False: there is no point in going on. */
  async #guarded(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const trouble = troubleOf(error);
      this.#trouble ??= trouble.message;
      return !trouble.all;
    }
  }

  // ── our side ──

  #ours(): Map<string, string> {
    const { folder } = this.#options;
    const names = readdirSync(folder, { withFileTypes: true }).filter(
      (entry) => entry.isFile() && isShared(entry.name),
    );
    return new Map(
      names
        .filter(({ name }) => statSync(join(folder, name)).size <= LARGEST)
        .map(({ name }) => [name, readFileSync(join(folder, name), "utf8")]),
    );
  }

  /** False: somebody has just changed what it was to replace; the next round looks again. */
  #write(path: string, text: string, replaces: string | undefined): boolean {
    const place = join(this.#options.folder, path);
    if (textAt(place) !== replaces) return false;
    writeFileSync(`${place}.new`, text);
    renameSync(`${place}.new`, place);
    this.#changed = true;
    return true;
  }

  // ── one file ──

  async #file(path: string, ours: string | undefined, etag: string | undefined): Promise<void> {
    const common = this.#common.get(path);
    const act = syncAct(common, ours === undefined ? undefined : digestOf(ours), etag);
    await ACTS[act](this, { path, ours, etag, common });
  }

  static readonly acts = {
    nothing: () => Promise.resolve(),
    forget: (round, { path }) => Promise.resolve(void round.#common.delete(path)),
    upload: (round, file) => round.#upload(file),
    download: (round, { path, ours }) => round.#download(path, ours),
    compare: (round, { path, ours }) => round.#compare(path, ours!),
    "set-aside-ours": (round, { path, ours }) => Promise.resolve(round.#setAsideOurs(path, ours!)),
    "set-aside-theirs": (round, { path, common }) => round.#setAsideTheirs(path, common!),
  } satisfies Record<SyncAct, FileAct>;

  async #upload({ path, ours, etag, common }: SharedFile): Promise<void> {
    if (!(await this.#put(path, ours!, etag))) return;
    this.#uploaded++;
    if (etag === undefined && common) this.#news.push(`${path} was deleted there and changed here: it is back.`);
  }

  async #download(path: string, ours: string | undefined): Promise<void> {
    const theirs = await this.#get(path);
    if (!theirs || !this.#write(path, theirs.text, ours)) return;
    if (ours === undefined && this.#common.has(path))
      this.#news.push(`${path} was deleted here and changed there: it is back.`);
    this.#common.set(path, { etag: theirs.etag, digest: digestOf(theirs.text) });
    this.#downloaded++;
  }

  /** Both sides are new or changed: the same words are no conflict, others are kept side by side. */
  async #compare(path: string, ours: string): Promise<void> {
    const theirs = await this.#get(path);
    if (!theirs) return;
    const common = { etag: theirs.etag, digest: digestOf(theirs.text) };
    if (common.digest === digestOf(ours)) return void this.#common.set(path, common);
    const beside = conflictName(path, digestOf(ours));
    const known = textAt(join(this.#options.folder, beside));
    if (known !== ours && !this.#write(beside, ours, known)) return;
    if (!(await this.#put(beside, ours, undefined))) return;
    if (!this.#write(path, theirs.text, ours)) return;
    this.#common.set(path, common);
    this.#news.push(
      `${path} was changed on both sides: the server's version is ${path}, ours is ${beside}. Make one of the two.`,
    );
  }

  #setAsideOurs(path: string, ours: string): void {
    const { folder } = this.#options;
    if (textAt(join(folder, path)) !== ours) return;
    mkdirSync(join(folder, REMOVED), { recursive: true });
    renameSync(join(folder, path), join(folder, REMOVED, conflictName(path, digestOf(ours))));
    this.#common.delete(path);
    this.#changed = true;
    this.#news.push(`${path} was deleted there: ours lies in ${REMOVED}/.`);
  }

  async #setAsideTheirs(path: string, common: Common): Promise<void> {
    await this.#folder(REMOVED);
    const moved = await this.#move(path, `${REMOVED}/${conflictName(path, common.digest)}`, common);
    if (!moved) return;
    this.#common.delete(path);
    this.#news.push(`${path} was deleted here: theirs lies in ${REMOVED}/ on the server.`);
  }

  // ── our pages ──

  async #publish(): Promise<void> {
    await this.#folder(PAGES);
    const theirs = await this.#list(`${PAGES}/`);
    for (const page of this.#pages) if (!(await this.#guarded(() => this.#page(page, theirs.get(page.path))))) return;
  }

  /** Ours is the page; what somebody else made of it is kept beside it. */
  async #page({ path, text }: SharedPage, etag: string | undefined): Promise<void> {
    const common = this.#common.get(path);
    if (etag !== undefined && etag === common?.etag && common.digest === digestOf(text)) return;
    if (etag !== undefined && etag !== common?.etag) {
      const theirs = await this.#get(path);
      if (theirs && digestOf(theirs.text) !== common?.digest && theirs.text !== text) {
        const beside = conflictName(path, digestOf(theirs.text));
        if (!(await this.#move(path, beside, { etag: theirs.etag, digest: digestOf(theirs.text) }))) return;
        this.#common.delete(path);
        this.#news.push(`${path} was changed there: that version is ${beside} now.`);
        return this.#page({ path, text }, undefined);
      }
      if (theirs) this.#common.set(path, { etag: theirs.etag, digest: digestOf(theirs.text) });
    }
    if (await this.#put(path, text, etag === undefined ? undefined : this.#common.get(path)?.etag)) this.#uploaded++;
  }

  // ── the server ──

  async #list(folder: string): Promise<Map<string, string>> {
    const found = await this.#client.getDirectoryContents(`/${folder}`, { signal: this.#signal() });
    return new Map(
      found
        .filter(({ type, basename, size }) => type === "file" && isShared(basename) && size <= LARGEST)
        .map(({ basename, etag }) => [`${folder}${basename}`, plainTag(etag)]),
    );
  }

  /** Undefined: it is not there (any more). */
  async #get(path: string): Promise<Held | undefined> {
    const response = await this.#ask(path, { method: "GET" }, [404]);
    if (response.status === 404) return undefined;
    const text = await response.text();
    return { text, etag: plainTag(response.headers.get("etag")) };
  }

  /** Writes it if nobody was faster; then asks what is there. `etag`: what it replaces; undefined: nothing may be there. */
  async #put(path: string, text: string, etag: string | undefined): Promise<boolean> {
    const headers = { "content-type": "text/markdown; charset=utf-8", ...condition(etag) };
    const { status } = await this.#conditional(
      path,
      { method: "PUT", data: text, headers },
      this.#common.get(path)?.digest,
    );
    const there = await this.#get(path);
    const same = there !== undefined && there.text === text;
    if (same) this.#common.set(path, { etag: there.etag, digest: digestOf(text) });
    if (status === 404 && !there) throw new DavTrouble("the server's folder is not there", true);
    return same;
  }

  async #move(from: string, to: string, { etag, digest }: Common): Promise<boolean> {
    const destination = `${this.#options.url.replace(/\/+$/, "")}/${encodeURI(to)}`;
    const headers = { destination, overwrite: "F", ...condition(etag === "" ? undefined : etag, false) };
    const { status } = await this.#conditional(from, { method: "MOVE", headers }, digest);
    return status < 300;
  }

  /**
   * A request that only counts for the version named. Apache calls the tag of what was written within the last second weak, and a
   * weak tag matches nothing: where the words are still those that we know (digest `known`), that second is waited out once.
   */
  async #conditional(path: string, request: Request, known: string | undefined): Promise<Response> {
    const response = await this.#ask(path, request, [412, 404]);
    if (response.status !== 412 || request.headers?.["if-match"] === undefined) return response;
    const there = await this.#get(path);
    if (!there || digestOf(there.text) !== known) return response;
    await new Promise<void>((resolve) => void wallClock.after(WEAK_FOR, resolve));
    return this.#ask(path, request, [412, 404]);
  }

  async #folder(name: string): Promise<void> {
    // 405: it is there already (RFC 4918, 9.3.1).
    await this.#ask(name, { method: "MKCOL" }, [405]);
  }

  async #ask(path: string, request: Request, expected: readonly number[]): Promise<Response> {
    try {
      return (await this.#client.customRequest(`/${path}`, {
        ...request,
        signal: this.#signal(),
      })) as unknown as Response;
    } catch (error) {
      const response = (error as { response?: Response }).response;
      if (response && expected.includes(response.status)) return response;
      throw error;
    }
  }

  #signal(): AbortSignal {
    return AbortSignal.timeout(this.#options.within ?? WITHIN);
  }
}

interface SharedFile {
  readonly path: string;
  readonly ours: string | undefined;
  /** Theirs. */
  readonly etag: string | undefined;
  readonly common: Common | undefined;
}

type FileAct = (round: Round, file: SharedFile) => Promise<void>;
const ACTS: Readonly<Record<SyncAct, FileAct>> = Round.acts;

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A tag that is weak for the first second (Apache) is the same tag. */
function plainTag(etag: string | null | undefined): string {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}

function condition(etag: string | undefined, must = true): Record<string, string> {
  if (etag !== undefined && etag !== "") return { "if-match": `"${etag}"` };
  return etag === undefined && must ? { "if-none-match": "*" } : {};
}
