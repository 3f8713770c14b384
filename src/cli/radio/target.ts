// Which radio a verb means, and who holds it: the service while it runs, or nobody.

import type { Diagnosis } from "#gateway/diagnosis.ts";
import type { MeshtasticSettings, Settings } from "#gateway/settings.ts";
import { askControl } from "#cli/service/control.ts";
import { readPlace } from "./place.ts";
import { noKeeper, OwnLine, storeKeeper, type Keeper } from "./own-line.ts";
import { ServiceLine } from "./service-line.ts";
import { RadioSession } from "./session.ts";
import { Failure, needSettings, type Cli } from "#cli/verb.ts";

/** Which radio is meant, and where what it hands over goes. */
export interface Target {
  readonly place: MeshtasticSettings;
  readonly keeper: () => Keeper;
  /** Absent for another radio than the config's. */
  readonly settings?: Settings;
}

export function targetOf(cli: Cli, port: string | undefined): Target {
  if (port !== undefined) return { place: readPlace(port), keeper: noKeeper };
  const { settings } = needSettings(cli);
  return { place: settings.meshtastic, settings, keeper: () => storeKeeper(settings.database.path) };
}

/** The running service's own word about its radio; undefined when none runs or another radio is meant. */
export async function diagnosisOf({ settings }: Target): Promise<Diagnosis | undefined> {
  if (!settings) return undefined;
  const answer = await askControl(settings.control.socket, "diagnosis");
  if (answer.is === "refused") throw new Failure(answer.error);
  return answer.is === "answered" ? (answer.value as Diagnosis) : undefined;
}

/** Opens the radio: through the service where it runs and holds it, otherwise by its port. */
export async function openRadio({ settings, place, keeper }: Target): Promise<RadioSession> {
  const through = settings && (await ServiceLine.open(settings.control.socket));
  return new RadioSession(through ?? (await OwnLine.open(place, keeper())));
}
