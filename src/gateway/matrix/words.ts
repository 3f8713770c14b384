// What can go by radio of each kind of Matrix message: a table from message type to words. Pure.

import { cleanForMesh } from "#wire/text.ts";
import { numberField, objectField, textField, type Fields } from "#gateway/fields.ts";

/** The words of a message's content, before any limit; undefined for a kind that cannot be said in words. */
export function wordsOfContent(type: string, content: Fields, body: string): string | undefined {
  const kind = type === "m.sticker" ? type : (textField(content, "msgtype") ?? "");
  return Object.hasOwn(KINDS, kind) ? KINDS[kind]!(content, body) : undefined;
}

const KINDS: Readonly<Record<string, (content: Fields, body: string) => string>> = {
  "m.text": (_content, body) => cleanForMesh(body),
  "m.emote": (_content, body) => prefixed("*", cleanForMesh(body)),
  "m.image": (content, body) => prefixed("[photo]", captionOf(content, body)),
  "m.video": (content, body) => prefixed(named("video", content), captionOf(content, body)),
  "m.audio": (content, body) =>
    isVoice(content) ? named("voice", content) : prefixed(named("audio", content), captionOf(content, body)),
  "m.file": (content, body) => prefixed(fileName(content, body), captionOf(content, body)),
  "m.sticker": (content, body) => prefixed("[sticker]", cleanForMesh(body || (textField(content, "body") ?? ""))),
  "m.location": (content, body) => placeWords(content, body),
};

function prefixed(mark: string, words: string): string {
  return words === "" ? mark : `${mark} ${words}`;
}

/** `body` is a caption only where `filename` says that it is not the file's name (spec, "m.image": MSC2530). */
function captionOf(content: Fields, body: string): string {
  const file = textField(content, "filename");
  return file === undefined || file === body ? "" : cleanForMesh(body);
}

function fileName(content: Fields, body: string): string {
  return `[file ${cleanForMesh(textField(content, "filename") ?? body)}]`;
}

function isVoice(content: Fields): boolean {
  return "org.matrix.msc3245.voice" in content || "m.voice" in content;
}

function named(kind: string, content: Fields): string {
  const ms =
    numberField(objectField(content, "info"), "duration") ??
    numberField(objectField(content, "org.matrix.msc1767.audio"), "duration");
  if (ms === undefined || ms < 0) return `[${kind}]`;
  const seconds = Math.round(ms / 1000);
  return `[${kind} ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}]`;
}

export interface Place {
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  readonly description: string;
  /** Dropped on a map, not where somebody is (MSC3488, m.asset m.pin). */
  readonly pin: boolean;
}

/** The place of an m.location; undefined when its geo URI (RFC 5870) cannot be read. */
export function placeOf(content: Fields): Place | undefined {
  const location = { ...objectField(content, "org.matrix.msc3488.location"), ...objectField(content, "m.location") };
  const uri = textField(content, "geo_uri") ?? textField(location, "uri") ?? "";
  const match = /^geo:(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)/.exec(uri);
  const latitude = Number(match?.[1]);
  const longitude = Number(match?.[2]);
  if (!match || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  const asset = { ...objectField(content, "org.matrix.msc3488.asset"), ...objectField(content, "m.asset") };
  const description = cleanForMesh(textField(location, "description") ?? "");
  return { latitude, longitude, description, pin: asset["type"] === "m.pin" };
}

/** Four decimals are eleven metres: enough to be found by. */
function placeWords(content: Fields, body: string): string {
  const place = placeOf(content);
  if (!place) return prefixed("[place]", cleanForMesh(body));
  const spoken = place.description || (/geo:/.test(body) ? "" : cleanForMesh(body));
  return prefixed(`[place] ${place.latitude.toFixed(4)},${place.longitude.toFixed(4)}`, spoken);
}
