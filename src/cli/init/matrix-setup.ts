// What setting up needs of a homeserver before there is a gateway: is it one, does it know us, and make the rooms. Plain
// requests with a deadline; whatever is refused is told in words that say what to type instead.

import { isIP } from "node:net";
import { Unfit } from "#cli/prompt.ts";

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
  /** Local part of its alias; with a number behind it where somebody else has that one. */
  readonly alias: string;
  readonly space?: boolean;
  /** Open to everybody in this space, who may read and not write: the gateway and operators may. */
  readonly readersOf?: string;
}

const MOST_ALIASES = 9;
const OURS_ALONE = 100;

/**
 * A room without encryption (the gateway has none) into which the operators are invited, with the gateway's own power. The one that
 * has the alias and was made by us is taken again: an init that was broken off goes on where it was. Answers its id.
 */
export async function makeRoom(login: Login, wish: RoomWish, operators: readonly string[]): Promise<string> {
  const others = operators.filter((each) => each !== login.userId);
  const { room, isNew } = await asking(() => newOrOurs(login, wish, others));
  if (!isNew) for (const each of others) await invite(login, room, each);
  await asking(() => empower(login, room, others));
  return room;
}

async function newOrOurs(
  login: Login,
  wish: RoomWish,
  invited: readonly string[],
): Promise<{ readonly room: string; readonly isNew: boolean }> {
  for (let number = 1; number <= MOST_ALIASES; number++) {
    const alias = number === 1 ? wish.alias : `${wish.alias}-${number}`;
    try {
      return { room: await create(login, wish, invited, { room_alias_name: alias }), isNew: true };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // An appservice has all names of that kind for itself.
      if (error.errcode === "M_EXCLUSIVE") break;
      if (error.errcode !== "M_ROOM_IN_USE") throw error;
      const ours = await oursNamed(login, alias);
      if (ours !== undefined) return { room: ours, isNew: false };
    }
  }
  return { room: await create(login, wish, invited, {}), isNew: true };
}

async function create(login: Login, wish: RoomWish, invited: readonly string[], more: Json): Promise<string> {
  const { name, topic, space, readersOf } = wish;
  const allow = [{ type: "m.room_membership", room_id: readersOf }];
  const readers = {
    initial_state: [{ type: "m.room.join_rules", state_key: "", content: { join_rule: "restricted", allow } }],
    power_level_content_override: { events_default: OURS_ALONE },
  };
  const made = await call(login.base, "POST", `${CLIENT}/createRoom`, login.token, {
    preset: "private_chat",
    name,
    topic,
    invite: invited,
    ...(space ? { creation_content: { type: "m.space" } } : {}),
    ...(readersOf === undefined ? {} : readers),
    ...more,
  });
  return String(made["room_id"]);
}

/** The room of that alias, if we made it and are still in it. */
async function oursNamed({ base, token, userId }: Login, alias: string): Promise<string | undefined> {
  const whole = encodeURIComponent(`#${alias}:${serverOf(userId)}`);
  const ask = (path: string): Promise<Json> => call(base, "GET", `${CLIENT}${path}`, token);
  try {
    const room = String((await ask(`/directory/room/${whole}`))["room_id"]);
    const state = `/rooms/${encodeURIComponent(room)}/state`;
    const creation = await ask(`${state}/m.room.create/?format=event`);
    const { membership } = await ask(`${state}/m.room.member/${encodeURIComponent(userId)}`);
    return creation["sender"] === userId && membership === "join" ? room : undefined;
  } catch (error) {
    if (error instanceof Refused && error.errcode !== "") return undefined;
    throw error;
  }
}

/** Who is in the room already, or asked already, is refused; that is well. */
async function invite({ base, token }: Login, room: string, person: string): Promise<void> {
  const path = `${CLIENT}/rooms/${encodeURIComponent(room)}/invite`;
  await call(base, "POST", path, token, { user_id: person }).catch(() => undefined);
}

async function empower({ base, token }: Login, room: string, people: readonly string[]): Promise<void> {
  const path = `${CLIENT}/rooms/${encodeURIComponent(room)}/state/m.room.power_levels/`;
  const levels = await call(base, "GET", path, token);
  const users = { ...(levels["users"] as Json), ...Object.fromEntries(people.map((each) => [each, OURS_ALONE])) };
  await call(base, "PUT", path, token, { ...levels, users });
}

const serverOf = (userId: string): string => userId.slice(userId.indexOf(":") + 1);

/** Puts a room into a space. */
export async function addToSpace(login: Login, space: string, room: string, order: string): Promise<void> {
  const { base, token, userId } = login;
  const path = `${CLIENT}/rooms/${encodeURIComponent(space)}/state/m.space.child/${encodeURIComponent(room)}`;
  await asking(() => call(base, "PUT", path, token, { via: [serverOf(userId)], order, suggested: true }));
}
