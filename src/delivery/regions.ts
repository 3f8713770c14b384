// What the law of a region lets a radio do, by Meshtastic's region (meshtastic-facts §4.1, §4.3; firmware mesh/RadioInterface.cpp).
// The firmware enforces the duty cycle; the gateway keeps below it, because a packet that the radio refuses has cost a try and
// tells nobody anything. It is not legal advice: the operator answers for what the radio sends.

export interface RegionLaw {
  /** Percent of a rolling hour that a radio may send, relays for others included. */
  readonly duty: number;
  /** dBm. */
  readonly power: number;
  /** Which presets fit its channels. */
  readonly presets: "all" | "no turbo" | "lite" | "narrow" | "ham";
}

const UNLIMITED = 100;

/** Percent of the hour, dBm. */
type Row = readonly [number, number, RegionLaw["presets"]?];

const ROWS: Readonly<Record<string, Row>> = {
  US: [100, 30],
  EU_433: [10, 10],
  EU_868: [10, 27, "no turbo"],
  EU_866: [2.5, 27, "lite"],
  EU_N_868: [10, 27, "narrow"],
  UA_433: [10, 10],
  UA_868: [1, 14],
  TH: [10, 27],
  CN: [100, 19],
  JP: [100, 13],
  ANZ: [100, 30],
  ANZ_433: [100, 14],
  RU: [100, 20],
  KR: [100, 23],
  TW: [100, 27],
  IN: [100, 30],
  NZ_865: [100, 36],
  MY_433: [100, 20],
  MY_919: [100, 27],
  SG_923: [100, 20],
  PH_433: [100, 10],
  PH_868: [100, 14],
  PH_915: [100, 24],
  KZ_433: [100, 10],
  KZ_863: [100, 30],
  NP_865: [100, 30],
  BR_902: [100, 30],
  LORA_24: [100, 10],
  ITU1_2M: [100, 30, "ham"],
  ITU2_2M: [100, 30, "ham"],
  ITU3_2M: [100, 30, "ham"],
  ITU2_125CM: [100, 30, "ham"],
  ITU1_70CM: [100, 30, "ham"],
  ITU2_70CM: [100, 30, "ham"],
  ITU3_70CM: [100, 30, "ham"],
};

/** The law of a region; undefined where there is no such region. */
export function lawOf(region: string): RegionLaw | undefined {
  const row = Object.hasOwn(ROWS, region) ? ROWS[region] : undefined;
  return row && { duty: row[0], power: row[1], presets: row[2] ?? "all" };
}

/** Regions that a gateway can be set to: in the amateurs' bands encryption is forbidden, and residents' words need it. */
export const USABLE_REGIONS: readonly string[] = Object.keys(ROWS).filter((name) => lawOf(name)!.presets !== "ham");

export const LIMITED_REGIONS: readonly string[] = Object.keys(ROWS).filter((name) => lawOf(name)!.duty < UNLIMITED);

/** Percent of a rolling hour that a radio in this region may send, relays for others included. */
export function dutyCycleOf(region: string): number {
  return lawOf(region)?.duty ?? UNLIMITED;
}

const FITS: Readonly<Record<RegionLaw["presets"], RegExp>> = {
  all: /^(LONG|MEDIUM|SHORT)_/,
  "no turbo": /^(LONG|MEDIUM|SHORT)_(?!TURBO)/,
  lite: /^LITE_/,
  narrow: /^NARROW_/,
  ham: /^$/,
};

/** The first firmware that knows a preset or a region, where that matters to radios in the field. */
const SINCE: Readonly<Record<string, string>> = {
  LONG_TURBO: "2.7.17",
  MEDIUM_TURBO: "2.8.0",
  LITE_FAST: "2.8.0",
  LITE_SLOW: "2.8.0",
  NARROW_FAST: "2.8.0",
  NARROW_SLOW: "2.8.0",
  EU_866: "2.8.0",
  EU_N_868: "2.8.0",
};

/** The first firmware that can be set so, if not every one in the field can. */
export function firmwareNeeded(name: string): string | undefined {
  return SINCE[name];
}

export interface WantedRadio {
  readonly region: string;
  readonly preset: string;
  /** dBm; 0 is the region's most. */
  readonly power: number;
  readonly overrideDutyCycle: boolean;
  readonly licensed: boolean;
}

/** Everything for which these settings must be refused in their region, each in words that say what to do. */
export function illegalities({ region, preset, power, overrideDutyCycle, licensed }: WantedRadio): string[] {
  const law = lawOf(region);
  if (region === "UNSET")
    return ["The radio has no region: without one it neither sends nor receives. Name yours with --region."];
  if (!law) return [`There is no region "${region}".`];
  const found: string[] = [];
  if (law.presets === "ham" || licensed)
    found.push(
      "Amateur radio may not be encrypted, so residents' private words must not go there. Choose a region without a licence.",
    );
  else if (!FITS[law.presets].test(preset)) found.push(`${preset} does not fit into ${region}.`);
  if (power > law.power)
    found.push(`${power} dBm is more than ${region} allows (${law.power} dBm). 0 is as much as is allowed.`);
  if (overrideDutyCycle && law.duty < UNLIMITED)
    found.push(`lora.override_duty_cycle is on, and ${region} allows ${law.duty} % of each hour. It has to be off.`);
  return found;
}
