// What a radio's settings are to become, and what that changes: pure, nothing is sent. A plan is refused as a whole when the
// region's law, the firmware or the radio's bounds speak against it, with every reason at once.

import { utf8Length } from "#base/bytes.ts";
import { firmwareNeeded, illegalities, USABLE_REGIONS } from "#delivery/regions.ts";
import { sameBytes } from "#base/bytes.ts";
import { compareFirmware } from "#radio/firmware.ts";
import { PRESET_NAMES } from "#radio/names.ts";
import {
  channelIn,
  hasSetting,
  LONGEST_CANNED,
  settingIn,
  SETTINGS,
  withChannel,
  withSetting,
  type ChannelSettings,
  type RadioSettings,
  type SettingName,
  type Value,
} from "#radio/settings.ts";
import { nearest } from "#cli/config/nearest.ts";
import {
  CANNED,
  DEFAULT_CHANNEL,
  GATEWAY,
  HANDHELD,
  LONGEST_CHANNEL_NAME,
  LONGEST_NAME,
  LONGEST_SHORT_NAME,
  MOST_HOPS,
  type Wish,
} from "./profile.ts";

export interface Change {
  readonly what: string;
  readonly now: string;
  readonly will: string;
  readonly why: string;
}

/** What the command line asks for beyond the profile. Absent: as the radio has it. */
export interface Asked {
  readonly handheld: boolean;
  readonly region?: string;
  readonly preset?: string;
  readonly hops?: number;
  readonly name?: string;
  readonly shortName?: string;
  /** A gateway's own channel. */
  readonly channel?: string;
  /** A handheld's canned messages. */
  readonly language?: string;
  /** What a handheld joins. */
  readonly joins?: { readonly channels: readonly Uint8Array[]; readonly lora: Uint8Array | undefined };
}

export interface Plan {
  readonly wanted: RadioSettings;
  readonly changes: readonly Change[];
  /** Why it must not be done; empty when it may. */
  readonly refusals: readonly string[];
}

const LORA = 6;
/** What a link brings besides the channels; the rest of the LoRa settings belongs to the board. */
const SHARED_LORA: readonly SettingName[] = [
  "lora.use_preset",
  "lora.modem_preset",
  "lora.region",
  "lora.hop_limit",
  "lora.channel_num",
];

/** `newKey`: random bytes for a channel that has to be made. */
export function planFor(now: RadioSettings, firmware: string, asked: Asked, newKey: () => Uint8Array): Plan {
  const whys = new Map<string, string>();
  let wanted = now;
  const set = (setting: SettingName, value: Value, why: string): void => {
    if (!hasSetting(now, setting)) return;
    whys.set(setting, why);
    wanted = withSetting(wanted, setting, value);
  };
  const wishes: readonly Wish[] = asked.handheld ? HANDHELD : GATEWAY;
  for (const { setting, value, why } of wishes) set(setting, value, why);
  if (asked.joins) wanted = joined(wanted, asked.joins);
  if (asked.region !== undefined) set("lora.region", asked.region, "as asked");
  if (asked.preset !== undefined) set("lora.modem_preset", asked.preset, "as asked");
  if (asked.hops !== undefined) set("lora.hop_limit", asked.hops, "as asked");
  if (asked.name !== undefined) set("owner.long_name", asked.name, "as asked");
  if (asked.shortName !== undefined) set("owner.short_name", asked.shortName, "as asked");
  if (!asked.handheld) wanted = withOwnChannel(wanted, asked.channel, newKey);
  if (asked.handheld && asked.language !== undefined)
    wanted = { ...wanted, canned: (CANNED[asked.language] ?? []).join("|") };
  const unknown = unknownNames(asked);
  return {
    wanted,
    changes: changesBetween(now, wanted).map((change) => ({ ...change, why: whys.get(change.what) ?? change.why })),
    refusals: [
      ...unknown,
      ...tooLong(asked, wanted),
      ...(unknown.length > 0 ? [] : [...tooOld(firmware, wanted), ...unlawful(wanted)]),
    ],
  };
}

function joined(settings: RadioSettings, { channels, lora }: NonNullable<Asked["joins"]>): RadioSettings {
  const table = settings.channels.map(
    (channel, index) => channels[index] ?? withChannel(channel, index, { ...NO_CHANNEL, role: "disabled" }),
  );
  let wanted: RadioSettings = { ...settings, channels: table };
  if (!lora) return wanted;
  const shared: RadioSettings = { ...settings, config: new Map([[LORA, lora]]) };
  for (const name of SHARED_LORA) wanted = withSetting(wanted, name, settingIn(shared, name));
  return wanted;
}

const NO_CHANNEL: ChannelSettings = {
  role: "disabled",
  name: "",
  psk: new Uint8Array(0),
  uplinkEnabled: false,
  downlinkEnabled: false,
  positionPrecision: 0,
};

/** The channel of that name with a key of its own, made at the first free index where it is missing; index 0 stays as it is. */
function withOwnChannel(settings: RadioSettings, asked: string | undefined, newKey: () => Uint8Array): RadioSettings {
  const channels = settings.channels.map((channel) => channelIn(channel));
  const named = (name: string): number => channels.findIndex((each) => each.role !== "disabled" && each.name === name);
  const own = channels.findIndex((each, index) => index > 0 && each.role === "secondary" && each.psk.length >= 16);
  const found = asked === undefined ? own : named(asked);
  const free = channels.findIndex((each, index) => index > 0 && each.role === "disabled");
  const index = found === -1 ? free : found;
  if (index <= 0) return settings;
  const { name, psk } = found === -1 ? { name: asked ?? DEFAULT_CHANNEL, psk: new Uint8Array(0) } : channels[index]!;
  const wanted = { ...NO_CHANNEL, role: "secondary" as const, name, psk: psk.length >= 16 ? psk : newKey() };
  return {
    ...settings,
    channels: settings.channels.map((channel, at) => (at === index ? withChannel(channel, index, wanted) : channel)),
  };
}

// ───────────────────────────── what changes ─────────────────────────────

export function changesBetween(now: RadioSettings, wanted: RadioSettings): Change[] {
  const changes: Change[] = [];
  const note = (what: string, before: Value, after: Value, why = ""): void => {
    if (before !== after) changes.push({ what, now: shown(before), will: shown(after), why });
  };
  for (const name of Object.keys(SETTINGS) as SettingName[]) note(name, settingIn(now, name), settingIn(wanted, name));
  wanted.channels.forEach((channel, index) => {
    const before = channelIn(now.channels[index] ?? new Uint8Array(0));
    const after = channelIn(channel);
    note(`channel ${index}`, channelText(before), channelText(after), "the street's own words need a key of their own");
    if (channelText(before) === channelText(after) && !sameBytes(before.psk, after.psk))
      changes.push({ what: `channel ${index}`, now: "another key", will: "this key", why: "" });
  });
  note("canned messages", now.canned, wanted.canned, "answers by one press");
  return changes;
}

const shown = (value: Value): string => (value === "" ? "(none)" : String(value));

/** A channel in words, without its key. */
export function channelText({
  role,
  name,
  psk,
  positionPrecision,
  uplinkEnabled,
  downlinkEnabled,
}: ChannelSettings): string {
  if (role === "disabled") return "off";
  const key = psk.length >= 16 ? "own key" : psk.length === 1 && psk[0] !== 0 ? "public key" : "no key";
  const extras = [
    ...(positionPrecision > 0 ? [`positions to ${positionPrecision} bits`] : []),
    ...(uplinkEnabled || downlinkEnabled ? ["MQTT"] : []),
  ];
  return [role, name === "" ? "(named by the preset)" : name, key, ...extras].join(", ");
}

// ───────────────────────────── why not ─────────────────────────────

function unknownNames({ region, preset, language, handheld, joins }: Asked): string[] {
  const refused: string[] = [];
  const check = (what: string, given: string | undefined, names: readonly string[]): void => {
    if (given === undefined || names.includes(given)) return;
    const near = nearest(given, names);
    refused.push(
      `There is no ${what} "${given}"${near === undefined ? "" : `; did you mean ${near}?`} There are: ${names.join(", ")}.`,
    );
  };
  check("region", region, USABLE_REGIONS);
  check("preset", preset, PRESET_NAMES);
  check("language", language, Object.keys(CANNED));
  if (handheld && !joins)
    refused.push("A handheld needs the gateway's channel link: --url, as `muster radio provision` prints it.");
  return refused;
}

function tooLong({ name, shortName, channel, hops }: Asked, { canned }: RadioSettings): string[] {
  const bound = (what: string, text: string | undefined, most: number): string[] => {
    const long = text === undefined ? 0 : utf8Length(text);
    return long > most ? [`${what} "${text}" has ${long} bytes, and a radio keeps ${most}.`] : [];
  };
  return [
    ...bound("The name", name, LONGEST_NAME),
    ...bound("The short name", shortName, LONGEST_SHORT_NAME),
    ...bound("The channel's name", channel, LONGEST_CHANNEL_NAME),
    ...bound("The canned messages", canned, LONGEST_CANNED),
    ...(hops !== undefined && (hops < 1 || hops > MOST_HOPS)
      ? [`The hop limit is 1 to ${MOST_HOPS}; 3 is right for a street.`]
      : []),
  ];
}

function tooOld(firmware: string, wanted: RadioSettings): string[] {
  return [settingIn(wanted, "lora.region"), settingIn(wanted, "lora.modem_preset")].flatMap((name) => {
    const needed = firmwareNeeded(String(name));
    const older = needed !== undefined && (compareFirmware(firmware, needed) ?? 0) < 0;
    return older ? [`${name} needs firmware ${needed}; this radio has ${firmware}.`] : [];
  });
}

/** The law speaks of what the radio would be, not of what was asked. */
export function unlawful(settings: RadioSettings): string[] {
  return illegalities({
    region: String(settingIn(settings, "lora.region")),
    preset: String(settingIn(settings, "lora.modem_preset")),
    power: Number(settingIn(settings, "lora.tx_power")),
    overrideDutyCycle: settingIn(settings, "lora.override_duty_cycle") === true,
    licensed: settingIn(settings, "owner.is_licensed") === true,
  });
}
