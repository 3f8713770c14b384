// What a radio knows of the others. Trust on first use: a known node's key is never replaced by what the air says
// (firmware since 2.7.6); only the host may do that.
//
// Memory is short (meshtastic-facts 4.6). For one more, the node without a key that was heard longest ago must go, else the
// one heard longest ago that is no favourite. Firmware 2.8 keeps the keys of those that went, as many again.

import { toHex } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import type { Plain, WireData, WireUser } from "./proto.ts";
import { decode } from "./proto.ts";
import { ROLE } from "./roles.ts";

export interface NodeEntry {
  readonly num: NodeNum;
  user?: WireUser;
  /** dB, of the last packet heard. */
  snr: number;
  /** Seconds by the radio's clock; 0 while it has none. */
  lastHeard: number;
  hopsAway?: number;
  favorite: boolean;
  /** Its signature was verified at least once (firmware 2.8). */
  signs: boolean;
  position?: Plain;
  deviceMetrics?: Plain;
  /** Last byte of the radio through which it is reached; 0 unknown. */
  nextHop: number;
  /** Orders the entries by when they were last heard, clock or no clock. */
  touched: number;
}

/** The hexadecimal key of a user, worked out once: introductions are never changed, only replaced. */
const keys = new WeakMap<WireUser, string>();

/** The hexadecimal public key of a user, if it told one. */
function keyOfUser(user: WireUser | undefined): string | undefined {
  if (user?.publicKey?.length !== 32) return undefined;
  let key = keys.get(user);
  if (key === undefined) {
    key = toHex(user.publicKey);
    keys.set(user, key);
  }
  return key;
}

const ROUTERS: readonly number[] = [ROLE.router, ROLE.routerLate, ROLE.clientBase];

export class NodeDb {
  readonly #self: NodeNum;
  readonly #limit: number;
  readonly #entries = new Map<NodeNum, NodeEntry>();
  /** Those that went: only what they introduced themselves with. The oldest is the first. */
  readonly #warm = new Map<NodeNum, WireUser>();
  readonly #warmLimit: number;
  #touches = 0;

  /** `limit`: nodes known at a time, oneself among them; `warmLimit`: keys kept of those that went. */
  constructor(self: NodeNum, limit: number, warmLimit: number) {
    this.#self = self;
    this.#limit = limit;
    this.#warmLimit = warmLimit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get isFull(): boolean {
    return this.#entries.size >= this.#limit;
  }

  /** In the order in which they were first met. */
  all(): IterableIterator<NodeEntry> {
    return this.#entries.values();
  }

  find(num: NodeNum): NodeEntry | undefined {
    return this.#entries.get(num);
  }

  /** The node's entry, made if it is new, and marked as the last one heard. */
  meet(num: NodeNum): NodeEntry {
    let entry = this.#entries.get(num);
    if (!entry) {
      if (this.isFull) this.#evict();
      entry = { num, snr: 0, lastHeard: 0, favorite: false, signs: false, nextHop: 0, touched: 0 };
      const known = this.#warm.get(num);
      if (known) entry.user = known;
      this.#warm.delete(num);
      this.#entries.set(num, entry);
    }
    entry.touched = ++this.#touches;
    return entry;
  }

  keyOf(num: NodeNum): string | undefined {
    return keyOfUser(this.#entries.get(num)?.user ?? this.#warm.get(num));
  }

  /** Takes an introduction heard on the air; false when it carries another key than the one known. */
  introduce(num: NodeNum, user: WireUser): boolean {
    const known = this.keyOf(num);
    const told = keyOfUser(user);
    if (known !== undefined && told !== known) return false;
    this.meet(num).user = user;
    return true;
  }

  /** Whether a favourite with this last byte is a router of some kind. */
  favoursRouter(lastByte: number): boolean {
    for (const { num, favorite, user } of this.#entries.values()) {
      if (favorite && (num & 0xff) === lastByte && ROUTERS.includes(user?.role ?? 0)) return true;
    }
    return false;
  }

  forget(num: NodeNum): void {
    this.#entries.delete(num);
    this.#warm.delete(num);
  }

  #evict(): void {
    let gone: NodeEntry | undefined;
    for (const each of this.#entries.values()) {
      if (each.num === this.#self || each.favorite) continue;
      if (!gone || goesBefore(each, gone)) gone = each;
    }
    if (!gone) return;
    this.#entries.delete(gone.num);
    if (this.#warmLimit === 0 || !gone.user) return;
    this.#warm.set(gone.num, gone.user);
    if (this.#warm.size > this.#warmLimit) this.#warm.delete(this.#warm.keys().next().value!);
  }
}

/** Called for every node at each stranger's word in a large town. */
function goesBefore(a: NodeEntry, b: NodeEntry): boolean {
  const keyed = hasKey(a);
  return keyed === hasKey(b) ? a.touched < b.touched : !keyed;
}

function hasKey({ user }: NodeEntry): boolean {
  return user?.publicKey?.length === 32;
}

/** An introduction is read once, however many hear it. */
const users = new WeakMap<WireData, WireUser>();

/** Who introduces itself in a NODEINFO packet; undefined if it cannot be read. */
export function userIn(data: WireData): WireUser | undefined {
  const known = users.get(data);
  if (known) return known;
  const user = decode<WireUser>("User", data.payload ?? new Uint8Array(0));
  if (!user.ok) return undefined;
  users.set(data, user.value);
  return user.value;
}
