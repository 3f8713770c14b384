// Files that people put into rooms: fetched only when the gateway asks for one, by its event, and only as text. What they hold is
// handed to the gateway and named nowhere else.

import { wallClock, type Millis } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { parsed, refused } from "#base/parsed.ts";
import type { Door, FileOutcome, FileRequest } from "#gateway/inputs.ts";
import { printable, type Fault } from "./faults.ts";
import type { Asked, Homeserver } from "./homeserver.ts";
import { object } from "./json.ts";

export interface FetchContext {
  readonly uplink: string;
  readonly door: Pick<Door, "accept">;
  readonly log: Log;
  /** None: not logged in. */
  readonly homeserver: Homeserver | undefined;
}

/** Fetches the file and hands it over, or says why it did not come. Never rejects. */
export async function fetchFile({ uplink, door, log, homeserver }: FetchContext, request: FileRequest): Promise<void> {
  const file = homeserver
    ? await fileOf(homeserver, request).catch((): FileOutcome => ({ is: "away", reason: "an unforeseen error" }))
    : ({ is: "away", reason: "not logged in" } as const);
  if (file.is !== "text") log.info("a file did not come", { uplink, why: file.is });
  // A full disk takes nothing; the gateway's own timer then says that it did not come.
  door.accept([{ kind: "file", uplink, asked: request.asked, file }]);
}

async function fileOf(homeserver: Homeserver, { room, event, most }: FileRequest): Promise<FileOutcome> {
  const path = `/v3/rooms/${encodeURIComponent(room)}/event/${encodeURIComponent(event)}`;
  const found = await homeserver.act("GET", path);
  if (!found.ok) return outcomeOf(found.refusal);
  const content = object(found.value["content"]);
  if (content["msgtype"] !== "m.file") return { is: "no-file" };
  if (content["file"] !== undefined) return { is: "encrypted" };
  const size = object(content["info"])["size"];
  if (typeof size === "number" && size > most) return { is: "too-large" };
  const url = typeof content["url"] === "string" ? MXC.exec(content["url"]) : null;
  if (!url) return { is: "no-file" };
  const bytes = await homeserver.download(url[1]!, url[2]!, most);
  if (!bytes.ok) return outcomeOf(bytes.refusal);
  return bytes.value === "too-large" ? { is: "too-large" } : textIn(bytes.value);
}

/** Spec, "Matrix Content (mxc://) URIs". */
const MXC = /^mxc:\/\/([A-Za-z0-9.:[\]-]{1,255})\/([A-Za-z0-9_-]{1,255})$/;

function outcomeOf({ is, reason }: Fault): FileOutcome {
  return is === "not-found" || is === "forbidden" ? { is: "gone" } : { is: "away", reason };
}

/** UTF-8 with or without its mark; a spreadsheet's own format is none. */
function textIn(bytes: Uint8Array): FileOutcome {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? { is: "not-text" } : { is: "text", text };
  } catch {
    return { is: "not-text" };
  }
}

/** A homeserver's media, at most so many bytes, within `deadline` of wall time; no redirect is followed (spec, `allow_redirect`). */
export async function readMedia(
  url: string,
  token: string,
  most: number,
  deadline: Millis,
  closed: AbortSignal,
): Promise<Asked<Uint8Array | "too-large">> {
  const ended = new AbortController();
  const cancel = wallClock.after(deadline, () => ended.abort());
  try {
    const response = await fetch(url, {
      headers: { Authorization: `Bearer ${token}` },
      redirect: "manual",
      signal: AbortSignal.any([closed, ended.signal]),
    });
    if (response.status !== 200) return refused(await faultIn(response));
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > most) return parsed("too-large" as const);
      chunks.push(chunk);
    }
    return parsed(new Uint8Array(Buffer.concat(chunks)));
  } catch (thrown) {
    const why = ended.signal.aborted ? "no answer in time" : thrown instanceof Error ? thrown.message : "unknown";
    return refused({ is: "transient", reason: printable(why) });
  } finally {
    cancel();
    ended.abort();
  }
}

async function faultIn(response: Response): Promise<Fault> {
  const body: unknown = await response.json().catch(() => undefined);
  const errcode = typeof body === "object" && body !== null ? (body as Record<string, unknown>)["errcode"] : undefined;
  const code = typeof errcode === "string" ? printable(errcode, 60) : "";
  const is = response.status === 404 ? "not-found" : response.status === 403 ? "forbidden" : "transient";
  return { is, reason: `HTTP ${response.status}${code && ` ${code}`}`, ...(code === "" ? {} : { errcode: code }) };
}
