// The people of a neighbourhood, as values. A zone is a block of some homes with a captain and a deputy; a household has a
// short number that is said on the air; a member is a person with any number of radios and Matrix ids, or none. A radio is
// bound to a member by its number and, once seen, by its public key. A radio that belongs to nobody is a person too: what it
// says counts, and a coordinator attaches it to a household later.

import type { House } from "#domain/wire-words.ts";

export const ROLES = ["resident", "captain", "coordinator", "operator"] as const;
export type Role = (typeof ROLES)[number];

export interface Zone {
  /** 1 to 999; what is said on the air. */
  readonly number: number;
  readonly name: string;
  /** Numbers of members. */
  readonly captain?: number;
  readonly deputy?: number;
}

export interface Household {
  readonly house: House;
  readonly zone?: number;
  readonly people?: number;
  readonly animals?: number;
  /** BCP 47 codes, the first is preferred. */
  readonly languages: readonly string[];
  /** Somebody here depends on electricity. */
  readonly needsPower: boolean;
  readonly mobility: string;
  /** Never shown where `may_show` does not allow it. */
  readonly medical: string;
  /** Who besides marked rooms may read it: roles or Matrix ids. */
  readonly medicalReaders: readonly string[];
  readonly contacts: string;
  readonly address: string;
}

export interface Member {
  readonly number: number;
  readonly name: string;
  readonly house?: House;
  readonly role: Role;
  readonly language?: string;
  readonly matrix: readonly string[];
}

/** A member's radio. `publicKey` is pinned: what shows another key is not believed until somebody binds it again. */
export interface Radio {
  readonly node: number;
  readonly publicKey?: Uint8Array;
  readonly member: number;
}

export function emptyHousehold(house: House): Household {
  return {
    house,
    languages: [],
    needsPower: false,
    mobility: "",
    medical: "",
    medicalReaders: [],
    contacts: "",
    address: "",
  };
}

/** Whether this role speaks for other households: a captain for his zone, the others for all. */
export function speaksForAll(role: Role): boolean {
  return role === "coordinator" || role === "operator";
}
