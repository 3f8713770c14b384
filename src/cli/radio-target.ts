// Which radio a verb means, and who holds it: the service while it runs, or nobody.

import type { Diagnosis } from "#gateway/diagnosis.ts";
import type { MeshtasticSettings, Settings } from "#gateway/settings.ts";
import { askControl } from "./control.ts";
import { readPlace } from "./radio-place.ts";
import { noKeeper, RadioSession, storeKeeper, type Keeper } from "./radio-session.ts";
import { Failure, needSettings, type Cli } from "./verb.ts";

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

/** Opens the radio, unless the service has it. */
export async function openRadio(target: Target): Promise<RadioSession> {
  if (await diagnosisOf(target))
    throw new Failure(
      "Muster is running and holds the radio. Stop it for this (packets wait in the radio for a while), and start it again:\n" +
        "  sudo systemctl stop muster; …; sudo systemctl start muster",
    );
  return RadioSession.open(target.place, target.keeper());
}
