// What a radio tells its own host about itself: device metrics every minute, statistics every quarter of an hour, and only
// while nothing else waits for the host (meshtastic-facts 1.6, 2.10). The gateway's health feed.

import type { Millis } from "#base/clock.ts";
import { BROADCAST } from "#base/ids.ts";
import type { MeshNode } from "./node.ts";
import type { World } from "./world.ts";
import { PORT, PRIORITY } from "./packet.ts";
import type { Plain, WirePacket } from "./proto.ts";
import { encode } from "./proto.ts";

const METRICS_EVERY: Millis = 60_000;
/** Every how many metrics there are statistics. */
const STATS_EACH = 15;
/** Battery level that means "powered by USB". */
const USB_POWERED = 101;

export class LocalTelemetry {
  readonly #world: World;
  readonly #node: MeshNode;
  readonly #deliver: (packet: WirePacket, now: Millis) => void;
  #startedAt: Millis = 0;
  #cancel: (() => void) | undefined;

  constructor(world: World, node: MeshNode, deliver: (packet: WirePacket, now: Millis) => void) {
    this.#world = world;
    this.#node = node;
    this.#deliver = deliver;
  }

  /** The radio has started: uptime counts from here. */
  start(now: Millis): void {
    this.#startedAt = now;
    this.#cancel?.();
    this.#next(1);
  }

  #next(round: number): void {
    this.#cancel = this.#world.agenda.at(this.#startedAt + round * METRICS_EVERY, (now) => {
      const shares = {
        channelUtilization: this.#node.airLog.utilisation(now) * 100,
        airUtilTx: this.#node.airLog.sentShare(now) * 100,
        uptimeSeconds: Math.floor((now - this.#startedAt) / 1000),
      };
      const deviceMetrics = { batteryLevel: USB_POWERED, voltage: 5, ...shares };
      this.#tell(round % STATS_EACH === 0 ? { localStats: { ...shares, ...this.#stats() } } : { deviceMetrics }, now);
      this.#next(round + 1);
    });
  }

  #stats(): Plain {
    const { tx, rx, rxBad, rxDupe, txRelay, relayCanceled, txDropped } = this.#node.counters;
    return {
      numPacketsTx: tx,
      numPacketsRx: rx,
      numPacketsRxBad: rxBad,
      numOnlineNodes: this.#node.nodes.size,
      numTotalNodes: this.#node.nodes.size,
      numRxDupe: rxDupe,
      numTxRelay: txRelay,
      numTxRelayCanceled: relayCanceled,
      numTxDropped: txDropped,
    };
  }

  #tell(telemetry: Plain, now: Millis): void {
    this.#deliver(
      {
        from: this.#node.num,
        to: BROADCAST,
        id: this.#node.newId(),
        decoded: { portnum: PORT.telemetry, payload: encode("Telemetry", telemetry) },
        priority: PRIORITY.background,
      },
      now,
    );
  }
}
