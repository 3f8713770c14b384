// Who is speaking: the member and household behind a radio, and how sure that is. A radio that shows another key than the pinned
// one still speaks for its household, but no longer for anybody else, until somebody binds it again.

import { trustOf, isProven, type Trust } from "#domain/people/trust.ts";
import { speaksForAll, type Member, type Role } from "#domain/people/people.ts";
import type { House } from "#domain/wire-words.ts";
import { household, housesOfCaptain, listHouseholds, member, pinKey, radioByKey, radioByNode } from "#store/people.ts";
import { defuseName } from "#wire/text.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { namesOf, radioFacts, type Turn } from "#gateway/turn.ts";

export interface Speaker {
  readonly node: number;
  /** For people. */
  readonly name: string;
  readonly trust: Trust;
  readonly member?: Member;
  readonly house?: House;
  /** A role is only honoured where the sender is proven. */
  readonly role: Role;
  /** The language chosen for this resident, if any. */
  readonly language?: string;
}

type Heard = Pick<MeshPacket, "from" | "channel" | "pkiEncrypted" | "publicKey" | "xeddsaSigned">;

export function speakerOf(turn: Turn, packet: Heard): Speaker {
  const { store } = turn;
  const key = packet.pkiEncrypted ? packet.publicKey : undefined;
  const radio = (key && radioByKey(store, key)) ?? radioByNode(store, packet.from);
  const who = radio && member(store, radio.member);
  const trust = trustOf({
    ...(key === undefined ? {} : { key }),
    ...(radio?.publicKey === undefined ? {} : { pinned: radio.publicKey }),
    signed: packet.xeddsaSigned,
    privateChannel: (radioFacts(turn)?.channels[packet.channel]?.pskLength ?? 0) >= OWN_KEY,
  });
  const house = who?.house;
  const language = who?.language ?? (house === undefined ? undefined : household(store, house)?.languages[0]);
  return {
    node: packet.from,
    name: who?.name ?? defuseName(namesOf(turn, packet.from).long),
    trust,
    role: who !== undefined && isProven(trust) ? who.role : "resident",
    ...(who === undefined ? {} : { member: who }),
    ...(house === undefined ? {} : { house }),
    ...(language === undefined ? {} : { language }),
  };
}

/** A channel key of one's own; 1 is one of the public ones (meshtastic-facts §3). */
const OWN_KEY = 16;

/** Trust on first use: the first key that a bound radio shows. */
export function pinFirstKey(turn: Turn, packet: Heard): void {
  if (packet.pkiEncrypted && packet.publicKey) pinKey(turn.store, packet.from, packet.publicKey, turn.now);
}

/** The households that this speaker may report on by number alone. */
export function housesFor(turn: Turn, { role, member: who }: Speaker): ReadonlySet<House> | undefined {
  if (speaksForAll(role)) return new Set(listHouseholds(turn.store).map(({ house }) => house));
  return role === "captain" && who !== undefined ? new Set(housesOfCaptain(turn.store, who.number)) : undefined;
}
