// What a radio knows of the others. Trust on first use: a known node's key is never replaced by what the air says
// (firmware since 2.7.6); only the host may do that.

import { toHex } from "#base/bytes.ts";
import type { NodeNum } from "#base/ids.ts";
import type { Plain, WireUser } from "./proto.ts";

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
}

/** The hexadecimal public key of a user, if it told one. */
function keyOfUser(user: WireUser | undefined): string | undefined {
  return user?.publicKey?.length === 32 ? toHex(user.publicKey) : undefined;
}

export class NodeDb {
  readonly #entries = new Map<NodeNum, NodeEntry>();

  get size(): number {
    return this.#entries.size;
  }

  /** In the order in which they were first met. */
  all(): IterableIterator<NodeEntry> {
    return this.#entries.values();
  }

  find(num: NodeNum): NodeEntry | undefined {
    return this.#entries.get(num);
  }

  /** The node's entry, made if it is new. */
  meet(num: NodeNum): NodeEntry {
    let entry = this.#entries.get(num);
    if (!entry) {
      entry = { num, snr: 0, lastHeard: 0, favorite: false, signs: false };
      this.#entries.set(num, entry);
    }
    return entry;
  }

  keyOf(num: NodeNum): string | undefined {
    return keyOfUser(this.#entries.get(num)?.user);
  }

  /** Takes an introduction heard on the air; false when it carries another key than the one known. */
  introduce(num: NodeNum, user: WireUser): boolean {
    const known = this.keyOf(num);
    const told = keyOfUser(user);
    if (known !== undefined && told !== known) return false;
    this.meet(num).user = user;
    return true;
  }

  forget(num: NodeNum): void {
    this.#entries.delete(num);
  }
}
