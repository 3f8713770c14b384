// Two gateways in process, each with a street of its own, and the air between them: what one says to machines waits until the test
// lets it through, in any order, twice, or not at all.

import { nodeNum, type NodeNum } from "#base/ids.ts";
import type { VirtualClock } from "#base/clock.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import type { MeshSend } from "#gateway/inputs.ts";
import { addMember, bindRadio, setHousehold } from "#store/people.ts";
import { Bench, EVERYONE, RADIO_INFO, settings, START } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

export const GROUP_KEY = { id: 1, secret: new Uint8Array(32).fill(0x5a) };

export interface Resident {
  readonly node: NodeNum;
  readonly house: string;
  readonly key: Uint8Array;
}

/** A gateway with three residents: houses 10, 11 and 12 of its zone. */
export class Neighbourhood {
  readonly bench: Bench;
  readonly node: NodeNum;
  readonly residents: readonly Resident[];
  /** Of what was sent, so much was taken by the test, and so much acknowledged. */
  #taken = 0;
  #acked = 0;

  constructor(
    number: number,
    clock: VirtualClock,
    over: { key?: typeof GROUP_KEY; machineChannels?: number[]; node?: number } = {},
  ) {
    this.node = nodeNum(over.node ?? 0x0a00_0000 + number);
    const { node, meshtastic } = settings();
    this.bench = new Bench(
      {
        node: { ...node, gatewayNumber: number },
        meshtastic: {
          ...meshtastic,
          messageDelay: 0,
          groupKeys: [over.key ?? GROUP_KEY],
          ...(over.machineChannels === undefined ? {} : { machineChannels: over.machineChannels }),
        },
      },
      openStore(":memory:"),
      clock,
    );
    this.bench.pump.report({ kind: "radio-configured", info: { ...RADIO_INFO, node: this.node } });
    this.bench.pump.report({ kind: "radio-state", state: "ready", reason: "" });
    this.bench.online();
    this.residents = ["10", "11", "12"].map((house, index) => ({
      node: nodeNum(0x1100_0000 + number * 16 + index),
      house,
      key: new Uint8Array(32).fill(number * 16 + index + 1),
    }));
    const { store } = this.bench;
    store.transaction(() => {
      for (const { node, house, key } of this.residents) {
        setHousehold(store, { ...emptyHousehold(house), zone: number, address: `${house} Secret Street` }, START);
        const member = addMember(store, { name: `P${number}${house}`, house, role: "resident", matrix: [] }, START);
        bindRadio(store, { node, publicKey: key, member }, START);
      }
    });
  }

  /** A resident's direct message, and what it was answered at once. */
  says(who: number, text: string): string[] {
    const { node, key } = this.residents[who]!;
    const before = this.bench.sent.length;
    this.bench.hear(node, text, { to: this.node, pkiEncrypted: true, publicKey: key });
    this.pass(5_000, 500);
    return this.wordsFrom(before);
  }

  /** Time passes; every radio acknowledges what is sent to it. */
  pass(span: number, tick = 1_000): void {
    const { clock } = this.bench;
    for (const until = clock.now() + span; clock.now() < until;) {
      clock.advance(Math.min(tick, until - clock.now()));
      this.acknowledge();
    }
  }

  acknowledge(): void {
    const { sent } = this.bench;
    for (; this.#acked < sent.length; this.#acked++) {
      const { to, packetId } = sent[this.#acked]!;
      if (to !== EVERYONE) this.bench.routing(nodeNum(to), packetId, 0);
    }
  }

  wordsFrom(before: number): string[] {
    const sent = this.bench.sent.slice(before).filter(({ portnum }) => portnum === 1);
    return sent.map(({ payload }) => Buffer.from(payload).toString());
  }

  /** What was said to machines since the last call. */
  takeMachineWords(): MeshSend[] {
    const fresh = this.bench.sent.slice(this.#taken).filter(({ portnum }) => portnum !== 1);
    this.#taken = this.bench.sent.length;
    return fresh;
  }

  /** A packet of another gateway's arrives; each time as a packet of its own unless `id` says which it is. */
  hears(from: Neighbourhood, { payload, portnum, to, channel }: MeshSend, id?: number): void {
    if (to !== EVERYONE && to !== this.node) return;
    const packet = { payload: Uint8Array.from(payload), portnum, to: nodeNum(to), channel };
    this.bench.hear(from.node, "", { ...packet, ...(id === undefined ? {} : { id }) });
  }
}

/** Lets everything through that both say, until neither has more to say for a while. */
export function talk(a: Neighbourhood, b: Neighbourhood, span = 30_000, tick = 1_000): void {
  const { clock } = a.bench;
  for (const until = clock.now() + span; clock.now() < until; clock.advance(tick)) {
    for (const send of a.takeMachineWords()) b.hears(a, send);
    for (const send of b.takeMachineWords()) a.hears(b, send);
    a.acknowledge();
    b.acknowledge();
  }
}

/** What is said meanwhile is lost. */
export function outage(a: Neighbourhood, b: Neighbourhood): void {
  a.takeMachineWords();
  b.takeMachineWords();
}
