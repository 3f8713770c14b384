// What setting up needs of a homeserver before there is a gateway: is it one, does it know us, and make the rooms. Plain
// requests with a deadline; whatever is refused is told in words that say what to type instead.

import { isIP } from "node:net";
import { Unfit } from "./prompt.ts";

const DEADLINE_MS = 20_000;
const CLIENT = "/_matrix/client/v3";

type Json = Readonly<Record<string, unknown>>;

/** A refusal of the homeserver; `errcode` as the specification has it. */
class Refused extends Error {
  readonly errcode: string;
  constructor(errcode: string, words: string) {
    super(words);
    this.errcode = errcode;
  }
}

async function call(base: string, method: string, path: string, token?: string, body?: Json): Promise<Json> {
  let response: Response;
  try {
    response = await fetch(`${base}${path}`, {
      method,
      redirect: "error",
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        "Content-Type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
    const why = cause?.code ?? cause?.message ?? message;
    throw new Refused("", `${base} cannot be reached (${why}). Is the address right, and does the server run?`);
  }
  const answer = (await response.json().catch(() => ({}))) as Json;
  if (response.ok) return answer;
  const said = typeof answer["error"] === "string" ? answer["error"] : `status ${response.status}`;
  const errcode = typeof answer["errcode"] === "string" ? answer["errcode"] : "M_UNKNOWN";
  throw new Refused(errcode, `The homeserver says: ${said}`);
}

/** Asks, and turns a refusal into words for whoever typed. */
async function asking<T>(ask: () => Promise<T>, words: Readonly<Record<string, string>> = {}): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refused) throw new Unfit(words[error.errcode] ?? error.message);
    throw error;
  }
}

/** The base address of the homeserver that answers there, found by its well-known file where it has one. */
export async function findHomeserver(typed: string): Promise<string> {
  const given = /^https?:\/\//i.test(typed) ? typed : `https://${typed}`;
  const url = URL.parse(given);
  if (!url || url.hostname === "" || /\s/.test(typed))
    throw new Unfit(`"${typed}" is no address. Write one like https://matrix.example.org`);
  const base = given.replace(/\/+$/, "");
  const direct = await versions(base).catch((error: unknown) => error as Error);
  if (!(direct instanceof Error)) return base;
  if (isIP(url.hostname) === 0 && url.port === "") {
    const known = await call(url.origin, "GET", "/.well-known/matrix/client").catch((): Json => ({}));
    const elsewhere = (known["m.homeserver"] as Json | undefined)?.["base_url"];
    if (typeof elsewhere === "string") return findHomeserver(elsewhere);
  }
  throw new Unfit(
    direct instanceof Refused && direct.errcode === ""
      ? direct.message
      : `${base} answers, but is no Matrix homeserver.`,
  );
}

async function versions(base: string): Promise<void> {
  const answer = await call(base, "GET", "/_matrix/client/versions");
  if (!Array.isArray(answer["versions"])) throw new Refused("M_UNKNOWN", "no versions");
}

/** A login that was tried: its token works and belongs to `userId`. */
export interface Login {
  readonly base: string;
  readonly userId: string;
  readonly token: string;
}

/** With an access token, or with a password that is exchanged for one. What is wrong is told as `Unfit`. */
export async function logIn(base: string, userId: string, secret: string): Promise<Login> {
  if (secret === "") throw new Unfit("Nothing was typed. The password or an access token of the account is needed.");
  const owner = await whoami(base, secret).catch(() => undefined);
  if (owner !== undefined && owner !== userId)
    throw new Unfit(`This is an access token of ${owner}, not of ${userId}.`);
  if (owner === userId) return { base, userId, token: secret };
  const identifier = { type: "m.id.user", user: userId };
  const body = { type: "m.login.password", identifier, password: secret, initial_device_display_name: "Muster" };
  const answer = await asking(() => call(base, "POST", `${CLIENT}/login`, undefined, body), {
    M_FORBIDDEN: `Neither the password nor an access token of ${userId}. Try again, or make the account first.`,
    M_UNKNOWN:
      "This homeserver takes no passwords. Log in with a client, and copy its access token (Settings, Help & About).",
    M_LIMIT_EXCEEDED: "Too many tries: the homeserver wants a pause. Wait a minute.",
  });
  return { base, userId: String(answer["user_id"]), token: String(answer["access_token"]) };
}

/** Whose token it is. */
async function whoami(base: string, token: string): Promise<string> {
  return String((await call(base, "GET", `${CLIENT}/account/whoami`, token))["user_id"]);
}

/** The appservice's own user, once the homeserver has read the registration. */
export async function appserviceLogin(base: string, token: string, localpart: string): Promise<Login> {
  const userId = await asking(() => whoami(base, token), {
    M_UNKNOWN_TOKEN:
      "The homeserver does not know the registration yet: is it named in its configuration, and was it restarted since?",
    M_EXCLUSIVE: "Another appservice holds these names.",
  });
  // Its user exists from its first registration on; M_USER_IN_USE says that it did already.
  const body = { type: "m.login.application_service", username: localpart, inhibit_login: true };
  await call(base, "POST", `${CLIENT}/register`, token, body).catch(() => undefined);
  return { base, userId, token };
}

/** Whether these people can be invited; those of other servers are believed. Throws `Unfit` with the first who cannot. */
export async function checkPeople({ base, token, userId }: Login, people: readonly string[]): Promise<void> {
  const server = (id: string): string => id.slice(id.indexOf(":"));
  for (const person of people.filter((each) => server(each) === server(userId))) {
    const path = `${CLIENT}/profile/${encodeURIComponent(person)}`;
    const unknown = `The homeserver knows no ${person}. Is it spelled right, and has the account been made?`;
    await asking(() => call(base, "GET", path, token), { M_NOT_FOUND: unknown, M_UNKNOWN: unknown });
  }
}

// ───────────────────────────── rooms ─────────────────────────────

export interface RoomWish {
  readonly name: string;
  readonly topic: string;
  /** Wanted as local part of an alias; left out where it is taken. */
  readonly alias: string;
  readonly space?: boolean;
}

/** Makes a room without encryption (the gateway has none), invites the operators and gives them its power. Answers its id. */
export async function makeRoom(login: Login, wish: RoomWish, operators: readonly string[]): Promise<string> {
  const { base, token, userId } = login;
  const body = {
    preset: "private_chat",
    name: wish.name,
    topic: wish.topic,
    invite: operators.filter((each) => each !== userId),
    ...(wish.space ? { creation_content: { type: "m.space" } } : {}),
  };
  const create = (more: Json): Promise<Json> => call(base, "POST", `${CLIENT}/createRoom`, token, { ...body, ...more });
  const made = await asking(async () => {
    try {
      return await create({ room_alias_name: wish.alias });
    } catch (error) {
      if (error instanceof Refused && ["M_ROOM_IN_USE", "M_EXCLUSIVE"].includes(error.errcode)) return create({});
      throw error;
    }
  });
  const room = String(made["room_id"]);
  const path = `${CLIENT}/rooms/${encodeURIComponent(room)}/state/m.room.power_levels/`;
  const levels = await asking(() => call(base, "GET", path, token));
  const users = { ...(levels["users"] as Json), ...Object.fromEntries(operators.map((each) => [each, 100])) };
  await asking(() => call(base, "PUT", path, token, { ...levels, users }));
  return room;
}

/** Puts a room into a space. */
export async function addToSpace(login: Login, space: string, room: string, order: string): Promise<void> {
  const { base, token, userId } = login;
  const via = [userId.slice(userId.indexOf(":") + 1)];
  const path = `${CLIENT}/rooms/${encodeURIComponent(space)}/state/m.space.child/${encodeURIComponent(room)}`;
  await asking(() => call(base, "PUT", path, token, { via, order, suggested: true }));
}
