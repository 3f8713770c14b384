// A scenario lived through in virtual time, with the real gateway on the street's first radio.

import type { Millis } from "#base/clock.ts";
import { VirtualClock } from "#base/clock.ts";
import { seededRandom } from "#base/random.ts";
import { FATE } from "#emulator/physical-air.ts";
import { Street } from "#emulator/street.ts";
import { SimulatedGateway } from "./gateway.ts";
import { schedule } from "./happenings.ts";
import type { Cast } from "./neighbourhood.ts";
import { castOf, favourGateway, streetOptions } from "./neighbourhood.ts";
import { People } from "./people.ts";
import type { AirClass, Delivery } from "./record.ts";
import { CLASSES, Record } from "./record.ts";
import type { Scenario } from "./scenario.ts";

/** A Sunday in November; any moment would do, as long as it is always the same. */
export const BEGIN: Millis = 1_795_356_000_000;
const SAMPLE_EVERY: Millis = 10_000;

export interface Result {
  readonly scenario: string;
  readonly seed: number;
  readonly preset: string;
  readonly firmware: string;
  readonly region: string;
  readonly nodes: number;
  readonly simulatedSeconds: number;
  readonly transmissions: number;
  readonly airtimeSeconds: Readonly<{ [name in AirClass]: number }>;
  /** Receptions, by what became of them. */
  readonly receptions: Readonly<{ [fate in keyof typeof FATE]: number }>;
  /** Percent, at the gateway. */
  readonly utilisation: { readonly peak: number; readonly mean: number };
  readonly toGateway: Delivery;
  readonly distress: Delivery;
  readonly toResidents: Delivery;
  /** Of everything that happened. */
  readonly digest: string;
}

export class Simulation {
  readonly scenario: Scenario;
  readonly street: Street;
  readonly cast: Cast;
  readonly record: Record;
  readonly gateway: SimulatedGateway;
  readonly #seed: number;
  readonly #clock = new VirtualClock(BEGIN);
  readonly #people: People;
  #sampleAt = BEGIN;

  constructor(scenario: Scenario, seed: number) {
    this.scenario = scenario;
    this.#seed = seed;
    this.street = new Street(streetOptions(scenario, seed, BEGIN));
    this.cast = castOf(scenario, this.street);
    favourGateway(this.street);
    this.record = new Record(this.street, this.cast, BEGIN, scenario.length);
    this.gateway = new SimulatedGateway(this.street, this.#clock, seededRandom(seed + 10));
    this.gateway.onArrival = ({ packet }) => this.record.handed(packet.from, packet.id, this.#clock.now());
    const { households } = this.cast;
    this.#people = new People(this.street, households, scenario.people, seed + 11, ({ mood }) =>
      this.record.saying(mood),
    );
    this.#people.start(BEGIN);
    const stage = {
      street: this.street,
      air: this.street.physical!,
      cast: this.cast,
      people: this.#people,
      ask: (text: string) => this.gateway.write(text),
    };
    schedule(scenario, stage, seed, BEGIN);
  }

  get now(): Millis {
    return this.#clock.now();
  }

  /** Lives on until so many milliseconds after the beginning. */
  run(until: Millis = this.scenario.length): this {
    const end = BEGIN + until;
    const { cable } = this.gateway;
    for (let next = cable.nextAt(); next !== undefined && next <= end; next = cable.nextAt()) this.#goTo(next);
    this.#goTo(end);
    return this;
  }

  result(): Result {
    const { record, scenario } = this;
    const rounded = (value: number): number => Math.round(value * 10) / 10;
    const bins = record.utilisation.slice(0, Math.max(1, Math.ceil((this.now - BEGIN) / record.bin)));
    return {
      scenario: scenario.name,
      seed: this.#seed,
      preset: scenario.preset,
      firmware: scenario.firmware,
      region: scenario.region,
      nodes: this.street.nodes().length,
      simulatedSeconds: (this.now - BEGIN) / 1000,
      transmissions: record.transmissions,
      airtimeSeconds: named(CLASSES, (name) => rounded(record.seconds(name))),
      receptions: named(Object.keys(FATE) as (keyof typeof FATE)[], (name) => record.fates[FATE[name]]!),
      utilisation: {
        peak: rounded(100 * Math.max(...bins)),
        mean: rounded((100 * bins.reduce((sum, each) => sum + each, 0)) / bins.length),
      },
      toGateway: record.upward(),
      distress: record.upward(true),
      toResidents: record.downward(scenario.households),
      digest: record.digest(),
    };
  }

  #goTo(at: Millis): void {
    this.gateway.cable.goTo(at);
    const now = this.now;
    for (const line of this.street.takeLines()) {
      this.record.line(line, now);
      this.#people.read(line, now);
    }
    if (now < this.#sampleAt) return;
    this.#sampleAt = now + SAMPLE_EVERY;
    this.record.sample(now);
  }
}

function named<K extends string>(names: readonly K[], value: (name: K) => number): { [name in K]: number } {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as { [name in K]: number };
}
