// Nine homes in two zones for tests of pages: whose radio is whose, and who is a captain.

import { nodeNum, type NodeNum } from "#base/ids.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import type { Turn } from "#gateway/turn.ts";
import { addMember, bindRadio, setHousehold, setZone } from "#store/people.ts";
import { DIRECT } from "#test/harness/gateway.ts";

const FIRST = 0x1000_0000;

/** The radio of a home. */
export const radio = (house: number): NodeNum => nodeNum(FIRST + house);

const keyOf = (house: number): Uint8Array => new Uint8Array(32).fill(house);

/** A direct message from that radio. */
export const dm = (house: number, over: Partial<MeshPacket> = {}): Partial<MeshPacket> => ({
  ...DIRECT,
  publicKey: keyOf(house),
  ...over,
});

/** Homes 1 to 9 in two zones; 1 and 5 are captains, 2 is the deputy of 1. Home 9 has Matrix and no radio. */
export function people(turn: Turn): void {
  for (let house = 1; house <= 9; house++) {
    const zone = house < 5 ? 1 : 2;
    setHousehold(turn.store, { ...emptyHousehold(String(house)), zone }, turn.now);
    const role = house === 1 || house === 5 ? "captain" : "resident";
    const matrix = house === 9 ? ["@nina:example.org"] : [];
    const member = addMember(turn.store, { name: `Home ${house}`, house: String(house), role, matrix }, turn.now);
    if (house < 9) bindRadio(turn.store, { node: radio(house), member, publicKey: keyOf(house) }, turn.now);
  }
  setZone(turn.store, { number: 1, name: "North", captain: 1, deputy: 2 }, turn.now);
  setZone(turn.store, { number: 2, name: "South", captain: 5 }, turn.now);
}
