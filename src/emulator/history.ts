// The packets that a radio has seen, against hearing them twice, and who relayed each, for next-hop routing
// (meshtastic-facts 2.4; F mesh/PacketHistory.cpp). No record ages; the oldest makes room.

import type { NodeNum } from "#base/ids.ts";
import type { Frame } from "./packet.ts";
import { packetKey } from "./packet.ts";

/** Relayers kept of a packet (NUM_RELAYERS). */
const RELAYERS = 3;

interface Record {
  readonly from: NodeNum;
  /** Last bytes of node numbers, the newest first. */
  readonly relayers: number[];
  nextHop: number;
  hopLimit: number;
}

/** What is known of a packet that was heard before. */
export interface Seen {
  /** It was on a route and now floods, and we have not relayed it yet. */
  readonly fallback: boolean;
  readonly weWereNextHop: boolean;
  /** This copy may travel further than those before. */
  readonly upgraded: boolean;
}

export class History {
  readonly #limit: number;
  readonly #own: number;
  readonly #self: NodeNum;
  readonly #records = new Map<number, Record>();

  /** `limit`: records kept, max(2 × MAX_NUM_NODES, 100); `self`: whose history it is. */
  constructor(limit: number, self: NodeNum) {
    this.#limit = limit;
    this.#self = self;
    this.#own = self & 0xff;
  }

  /** Notes a packet that was heard or is being sent; what was known of it, or undefined if it is new. */
  note(frame: Frame): Seen | undefined {
    const record = this.#records.get(frame.key);
    if (!record) {
      this.#records.set(frame.key, {
        from: frame.from,
        relayers: frame.relayNode === 0 ? [] : [frame.relayNode],
        nextHop: frame.nextHop,
        hopLimit: frame.hopLimit,
      });
      if (this.#records.size > this.#limit) this.#records.delete(this.#records.keys().next().value!);
      return undefined;
    }
    const seen: Seen = {
      fallback: this.#isFallback(record, frame),
      weWereNextHop: record.nextHop === this.#own,
      upgraded: frame.hopLimit > record.hopLimit,
    };
    if (frame.relayNode !== 0 && !record.relayers.includes(frame.relayNode)) {
      record.relayers.unshift(frame.relayNode);
      if (record.relayers.length > RELAYERS) record.relayers.pop();
    }
    record.nextHop = frame.nextHop;
    record.hopLimit = Math.max(record.hopLimit, frame.hopLimit);
    return seen;
  }

  /** Whether the radio with this last byte relayed the packet; "sole": and nobody else. */
  relayed(relay: number, from: NodeNum, id: number): "no" | "yes" | "sole" {
    const relayers = this.#records.get(packetKey(from, id))?.relayers ?? [];
    if (relay === 0 || !relayers.includes(relay)) return "no";
    return relayers.length === 1 ? "sole" : "yes";
  }

  clear(): void {
    this.#records.clear();
  }

  #isFallback(record: Record, frame: Frame): boolean {
    return (
      record.from !== this.#self &&
      record.nextHop !== 0 &&
      record.nextHop !== this.#own &&
      frame.nextHop === 0 &&
      record.relayers.includes(frame.relayNode) &&
      !record.relayers.includes(this.#own) &&
      !record.relayers.includes(record.nextHop)
    );
  }
}
