// How a gateway's radio and a resident's handheld ought to be set, and why: one table each. The reasons are those of
// firmware-notes/; meshtastic-facts 4.5, 5.1.

import type { SettingName, Value } from "#radio/settings.ts";

export interface Wish {
  readonly setting: SettingName;
  readonly value: Value;
  readonly why: string;
}

/** More is allowed by the protocol (3 bits), and floods the street's air. */
export const MOST_HOPS = 7;

const ON_THE_AIR: readonly Wish[] = [
  { setting: "lora.use_preset", value: true, why: "radios with different modem settings do not hear each other" },
  { setting: "lora.tx_enabled", value: true, why: "otherwise it only listens" },
  { setting: "lora.override_duty_cycle", value: false, why: "the law of the region" },
  { setting: "device.rebroadcast_mode", value: "ALL", why: "relay also what it cannot read, for the neighbours" },
  { setting: "owner.is_licensed", value: false, why: "amateur mode sends everything unencrypted" },
];

export const GATEWAY: readonly Wish[] = [
  ...ON_THE_AIR,
  {
    setting: "device.role",
    value: "CLIENT",
    why: "a ROUTER drops what gateways say to each other, and apps hide its direct messages",
  },
  {
    setting: "device.node_info_broadcast_secs",
    value: 10_800,
    why: "says its name and key every 3 hours, not oftener",
  },
  { setting: "owner.is_unmessagable", value: false, why: "apps offer direct messages to it" },
  { setting: "bluetooth.enabled", value: false, why: "a phone on it takes half of the packets away" },
  { setting: "power.is_power_saving", value: false, why: "a sleeping radio loses what comes" },
  { setting: "security.serial_enabled", value: true, why: "how Muster talks to it" },
  { setting: "security.debug_log_api_enabled", value: false, why: "log lines can tear the protocol's frames" },
  { setting: "security.packet_signature_policy", value: "COMPATIBLE", why: "STRICT silences every radio before 2.8" },
  {
    setting: "telemetry.device_telemetry_enabled",
    value: false,
    why: "airtime; Muster gets these figures over the cable",
  },
  { setting: "neighbor_info.enabled", value: false, why: "airtime" },
  { setting: "mqtt.enabled", value: false, why: "the street's words stay in the street" },
  { setting: "lora.config_ok_to_mqtt", value: false, why: "nor may others publish them" },
];

export const HANDHELD: readonly Wish[] = [
  ...ON_THE_AIR,
  { setting: "device.role", value: "CLIENT", why: "relays for the neighbours" },
  { setting: "device.buzzer_mode", value: "ALL_ENABLED", why: "DISABLED and SYSTEM_ONLY silence also the alarm" },
  { setting: "owner.is_unmessagable", value: false, why: "the gateway answers by direct message" },
  { setting: "external_notification.enabled", value: true, why: "sound for what comes" },
  { setting: "external_notification.alert_message", value: true, why: "a light for every message" },
  { setting: "external_notification.alert_bell", value: true, why: "a light for an alarm" },
  { setting: "external_notification.alert_message_buzzer", value: true, why: "a sound for every message" },
  {
    setting: "external_notification.alert_bell_buzzer",
    value: true,
    why: "a sound for an alarm, also on a muted channel",
  },
  { setting: "canned_message.enabled", value: true, why: "answers by one press" },
  { setting: "mqtt.enabled", value: false, why: "the street's words stay in the street" },
  { setting: "lora.config_ok_to_mqtt", value: false, why: "nor may others publish them" },
];

/**
 * One-press answers, in the words that Muster understands; on a device's screen as canned messages, in the apps as quick chat.
 * Together with their separators at most 200 bytes (meshtastic-facts 2.11).
 */
export const CANNED: Readonly<Record<string, readonly string[]>> = {
  en: ["ok", "sos", "need water", "need medicine", "need help", "have water", "on my way", "yes", "no", "status", "?"],
  es: [
    "bien",
    "sos",
    "necesito agua",
    "necesito medicinas",
    "necesito ayuda",
    "tengo agua",
    "voy",
    "sí",
    "no",
    "estado",
    "?",
  ],
};

/** A channel's own key: AES-256. */
export const KEY_BYTES = 32;
export const DEFAULT_CHANNEL = "Relief";
/** Firmware mesh/Channels.h. */
export const LONGEST_CHANNEL_NAME = 11;
/** Firmware 2.8 keeps 24 of the name's bytes, every version 4 of the short one. */
export const LONGEST_NAME = 24;
export const LONGEST_SHORT_NAME = 4;
