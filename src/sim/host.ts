// A gateway on a bad day, in virtual time: the real pump, step, store and radio link on one emulated street's serial port,
// a homeserver that misbehaves, and a process that may die after anything it does. What was committed survives a death, as
// on a disk; everything else is gone, timers included.

import type { Millis, VirtualClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { chance, type Random } from "#base/random.ts";
import type { HostPort } from "#emulator/host-port.ts";
import type { Street } from "#emulator/street.ts";
import type { Arrival, Door, MeshSend, RadioArrival, Report } from "#gateway/inputs.ts";
import type { Settings } from "#gateway/settings.ts";
import { Pump } from "#pump";
import type { RadioEvent } from "#radio/events.ts";
import { RadioLink } from "#radio/link.ts";
import type { Store } from "#store/store.ts";
import type { FaultyServer } from "./server.ts";

/** Thrown where the process dies. */
class Death extends Error {
  override name = "Death";
}

/** What the house wants to know of a run. */
export interface Witness {
  /** The door said that it keeps this. */
  kept(arrival: Arrival): void;
  /** Bytes of this packet left for the radio. */
  written(send: MeshSend): void;
}

export interface HostOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly street: Street;
  readonly store: Store;
  readonly settings: Settings;
  readonly server: FaultyServer;
  readonly witness: Witness;
  /** Probability of dying after anything done. */
  readonly mortality: number;
  /** The planted bug: what arrives is confirmed first and stored a moment later. */
  readonly confirmsFirst: boolean;
}

const REOPEN: Millis = 1_000;
const LATER: Millis = 40;
/** The moment after a promise is the worst to die in, so that is when it happens most. */
const ACCEPTING = 5;

export class Host {
  readonly #options: HostOptions;
  readonly #port: HostPort;
  #pump: Pump | undefined;
  #link: RadioLink | undefined;
  #open = false;
  #reopenAt: Millis | undefined;
  #restartAt: Millis | undefined;
  #moving = false;
  #boots = 0;
  /** Set when the gateway gave up for a reason of its own: a bug. */
  bug: string | undefined;
  deaths = 0;
  /** Nobody dies any more. */
  calm = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#port = options.street.port(0, "serial");
    this.start();
  }

  /** A new process. `fresh`: the machine itself was off. */
  start(fresh = false): void {
    const { clock, random, store, settings, server } = this.#options;
    this.#restartAt = undefined;
    if (fresh) this.#boots++;
    const pump = new Pump({
      gateway: { store, settings },
      clock,
      random,
      log: silentLog,
      bootId: `boot ${this.#boots}`,
      fatal: (error) => {
        if (!(error instanceof Death))
          this.bug ??= error instanceof Error ? (error.stack ?? error.message) : "not an error";
        throw error;
      },
    });
    this.#pump = pump;
    this.#link = new RadioLink({ random, trustClock: () => true, calendar: () => clock.wall() });
    this.survive(() => {
      pump.attach({
        radio: {
          send: (send) => this.#send(send),
          request: (request) => this.#with((link) => link.request(request, clock.now())),
        },
        uplinks: [{ uplink: "street", send: (send) => server.ask(send), fetch: () => undefined }],
      });
      pump.start();
      server.connect(this.#door(pump));
      this.#openPort();
    });
  }

  /** The process dies; `fresh`: of a power cut. */
  die(after: Millis, fresh: boolean): void {
    const { clock, server } = this.#options;
    this.deaths++;
    this.#pump = undefined;
    this.#link = undefined;
    clock.powerOff(0);
    server.disconnect();
    if (this.#open) this.#options.street.hostClosed(this.#port, clock.now());
    this.#open = false;
    this.#moving = false;
    this.#restartAt = clock.now() + after;
    this.#fresh = fresh;
  }
  #fresh = false;

  get running(): boolean {
    return this.#pump !== undefined;
  }

  /** When something is due next. */
  nextAt(): Millis | undefined {
    const { street, clock, server } = this.#options;
    const link = this.#open ? this.#link : undefined;
    const moments = [
      street.wakeAt(),
      link?.wakeAt(),
      link?.tornAt(),
      clock.nextAt(),
      server.nextAt(),
      this.#restartAt,
      this.#reopenAt,
    ].filter((at) => at !== undefined);
    return moments.length === 0 ? undefined : Math.ceil(Math.min(...moments));
  }

  goTo(at: Millis): void {
    const { street, clock, server } = this.#options;
    this.survive(() => clock.advanceTo(Math.max(at, clock.now())));
    const now = clock.now();
    street.wake(now);
    this.survive(() => server.wake(now));
    if (this.#restartAt !== undefined && this.#restartAt <= now) this.start(this.#fresh);
    if (this.#reopenAt !== undefined && this.#reopenAt <= now) this.survive(() => this.#openPort());
    const link = this.#link;
    if (link && this.#open && Math.min(link.wakeAt() ?? Infinity, link.tornAt() ?? Infinity) <= now)
      this.survive(() => link.wake(now));
    this.survive(() => this.#move());
  }

  // ── the port ──

  #openPort(): void {
    const { clock, street } = this.#options;
    const now = clock.now();
    this.#reopenAt = undefined;
    const link = this.#link;
    if (!link || this.#open) return;
    link.opening(now);
    if (this.#port.reachable) {
      street.hostOpened(this.#port, now);
      this.#open = true;
      link.opened(now);
    } else {
      link.openFailed(now, "not there");
      this.#reopenAt = now + REOPEN;
    }
    this.#move();
  }

  #closePort(reason: string): void {
    const { clock, street } = this.#options;
    if (!this.#open) return;
    street.hostClosed(this.#port, clock.now());
    this.#open = false;
    this.#reopenAt = clock.now() + REOPEN;
    this.#link?.closed(clock.now(), reason);
  }

  #send(send: MeshSend): void {
    this.#with((link) => link.send(send, this.#options.clock.now()));
    this.#options.witness.written(send);
    this.#mortal();
  }

  #with(act: (link: RadioLink) => void): void {
    if (this.#link) act(this.#link);
    this.#move();
  }

  /** Bytes go both ways until nobody has any left. */
  #move(): void {
    if (this.#moving || !this.#link) return;
    this.#moving = true;
    try {
      if (this.#open && !this.#port.reachable) this.#closePort("unplugged");
      for (let moved = true; moved && this.#link;) moved = this.#exchange(this.#link);
    } finally {
      this.#moving = false;
    }
  }

  #exchange(link: RadioLink): boolean {
    const { clock, street } = this.#options;
    let moved = false;
    const now = clock.now();
    for (const bytes of this.#port.take()) {
      if (!this.#open) continue;
      moved = true;
      link.receive(bytes, now);
    }
    const events = link.takeEvents();
    if (events.length > 0) {
      moved = true;
      this.#heard(events);
    }
    for (const write of link.takeWrites()) {
      moved = true;
      if (this.#open) street.hostBytes(this.#port, write.bytes, now);
      if (write.sendId !== undefined)
        this.#pump?.report({ kind: "mesh-written", sendId: write.sendId, written: this.#open });
    }
    return moved;
  }

  #heard(events: readonly RadioEvent[]): void {
    const pump = this.#pump;
    if (!pump) return;
    const door = this.#door(pump);
    const arrivals = events.filter((event): event is RadioEvent & RadioArrival => event.kind === "radio");
    if (arrivals.length > 0) door.accept(arrivals);
    for (const event of events) {
      if (event.kind === "remedy" && event.remedy === "reopen") this.#closePort(event.reason);
      else if (isReport(event)) pump.report(event);
    }
  }

  // ── the door, and death behind it ──

  #door(pump: Pump): Door {
    const { clock, witness, confirmsFirst } = this.#options;
    return {
      accept: (arrivals, position) => {
        if (this.#pump !== pump) return false;
        if (confirmsFirst) clock.after(LATER, () => void pump.accept(arrivals, position));
        else if (!pump.accept(arrivals, position)) return false;
        for (const arrival of arrivals) witness.kept(arrival);
        this.#mortal(ACCEPTING);
        return true;
      },
      report: (report) => {
        if (this.#pump !== pump) return;
        pump.report(report);
        this.#mortal();
      },
      position: (name) => pump.position(name),
    };
  }

  #mortal(times = 1): void {
    if (!this.calm && chance(this.#options.random, this.#options.mortality * times)) throw new Death();
  }

  /** Does something that the process may die of. */
  survive(act: () => void): void {
    try {
      act();
    } catch (error) {
      const { random } = this.#options;
      if (!(error instanceof Death) && this.bug === undefined) throw error;
      this.die(1 + (random.u32() % 60_000), chance(random, 0.3));
    }
  }
}

const NOT_REPORTED: ReadonlySet<string> = new Set(["radio", "console", "note", "remedy"]);

function isReport(event: RadioEvent): event is RadioEvent & Report {
  return !NOT_REPORTED.has(event.kind);
}
