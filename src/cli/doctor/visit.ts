// The doctor's own visit to radio and homeservers while no service runs: by the same link code, and whatever is handed over
// meanwhile is committed to the inbox, for the next `run`. The radio hands a packet over only once: a doctor must not eat a
// call for help. Nothing is said: no packet goes to the mesh and no event to a room.

import type { Cancel, Millis } from "#base/clock.ts";
import { systemClock, uptime, wallClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { systemRandom } from "#base/random.ts";
import { keepArrivals } from "#gateway/arrivals.ts";
import type { Diagnosis, RoomSeen } from "#gateway/diagnosis.ts";
import type { Door, Report } from "#gateway/inputs.ts";
import { roomsOf } from "#gateway/matrix/places.ts";
import type { Settings } from "#gateway/settings.ts";
import { createUplink } from "#matrix/uplink.ts";
import { createRadioEdge } from "#serial/edge.ts";
import { positionOf } from "#store/inbox.ts";
import { openOrRecover } from "#store/recover.ts";
import type { Store } from "#store/store.ts";
import { resumeTime } from "#store/timeline.ts";
import { bootId } from "#cli/service/boot.ts";

/** A board that resets when its port is opened takes 15 s to answer, and is called silent 15 s later. */
const RADIO_WITHIN: Millis = 40_000;
const HOMESERVERS_WITHIN: Millis = 12_000;
/** After the radio is configured it hands over what it has kept; this much quiet means that it is done. */
const HANDOVER_QUIET: Millis = 1_500;

/** Visits radio and homeservers. `count`: arrivals kept for the next run. Throws when the database cannot be used. */
export async function visit(
  settings: Settings,
): Promise<{ seen: Diagnosis; kept: number; recovered: string | undefined }> {
  const { store, recovery } = openOrRecover(settings.database.path, wallClock.wall());
  const visitor = new Visitor(settings, store);
  try {
    return { ...(await visitor.visit()), recovered: recovery?.words };
  } finally {
    store.close();
  }
}

class Visitor implements Door {
  readonly #settings: Settings;
  readonly #store: Store;
  readonly #clock;
  readonly #uplinks = new Map<string, Diagnosis["uplinks"][number]>();
  readonly #rooms = new Map<string, RoomSeen>();
  #radio: Diagnosis["radio"] = { state: "opening", reason: "", facts: null };
  #kept = 0;
  #closed = false;
  #look: () => void = () => undefined;

  constructor(settings: Settings, store: Store) {
    this.#settings = settings;
    this.#store = store;
    const start = { bootId: bootId(), uptime: uptime(), wall: wallClock.wall(), rate: 1 };
    this.#clock = systemClock(1, resumeTime(store, start));
  }

  async visit(): Promise<{ seen: Diagnosis; kept: number }> {
    const common = { door: this, clock: this.#clock, log: silentLog };
    const radio = createRadioEdge({ ...common, settings: this.#settings.meshtastic, random: systemRandom });
    const uplinks = this.#settings.uplinks.map((settings) => createUplink({ ...common, settings }));
    radio.start();
    for (const uplink of uplinks) uplink.start();
    await Promise.all([this.#radioSeen(), this.#until(() => this.#homeserversSeen(), HOMESERVERS_WITHIN)]);
    // Before we take our leave: that everything is down afterwards is our own doing.
    const seen = { radio: this.#radio, uplinks: [...this.#uplinks.values()], rooms: [...this.#rooms.values()] };
    await Promise.all([radio.stop(), ...uplinks.map((uplink) => uplink.stop())]);
    this.#closed = true;
    return { seen, kept: this.#kept };
  }

  // ── the door ──

  accept: Door["accept"] = (arrivals, position) => {
    if (this.#closed) return false;
    this.#store.transaction(() => keepArrivals(this.#store, arrivals, position, this.#clock.now()));
    this.#kept += arrivals.length;
    return true;
  };

  report: Door["report"] = (report) => {
    this.#note(report);
    this.#look();
  };

  position: Door["position"] = (name) => positionOf(this.#store, name);

  #note(report: Report): void {
    if (report.kind === "radio-state") this.#radio = { ...this.#radio, state: report.state, reason: report.reason };
    if (report.kind === "radio-configured") {
      const { nodes: _nodes, publicKey: _publicKey, ...facts } = report.info;
      this.#radio = { ...this.#radio, facts };
    }
    if (report.kind === "uplink-state")
      this.#uplinks.set(report.uplink, { name: report.uplink, state: report.state, reason: report.reason });
    if (report.kind === "room-state") {
      const { uplink, configured: room, joined, maySpeak, encrypted, reason = "" } = report;
      this.#rooms.set(`${uplink}\n${room}`, { uplink, room, joined, maySpeak, encrypted, reason });
    }
  }

  // ── when enough was seen ──

  async #radioSeen(): Promise<void> {
    await this.#until(() => ["ready", "silent", "down"].includes(this.#radio.state), RADIO_WITHIN);
    for (let before = -1; before !== this.#kept && this.#radio.state === "ready";) {
      before = this.#kept;
      await new Promise<void>((resolve) => void wallClock.after(HANDOVER_QUIET, resolve));
    }
  }

  #homeserversSeen(): boolean {
    return this.#settings.uplinks.every((uplink) => {
      const state = this.#uplinks.get(uplink.name)?.state;
      if (state === "held" || state === "down") return true;
      return state === "ready" && roomsOf(uplink).every((room) => this.#rooms.has(`${uplink.name}\n${room}`));
    });
  }

  #until(isSo: () => boolean, within: Millis): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#look;
      let cancel: Cancel | undefined;
      const look = (): void => {
        before();
        if (!isSo()) return;
        cancel?.();
        resolve();
      };
      cancel = wallClock.after(within, resolve);
      this.#look = look;
      look();
    });
  }
}
