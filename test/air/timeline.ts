// A few radios whose links and dice are written down, and what then happens on the air, microsecond by microsecond.

import { BROADCAST } from "#base/ids.ts";
import type { Random } from "#base/random.ts";
import type { Role } from "#emulator/roles.ts";
import { ROLE } from "#emulator/roles.ts";
import type { Transmission } from "#emulator/physical-air.ts";
import { FATE } from "#emulator/physical-air.ts";
import { Street } from "#emulator/street.ts";

export interface Case {
  readonly what: string;
  /** How the figures below were worked out. */
  readonly by: readonly string[];
  /** One letter for each radio. */
  readonly nodes: string;
  readonly roles?: Readonly<Record<string, keyof typeof ROLE>>;
  /** dBm at the other end, both ways; pairs that are not here do not hear each other. */
  readonly links: readonly (readonly [pair: string, dBm: number])[];
  /** What the dice show, as the number of slots of each draw in turn; then always 0. */
  readonly slots: readonly (readonly [slots: number, of: number])[];
  readonly said: readonly {
    readonly at: number;
    readonly node: string;
    readonly to: string;
    readonly bytes: number;
    /** Text unless said. */
    readonly port?: number;
    readonly wantAck: boolean;
  }[];
  readonly until: number;
  /** start and end in µs, sender, what, hops left, [next hop], and what became of it at each receiver. */
  readonly timeline: readonly string[];
}

/** Gives exactly the draws of `slots`: "5 of 256" is any number whose 256th part is the sixth. */
function dice(slots: Case["slots"]): Random {
  let at = 0;
  return {
    u32: () => {
      const [slot, of] = slots[at++] ?? [-0.5, 1];
      return Math.floor(((slot + 0.5) / of) * 2 ** 32);
    },
  };
}

const FATE_NAMES = Object.fromEntries(Object.entries(FATE).map(([name, fate]) => [fate, name]));

/** EU_868: 27 dBm. */
const POWER = 27;

export function timelineOf(given: Case): string[] {
  const nodes = given.nodes.split("");
  const links = given.links.map(([pair, dBm]) => ({
    a: nodes.indexOf(pair[0]!),
    b: nodes.indexOf(pair[1]!),
    loss: Math.round((POWER - dBm) * 100),
  }));
  const identityOf = (_name: string, index: number) => {
    const hex = `${0x10000000 + (index + 1) * 0x1111}`.padStart(64, "0");
    return { num: 0x1000_0000 + index + 1, publicKey: hex, privateKey: hex, longName: nodes[index]!, shortName: "X" };
  };
  const street = new Street({
    seed: 1,
    firmware: "2.7",
    startAt: 0,
    identities: { gateways: [], handhelds: nodes.map(identityOf).map(withMac) },
    layout: {
      places: nodes.map((_, index) => ({ x: index * 100, y: 0, height: 1 })),
      pathLoss: { model: "measured", links },
      shadowing: 0,
      asymmetry: 0,
      fading: 0,
    },
    traits: nodes.map((name) => ({ role: roleOf(given, name), maxNodes: 100 })),
    airRandom: dice(given.slots),
  });
  const told: [number, string][] = [];
  street.physical!.watch((of) => told.push([of.start, lineOf(of, nodes, street)]));
  for (const { at, node, to, bytes, port, wantAck } of given.said) {
    const now = at / 1000;
    street.wake(now);
    const handheld = street.handhelds[nodes.indexOf(node)]!;
    const target = to === "all" ? BROADCAST : street.handhelds[nodes.indexOf(to)]!.node.num;
    handheld.type(
      { to: target, channel: 0, portnum: port ?? 1, payload: new Uint8Array(bytes).fill(0x79), wantAck },
      now,
    );
  }
  street.wake(given.until / 1000);
  return told.sort((a, b) => a[0] - b[0]).map(([, line]) => line);
}

function roleOf(given: Case, name: string): Role {
  return ROLE[given.roles?.[name] ?? "client"];
}

function withMac<T extends { num: number }>(identity: T) {
  return { ...identity, num: identity.num as never, macaddr: new Uint8Array(6) };
}

function lineOf(of: Transmission, nodes: readonly string[], street: Street): string {
  const name = (num: number): string =>
    num === BROADCAST ? "all" : nodes[street.handhelds.findIndex((each) => each.node.num === num)]!;
  const { frame } = of;
  const what = frame.data.portnum === 5 ? "ack" : `${frame.length} bytes`;
  const way = `${name(frame.from)}>${name(frame.to)}`;
  const via = frame.nextHop === 0 ? "" : ` via ${nodes[frame.nextHop - 1]}`;
  const fates = [...of.receivers].map((node, at) => `${nodes[node]} ${FATE_NAMES[of.fates[at]!]}`);
  return `${of.start}-${of.end} ${nodes[of.station]}: ${what} ${way} hops ${frame.hopLimit}${via} | ${fates.join(", ")}`;
}
