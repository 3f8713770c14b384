// Meshtastic's names of the numbers in a radio's settings (protobufs 1b4cb00, August 2026). npm's schemas end with firmware
// 2.6: there a European radio of 2.8 would have no region, and so no limit on its airtime.

export type Names = readonly string[];

/** Config.LoRaConfig.RegionCode; what is missing in the middle has no name that we know. */
export const REGION_NAMES: Names = [
  ..."UNSET US EU_433 EU_868 CN JP ANZ KR TW RU IN NZ_865 TH LORA_24 UA_433 UA_868 MY_433 MY_919 SG_923".split(" "),
  ..."PH_433 PH_868 PH_915 ANZ_433 KZ_433 KZ_863 NP_865 BR_902 ITU1_2M ITU2_2M EU_866 EU_874 EU_917 EU_N_868".split(
    " ",
  ),
  ..."ITU3_2M ITU1_70CM ITU2_70CM ITU3_70CM ITU2_125CM".split(" "),
];

/** Config.LoRaConfig.ModemPreset. */
export const PRESET_NAMES: Names = [
  ..."LONG_FAST LONG_SLOW VERY_LONG_SLOW MEDIUM_SLOW MEDIUM_FAST SHORT_SLOW SHORT_FAST LONG_MODERATE".split(" "),
  ..."SHORT_TURBO LONG_TURBO LITE_FAST LITE_SLOW NARROW_FAST NARROW_SLOW TINY_FAST TINY_SLOW MEDIUM_TURBO".split(" "),
];

/** Config.DeviceConfig.Role. */
export const ROLE_NAMES: Names = [
  ..."CLIENT CLIENT_MUTE ROUTER ROUTER_CLIENT REPEATER TRACKER SENSOR TAK CLIENT_HIDDEN".split(" "),
  ..."LOST_AND_FOUND TAK_TRACKER ROUTER_LATE CLIENT_BASE".split(" "),
];

/** Config.DeviceConfig.RebroadcastMode. */
export const REBROADCAST_NAMES: Names = "ALL ALL_SKIP_DECODING LOCAL_ONLY KNOWN_ONLY NONE CORE_PORTNUMS_ONLY".split(
  " ",
);

/** Config.DeviceConfig.BuzzerMode. */
export const BUZZER_NAMES: Names = "ALL_ENABLED DISABLED NOTIFICATIONS_ONLY SYSTEM_ONLY DIRECT_MSG_ONLY".split(" ");

/** SecurityConfig.packet_signature_policy, firmware 2.8. */
export const SIGNATURE_NAMES: Names = ["COMPATIBLE", "BALANCED", "STRICT"];

/** The name of a number; a number without one is shown as such. */
export function nameIn(names: Names, kind: string, value: number): string {
  return names[value] ?? `${kind}_${value}`;
}
