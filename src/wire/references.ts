// Short references that never collide between gateways: r7 a roll call, p5 a page, a31 an aid item, k7 a stored message.
//
// Each letter is a name space of its own, 0 to 65535. A gateway has a small number in the community, 0 to 15, and gives
// out only references that leave this number when divided by 16; so two gateways that cannot hear each other never give
// out the same one. References are folded on the air: the first three of every gateway take one byte, the first 32 two.
// A gateway always gives out its smallest free one; which ones are free again, and when, the store knows.

import type { Ref } from "#domain/wire-words.ts";

export const MAX_GATEWAYS = 16;
export const MAX_REF = 65_535;

export const NAME_SPACES = { r: "roll call", p: "page", a: "aid item", k: "stored message", e: "event" } as const;
export type NameSpace = keyof typeof NAME_SPACES;

/** The smallest reference of a gateway that is not taken; undefined when all 4096 are. */
export function freeRef(gateway: number, taken: ReadonlySet<Ref>): Ref | undefined {
  for (let ref = gateway; ref <= MAX_REF; ref += MAX_GATEWAYS) if (!taken.has(ref)) return ref;
  return undefined;
}

/** The number of the gateway that gave out a reference. */
export function gatewayOf(ref: Ref): number {
  return ref % MAX_GATEWAYS;
}

/** As people see it: "r7". */
export function refName(space: NameSpace, ref: Ref): string {
  return `${space}${ref}`;
}

/** The inverse of `refName`, in either case; undefined for anything else. A bare number is never a reference. */
export function parseRef(text: string): { readonly space: NameSpace; readonly ref: Ref } | undefined {
  const match = /^([rpake])(0|[1-9][0-9]{0,4})$/.exec(text.toLowerCase());
  if (!match || Number(match[2]) > MAX_REF) return undefined;
  return { space: match[1] as NameSpace, ref: Number(match[2]) };
}
