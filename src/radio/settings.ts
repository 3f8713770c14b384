// A radio's settings as it tells them: messages in bytes, and a table of those settings in them that we read or set.
//
// Names are those of the official command line (`meshtastic --set lora.region EU_868`). A change starts from the message that
// was received, so that what we do not know survives (bare.ts). The messages hold the radio's private key and the channels'
// keys: they go to the radio, into a backup file of mode 0600, and nowhere else.

import { textOf, utf8 } from "#base/bytes.ts";
import { bytesIn, numberIn, withBytes, withNumber } from "./bare.ts";
import {
  BUZZER_NAMES,
  nameIn,
  PRESET_NAMES,
  REBROADCAST_NAMES,
  REGION_NAMES,
  ROLE_NAMES,
  SIGNATURE_NAMES,
} from "./names.ts";
import type { Names } from "./names.ts";

export interface RadioSettings {
  /** User. */
  readonly owner: Uint8Array;
  /** Channel, by index 0 to 7. */
  readonly channels: readonly Uint8Array[];
  /** The parts of Config, by their field number there. */
  readonly config: ReadonlyMap<number, Uint8Array>;
  /** The parts of ModuleConfig, by their field number there. */
  readonly modules: ReadonlyMap<number, Uint8Array>;
  /** Separated by "|", at most 200 bytes. */
  readonly canned: string;
}

/** Config's parts that have settings, by field number; the number less one asks for it. */
export const CONFIG_PARTS: Readonly<Record<number, string>> = {
  1: "device",
  2: "position",
  3: "power",
  4: "network",
  5: "display",
  6: "lora",
  7: "bluetooth",
  8: "security",
};

/** ModuleConfig's, of those that every firmware since 2.5 has. */
export const MODULE_PARTS: Readonly<Record<number, string>> = {
  1: "mqtt",
  2: "serial",
  3: "external_notification",
  4: "store_forward",
  5: "range_test",
  6: "telemetry",
  7: "canned_message",
  8: "audio",
  9: "remote_hardware",
  10: "neighbor_info",
  11: "ambient_lighting",
  12: "detection_sensor",
  13: "paxcounter",
};

export const CHANNEL_COUNT = 8;

/** The firmware's bound for all canned messages together, in bytes (meshtastic-facts 2.11). */
export const LONGEST_CANNED = 200;

export type Value = string | number | boolean;

interface Place {
  readonly of: "config" | "module" | "owner";
  /** Field number of the part in Config or ModuleConfig; 0 for the owner. */
  readonly part: number;
  readonly field: number;
  readonly as: "flag" | "number" | "text" | { readonly names: Names; readonly kind: string };
  /** An optional field: false has to be said. */
  readonly kept?: true;
}

const config = (part: number, field: number, as: Place["as"]): Place => ({ of: "config", part, field, as });
const module = (part: number, field: number, as: Place["as"]): Place => ({ of: "module", part, field, as });
const oneOf = (kind: string, names: Names): Place["as"] => ({ kind, names });

/** Every setting that we read or set, by its name. */
export const SETTINGS = {
  "owner.long_name": { of: "owner", part: 0, field: 2, as: "text" },
  "owner.short_name": { of: "owner", part: 0, field: 3, as: "text" },
  "owner.is_licensed": { of: "owner", part: 0, field: 6, as: "flag" },
  "owner.is_unmessagable": { of: "owner", part: 0, field: 9, as: "flag", kept: true },
  "device.role": config(1, 1, oneOf("ROLE", ROLE_NAMES)),
  "device.rebroadcast_mode": config(1, 6, oneOf("MODE", REBROADCAST_NAMES)),
  "device.node_info_broadcast_secs": config(1, 7, "number"),
  "device.buzzer_mode": config(1, 13, oneOf("MODE", BUZZER_NAMES)),
  "power.is_power_saving": config(3, 1, "flag"),
  "network.wifi_enabled": config(4, 1, "flag"),
  "lora.use_preset": config(6, 1, "flag"),
  "lora.modem_preset": config(6, 2, oneOf("PRESET", PRESET_NAMES)),
  "lora.region": config(6, 7, oneOf("REGION", REGION_NAMES)),
  "lora.hop_limit": config(6, 8, "number"),
  "lora.tx_enabled": config(6, 9, "flag"),
  "lora.tx_power": config(6, 10, "number"),
  "lora.channel_num": config(6, 11, "number"),
  "lora.override_duty_cycle": config(6, 12, "flag"),
  "lora.config_ok_to_mqtt": config(6, 105, "flag"),
  "bluetooth.enabled": config(7, 1, "flag"),
  "security.is_managed": config(8, 4, "flag"),
  "security.serial_enabled": config(8, 5, "flag"),
  "security.debug_log_api_enabled": config(8, 6, "flag"),
  "security.packet_signature_policy": config(8, 9, oneOf("POLICY", SIGNATURE_NAMES)),
  "mqtt.enabled": module(1, 1, "flag"),
  "external_notification.enabled": module(3, 1, "flag"),
  "external_notification.alert_message": module(3, 5, "flag"),
  "external_notification.alert_bell": module(3, 6, "flag"),
  "external_notification.alert_message_buzzer": module(3, 11, "flag"),
  "external_notification.alert_bell_buzzer": module(3, 13, "flag"),
  "telemetry.device_telemetry_enabled": module(6, 14, "flag"),
  "canned_message.enabled": module(7, 9, "flag"),
  "neighbor_info.enabled": module(10, 1, "flag"),
} as const satisfies Readonly<Record<string, Place>>;

export type SettingName = keyof typeof SETTINGS;

const NOTHING = new Uint8Array(0);

function partOf(settings: RadioSettings, { of, part }: Place): Uint8Array | undefined {
  if (of === "owner") return settings.owner;
  return (of === "config" ? settings.config : settings.modules).get(part);
}

/** Whether the radio has that part of the settings at all; some builds leave modules out. */
export function hasSetting(settings: RadioSettings, name: SettingName): boolean {
  return partOf(settings, SETTINGS[name]) !== undefined;
}

/** The value of a setting; an enumeration's by its name. What is absent has its default. */
export function settingIn(settings: RadioSettings, name: SettingName): Value {
  const place: Place = SETTINGS[name];
  const part = partOf(settings, place) ?? NOTHING;
  if (place.as === "text") return textOf(bytesIn(part, place.field) ?? NOTHING);
  const value = numberIn(part, place.field) ?? 0;
  if (place.as === "flag") return value !== 0;
  return place.as === "number" ? value : nameIn(place.as.names, place.as.kind, value);
}

function numberOf(as: Place["as"], value: Value): number {
  if (typeof as === "object") return as.names.indexOf(String(value));
  return typeof value === "boolean" ? Number(value) : Number(value);
}

/** The settings with one changed. An enumeration's name must be one of its names. */
export function withSetting(settings: RadioSettings, name: SettingName, value: Value): RadioSettings {
  const place: Place = SETTINGS[name];
  const part = partOf(settings, place) ?? NOTHING;
  const changed =
    place.as === "text"
      ? withBytes(part, place.field, utf8(String(value)))
      : withNumber(part, place.field, numberOf(place.as, value), place.kept);
  if (place.of === "owner") return { ...settings, owner: changed };
  const parts = new Map(place.of === "config" ? settings.config : settings.modules).set(place.part, changed);
  return place.of === "config" ? { ...settings, config: parts } : { ...settings, modules: parts };
}

// ───────────────────────────── channels ─────────────────────────────

const ROLES = ["disabled", "primary", "secondary"] as const;

export interface ChannelSettings {
  readonly role: (typeof ROLES)[number];
  readonly name: string;
  readonly psk: Uint8Array;
  readonly uplinkEnabled: boolean;
  readonly downlinkEnabled: boolean;
  /** Bits of a position that are told on this channel; 0 none. */
  readonly positionPrecision: number;
}

/** Channel: index 1, settings 2, role 3. ChannelSettings: psk 2, name 3, uplink 5, downlink 6, module settings 7. */
const IN_CHANNEL = { index: 1, settings: 2, role: 3 } as const;
const IN_SETTINGS = { psk: 2, name: 3, uplink: 5, downlink: 6, module: 7 } as const;
const POSITION_PRECISION = 1;

export function channelIn(channel: Uint8Array): ChannelSettings {
  const settings = bytesIn(channel, IN_CHANNEL.settings) ?? NOTHING;
  return {
    role: ROLES[numberIn(channel, IN_CHANNEL.role) ?? 0] ?? "disabled",
    name: textOf(bytesIn(settings, IN_SETTINGS.name) ?? NOTHING),
    psk: bytesIn(settings, IN_SETTINGS.psk) ?? NOTHING,
    uplinkEnabled: numberIn(settings, IN_SETTINGS.uplink) === 1,
    downlinkEnabled: numberIn(settings, IN_SETTINGS.downlink) === 1,
    positionPrecision: numberIn(bytesIn(settings, IN_SETTINGS.module) ?? NOTHING, POSITION_PRECISION) ?? 0,
  };
}

/** The channel message with these values; what else was in it stays. */
export function withChannel(channel: Uint8Array, index: number, wanted: ChannelSettings): Uint8Array {
  let settings = bytesIn(channel, IN_CHANNEL.settings) ?? NOTHING;
  settings = withBytes(settings, IN_SETTINGS.psk, wanted.psk);
  settings = withBytes(settings, IN_SETTINGS.name, utf8(wanted.name));
  settings = withNumber(settings, IN_SETTINGS.uplink, Number(wanted.uplinkEnabled));
  settings = withNumber(settings, IN_SETTINGS.downlink, Number(wanted.downlinkEnabled));
  const module = bytesIn(settings, IN_SETTINGS.module) ?? NOTHING;
  settings = withBytes(
    settings,
    IN_SETTINGS.module,
    withNumber(module, POSITION_PRECISION, wanted.positionPrecision),
    true,
  );
  const indexed = withNumber(channel, IN_CHANNEL.index, index);
  return withNumber(withBytes(indexed, IN_CHANNEL.settings, settings), IN_CHANNEL.role, ROLES.indexOf(wanted.role));
}

/** The ChannelSettings message inside a channel, as a channel URL carries it. */
export function settingsOfChannel(channel: Uint8Array): Uint8Array {
  return bytesIn(channel, IN_CHANNEL.settings) ?? NOTHING;
}

/** A whole channel made of the ChannelSettings message of a URL. */
export function channelOfSettings(index: number, settings: Uint8Array): Uint8Array {
  const bare = withNumber(withBytes(NOTHING, IN_CHANNEL.settings, settings, true), IN_CHANNEL.index, index);
  return withNumber(bare, IN_CHANNEL.role, index === 0 ? ROLES.indexOf("primary") : ROLES.indexOf("secondary"));
}
