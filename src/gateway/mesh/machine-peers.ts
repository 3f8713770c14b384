// Other gateways of the community: which are there, and whether what they say is new.
//
// Whoever holds the group's key and has answered a challenge is known. A gateway says hello (a challenge to all, proven) when it
// starts, rarely while it is alone, and each hour while one that it knows is silent; whoever hears one that it cannot believe yet
// challenges it. Nothing of this is said by a gateway without a number and a key.

import { fromHex, toHex } from "#base/bytes.ts";
import type { Millis } from "#base/clock.ts";
import { keepMachineMemory, machineMemory } from "#store/machines.ts";
import { setTimer } from "#store/world.ts";
import type { Received } from "#wire/receive.ts";
import { sayMessage } from "./machine-saying.ts";
import { EVERYONE, type Turn } from "#gateway/turn.ts";

export type Heard = Extract<Received, { ok: true }>;

const MINUTE: Millis = 60_000;
const HOUR = 60 * MINUTE;

/** From then on a gateway counts as having been out of reach. */
const SILENT: Millis = 30 * MINUTE;
/** From then on nobody speaks to it any more; when it is heard it is there again. */
const GONE: Millis = 7 * 24 * HOUR;
const HELLO_ALONE: Millis = 6 * HOUR;
const HELLO: Millis = HOUR;
/** Each is challenged so often at the most. */
const CHALLENGE_EVERY: Millis = MINUTE;
/** Answers to so many of our challenges are waited for. */
const MOST_AWAITED = 8;

/** When each was last heard and challenged, by node. */
type Peers = Readonly<Record<string, { readonly heardAt?: Millis; readonly challengedAt?: Millis }>>;

const peersOf = (turn: Turn): Peers => machineMemory<Peers>(turn.store, "peers", {});

/** Our number in the community, where there is one and a key to speak with. */
export function ownNumber({ settings }: Pick<Turn, "settings">): number | undefined {
  return (settings.meshtastic.groupKeys ?? []).length === 0 ? undefined : settings.node.gatewayNumber;
}

/** Nodes of the gateways that are known. */
export function knownMachines(turn: Turn): number[] {
  return lastHeard(turn).map(([node]) => node);
}

function lastHeard(turn: Turn): (readonly [node: number, at: Millis])[] {
  return Object.entries(peersOf(turn)).flatMap(([node, { heardAt }]) =>
    heardAt === undefined || heardAt + GONE <= turn.now ? [] : [[Number(node), heardAt] as const],
  );
}

/** A channel for all of them; without one for machines alone, the primary. */
export function machineChannel({ settings }: Pick<Turn, "settings">): number {
  return settings.meshtastic.machineChannels?.[0] ?? 0;
}

/** Books who was heard. True: it is there again, or for the first time, and should be told what it missed. */
export function machineHeard(turn: Turn, from: number, { vouched, freshness }: Heard): boolean {
  if (ownNumber(turn) === undefined || vouched.by !== "group-key") return false;
  const peers = peersOf(turn);
  const known = peers[from] ?? {};
  if (freshness !== "proven") {
    if ((known.challengedAt ?? -Infinity) + CHALLENGE_EVERY > turn.now) return false;
    keepMachineMemory(turn.store, "peers", { ...peers, [from]: { ...known, challengedAt: turn.now } });
    challenge(turn, from, 0);
    return false;
  }
  keepMachineMemory(turn.store, "peers", { ...peers, [from]: { ...known, heardAt: turn.now } });
  return known.heardAt === undefined || known.heardAt + SILENT <= turn.now;
}

/** False: nothing can be said now. */
function challenge(turn: Turn, to: number, channel: number): boolean {
  const nonce = turn.random.u32().toString(16).padStart(8, "0");
  const awaited = machineMemory<readonly string[]>(turn.store, "awaited", []);
  const message = { type: "challenge", nonce: fromHex(nonce)! } as const;
  const said = sayMessage(turn, message, { to, channel, carrier: "port", form: "proven" });
  if (said.ok) keepMachineMemory(turn.store, "awaited", [toHex(message.nonce), ...awaited].slice(0, MOST_AWAITED));
  return said.ok;
}

/** Timer, and at the start: is anybody there? */
export function hello(turn: Turn): void {
  if (ownNumber(turn) === undefined) return;
  const heard = lastHeard(turn);
  const isLonely = heard.length === 0;
  const asks = isLonely || heard.some(([, at]) => at + SILENT <= turn.now);
  const said = !asks || challenge(turn, EVERYONE, machineChannel(turn));
  setTimer(turn.store, "hello", 0, turn.now + (!said ? MINUTE : isLonely ? HELLO_ALONE : HELLO));
}

/** A start: the radio has a moment to get ready. */
export function helloSoon(turn: Turn): void {
  if (ownNumber(turn) !== undefined) setTimer(turn.store, "hello", 0, turn.now + MINUTE);
}
