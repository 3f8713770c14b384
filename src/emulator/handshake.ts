// What a radio tells a host that asks for its configuration, in the order seen on real firmware (meshtastic-facts 7.1,
// captures): my_info, deviceuiConfig, own node_info, metadata, [2.8: region presets], channels, config, moduleConfig,
// other node_infos, files, complete. Values are those of the captured radios, but for region and preset.

import { fromHex, utf8 } from "#base/bytes.ts";
import type { Firmware, Identity } from "./identity.ts";
import { PORTDUINO } from "./identity.ts";
import type { NodeEntry } from "./node-db.ts";
import type { MeshNode } from "./node.ts";
import type { Plain } from "./proto.ts";
import type { World } from "./world.ts";

/** Nonces with a meaning: everything but the other nodes; nodes only. */
export const NONCE_CONFIG_ONLY = 69420;
const NONCE_NODES_ONLY = 69421;

const FIRMWARE_VERSION: Readonly<Record<Firmware, string>> = { "2.7": "2.7.26.54e0d8d", "2.8": "2.8.0.7754068" };

const GPS_NOT_PRESENT = 2;
const POSITION_FLAGS = 811;
const NEVER = 0x7fff_ffff;

export type ConfigKind =
  | "device"
  | "position"
  | "power"
  | "network"
  | "display"
  | "lora"
  | "bluetooth"
  | "security"
  | "sessionkey"
  | "deviceUi";

/** A radio's settings as it has them from the factory, one per variant of Config, in the order of the handshake. */
export function factoryConfig(identity: Identity, world: World): Record<ConfigKind, Plain> {
  const { firmware, preset, region } = world;
  return {
    device: { nodeInfoBroadcastSecs: 10_800 },
    position: {
      positionBroadcastSecs: 3600,
      positionBroadcastSmartEnabled: true,
      gpsUpdateInterval: 120,
      positionFlags: POSITION_FLAGS,
      broadcastSmartMinimumDistance: 100,
      broadcastSmartMinimumIntervalSecs: 300,
      gpsMode: GPS_NOT_PRESENT,
    },
    power: { waitBluetoothSecs: 60, sdsSecs: 0xffff_ffff, lsSecs: 300, minWakeSecs: 10 },
    network: { ntpServer: utf8("meshtastic.pool.ntp.org") },
    display: { screenOnSecs: 600 },
    lora: {
      usePreset: true,
      modemPreset: preset.number,
      bandwidth: firmware === "2.8" ? 0 : preset.bandwidthKhz,
      spreadFactor: preset.spreadingFactor,
      codingRate: preset.codingRate,
      region: region.number,
      hopLimit: 3,
      txEnabled: true,
      txPower: Math.floor(region.power / 100),
      sx126xRxBoostedGain: true,
      ignoreMqtt: true,
      femLnaMode: 2,
    },
    bluetooth: { enabled: true, mode: 1, fixedPin: 123_456 },
    security: {
      publicKey: fromHex(identity.publicKey)!,
      privateKey: fromHex(identity.privateKey)!,
      serialEnabled: true,
    },
    sessionkey: {},
    deviceUi: {},
  };
}

const COMMON_MODULES: readonly Plain[] = [
  {
    mqtt: {
      address: utf8("mqtt.meshtastic.org"),
      username: utf8("meshdev"),
      password: utf8("large4cats"),
      encryptionEnabled: true,
      root: utf8("msh/EU_868"),
    },
  },
  { serial: {} },
  { externalNotification: {} },
  { storeForward: {} },
  { rangeTest: {} },
  { telemetry: { deviceUpdateInterval: NEVER } },
  { cannedMessage: {} },
  { audio: {} },
  { remoteHardware: {} },
  { neighborInfo: {} },
  { ambientLighting: { current: 10, blue: 11 } },
  { detectionSensor: { minimumBroadcastSecs: 45, detectionTriggerType: 1 } },
  { paxcounter: {} },
];

/** 2.7.26 sends its last three without a variant; 2.8 fills them and adds one. */
const MODULES: Readonly<Record<Firmware, readonly Plain[]>> = {
  "2.7": [...COMMON_MODULES, {}, {}, {}],
  "2.8": [
    ...COMMON_MODULES,
    { statusmessage: {} },
    { trafficManagement: { positionMinIntervalSecs: 39_600 } },
    { tak: {} },
    { meshBeacon: { mode: 5 } },
  ],
};

/** A radio's modules as they come from the factory, by the number that asks for them. */
export function factoryModules(firmware: Firmware): Plain[] {
  return [...MODULES[firmware]];
}

const HAM_PRESETS = [0, 1, 3, 4, 5, 6, 7, 10, 11, 12, 13];
/** Group by group, in the firmware's order (the European bands stand among the rest). */
const REGION_GROUPS: readonly (readonly [number, readonly number[]])[] = [
  [0, [1, 2]],
  [1, [3]],
  [2, [29]],
  [3, [32]],
  [0, [4, 5, 6, 22, 9, 7, 8, 10, 11, 12, 14, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26]],
  [4, [27, 28, 33]],
  [5, [37, 34, 35, 36]],
  [0, [13]],
];
/** Presets by group, and the regions of each group, as firmware 2.8 lists them. */
const REGION_PRESETS: Plain = {
  groups: [
    { presets: [0, 1, 3, 4, 5, 6, 7, 8, 9, 16] },
    { presets: HAM_PRESETS },
    { presets: HAM_PRESETS, defaultPreset: 10 },
    { presets: HAM_PRESETS, defaultPreset: 13 },
    { presets: [14, 15], defaultPreset: 14, licensedOnly: true },
    { presets: [12, 13], defaultPreset: 13, licensedOnly: true },
  ],
  regions: REGION_GROUPS.flatMap(([group, regions]) => regions.map((region) => ({ region, group }))),
};

const FILES: readonly (readonly [string, number])[] = [
  ["/prefs/device.proto", 91],
  ["/prefs/nodes.proto", 432],
  ["/prefs/channels.proto", 57],
  ["/prefs/config.proto", 182],
  ["/prefs/module.proto", 98],
];
/** Written at the first reboot after something was sent. */
const HISTORY_FILE = ["/prefs/transmit_history.dat", 13] as const;

const NO_ADDRESS = new Uint8Array(6);

export interface Described {
  readonly node: MeshNode;
  readonly firmware: Firmware;
  readonly config: Readonly<Record<ConfigKind, Plain>>;
  readonly modules: readonly Plain[];
  readonly rebootCount: number;
}

export function metadataOf(firmware: Firmware): Plain {
  return {
    firmwareVersion: FIRMWARE_VERSION[firmware],
    deviceStateVersion: firmware === "2.8" ? 25 : 24,
    hasWifi: true,
    positionFlags: POSITION_FLAGS,
    hwModel: PORTDUINO,
    hasPKC: true,
    excludedModules: firmware === "2.8" ? 13_776 : 13_760,
    hasXeddsa: firmware === "2.8",
  };
}

function nodeInfo(entry: NodeEntry, radio: Described): Plain {
  const own = entry.num === radio.node.num;
  const cached = {
    ...(entry.position ? { position: entry.position } : {}),
    ...(entry.deviceMetrics ? { deviceMetrics: entry.deviceMetrics } : {}),
  };
  return {
    num: entry.num,
    // 2.8 keeps nobody's hardware address, its own neither.
    ...(entry.user ? { user: radio.firmware === "2.8" ? { ...entry.user, macaddr: NO_ADDRESS } : entry.user } : {}),
    // 2.8 replays what it has cached of others after the handshake instead.
    ...(own ? { position: {} } : radio.firmware === "2.8" ? {} : cached),
    snr: entry.snr,
    lastHeard: entry.lastHeard,
    ...(entry.hopsAway === undefined ? {} : { hopsAway: entry.hopsAway }),
    isFavorite: own || entry.favorite,
    hasXeddsaSigned: entry.signs,
  };
}

function* settings(radio: Described): Generator<Plain> {
  yield {
    myInfo: {
      myNodeNum: radio.node.num,
      rebootCount: radio.rebootCount,
      minAppVersion: 30_200,
      deviceId:
        radio.firmware === "2.8" ? Uint8Array.of(...radio.node.identity.macaddr, ...Array(10).fill(0)) : undefined,
      pioEnv: "native",
      nodedbCount: radio.node.nodes.size,
    },
  };
  yield { deviceuiConfig: { screenBrightness: 153, screenTimeout: 30 } };
  yield { nodeInfo: nodeInfo(radio.node.nodes.meet(radio.node.num), radio) };
  yield { metadata: metadataOf(radio.firmware) };
  if (radio.firmware === "2.8") yield { regionPresets: REGION_PRESETS };
  for (const channel of radio.node.channels) yield { channel };
  for (const [kind, value] of Object.entries(radio.config)) yield { config: { [kind]: value } };
  for (const moduleConfig of radio.modules) yield { moduleConfig };
}

/** The FromRadio messages that answer want_config_id = `nonce`, without their frames. */
export function* dump(radio: Described, nonce: number): Generator<Plain> {
  if (nonce === NONCE_NODES_ONLY) yield { nodeInfo: nodeInfo(radio.node.nodes.meet(radio.node.num), radio) };
  else yield* settings(radio);
  if (nonce !== NONCE_CONFIG_ONLY) {
    for (const entry of radio.node.nodes.all()) {
      if (entry.num !== radio.node.num) yield { nodeInfo: nodeInfo(entry, radio) };
    }
  }
  if (nonce !== NONCE_NODES_ONLY) {
    const files = radio.rebootCount > 1 ? [...FILES, HISTORY_FILE] : FILES;
    for (const [fileName, sizeBytes] of files) yield { fileInfo: { fileName, sizeBytes } };
  }
  yield { configCompleteId: nonce };
}
