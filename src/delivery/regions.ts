// What share of an hour a radio may send, by Meshtastic's region (meshtastic-facts §4.3). The firmware enforces the same
// numbers; the gateway keeps below them, because a packet that the radio refuses has cost a try and tells nobody anything.

/** Percent of a rolling hour. Regions that are not listed have no limit. */
const DUTY_CYCLE: Readonly<Record<string, number>> = {
  EU_433: 10,
  EU_866: 2.5,
  EU_868: 10,
  EU_N_868: 10,
  TH: 10,
  UA_433: 10,
  UA_868: 1,
};

const UNLIMITED = 100;

export const LIMITED_REGIONS: readonly string[] = Object.keys(DUTY_CYCLE);

/** Percent of a rolling hour that a radio in this region may send, relays for others included. */
export function dutyCycleOf(region: string): number {
  return DUTY_CYCLE[region] ?? UNLIMITED;
}
