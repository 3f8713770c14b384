// The gateway as an uplink sees it, in memory: what was accepted, what was reported, and a disk that can be full.

import type {
  Arrival,
  Door,
  FileArrival,
  MatrixArrival,
  MatrixOutcome,
  Report,
  SourcePosition,
} from "#gateway/inputs.ts";
import type { UplinkSettings } from "#gateway/settings.ts";

export class FakeDoor implements Door {
  readonly arrivals: MatrixArrival[] = [];
  readonly files: FileArrival[] = [];
  readonly reports: Report[] = [];
  readonly positions = new Map<string, string>();
  /** Calls of `accept` that brought arrivals or moved a position. */
  accepts = 0;
  full = false;

  accept(arrivals: readonly Arrival[], position?: SourcePosition): boolean {
    if (this.full) return false;
    this.accepts++;
    for (const arrival of arrivals) {
      if (arrival.kind === "matrix") this.arrivals.push(arrival);
      if (arrival.kind === "file") this.files.push(arrival);
    }
    if (position) this.positions.set(position.name, position.value);
    return true;
  }

  report(report: Report): void {
    this.reports.push(report);
  }

  position(name: string): string | undefined {
    return this.positions.get(name);
  }

  bodies(): string[] {
    return this.arrivals.map((arrival) => {
      const content = arrival.event["content"] as Record<string, unknown>;
      return typeof content["body"] === "string" ? content["body"] : `<${String(arrival.event["type"])}>`;
    });
  }

  uplinkState(): string | undefined {
    return this.last("uplink-state")?.state;
  }

  last<K extends Report["kind"]>(kind: K): Extract<Report, { kind: K }> | undefined {
    return this.reports.findLast((report): report is Extract<Report, { kind: K }> => report.kind === kind);
  }

  roomState(configured: string): Extract<Report, { kind: "room-state" }> | undefined {
    return this.reports.findLast(
      (report): report is Extract<Report, { kind: "room-state" }> =>
        report.kind === "room-state" && report.configured === configured,
    );
  }

  outcomes(sendId: number): MatrixOutcome[] {
    return this.reports.flatMap((report) =>
      report.kind === "matrix-outcome" && report.sendId === sendId ? report.outcome : [],
    );
  }
}

export function botSettings(
  homeserver: string,
  rooms: readonly string[],
  more: Partial<UplinkSettings>,
): UplinkSettings {
  return {
    name: "street",
    homeserver,
    mode: "bot",
    directMessages: false,
    operatorsMayShow: [],
    matrixRooms: rooms.map((id, index) => ({ id, meshtasticChannel: index, mayShow: [], prefixFormat: "" })),
    ...more,
  };
}
