// What a radio says of itself between want_config and config_complete, gathered. The order is not relied upon. The dump also
// holds the radio's private key and the channels' keys: only lengths and public keys leave this file.

import { sameBytes } from "#base/bytes.ts";
import { nodeNum } from "#base/ids.ts";
import type { NodeNum } from "#base/ids.ts";

import type { ChannelInfo, NodeInfo, RadioInfo } from "./events.ts";
import { nameIn, PRESET_NAMES, REGION_NAMES } from "./names.ts";
import { nodeOf } from "./packets.ts";
import type { ChannelMessage, FromRadio, LoRaConfig, MyNodeInfo } from "./schemas.ts";

/** A radio lists at most 2,000 nodes (firmware 2.8 with PSRAM); more is not a list of nodes. */
const MOST_NODES = 4096;

const CHANNEL_ROLES: readonly (ChannelInfo["role"] | undefined)[] = ["disabled", "primary", "secondary"];

/** Meshtastic's public default key, "AQ==" spelled out (firmware mesh/Channels.h); its last byte counts up for index 2 and on. */
const DEFAULT_KEY = Uint8Array.of(
  0xd4,
  0xf1,
  0xbb,
  0x3a,
  0x20,
  0x29,
  0x07,
  0x59,
  0xf0,
  0xbc,
  0xff,
  0xab,
  0xcf,
  0x4e,
  0x69,
);

type Variant = FromRadio["payloadVariant"];

/** Variants that come only in answer to want_config: each proves that the session is alive. */
const DUMP_CASES: ReadonlySet<Variant["case"]> = new Set([
  "myInfo",
  "nodeInfo",
  "config",
  "moduleConfig",
  "channel",
  "metadata",
  "fileInfo",
  "deviceuiConfig",
  "configCompleteId",
] as const);

export function isDump(variant: Variant): boolean {
  return DUMP_CASES.has(variant.case);
}

export class Dump {
  #mine: MyNodeInfo | undefined;
  #firmware: string | undefined;
  #lora: LoRaConfig | undefined;
  readonly #channels = new Map<number, ChannelMessage>();
  readonly #nodes = new Map<number, NodeInfo>();

  /** `known`: nodes of an earlier dump, when this one is asked for without nodes. */
  constructor(known: readonly NodeInfo[] = []) {
    for (const node of known) this.#nodes.set(node.num, node);
  }

  take(variant: Variant): void {
    if (variant.case === "myInfo") this.#mine = variant.value;
    else if (variant.case === "metadata") this.#firmware = variant.value.firmwareVersion;
    else if (variant.case === "channel") this.#takeChannel(variant.value);
    else if (variant.case === "nodeInfo") this.#takeNode(nodeOf(variant.value));
    else if (variant.case === "config" && variant.value.payloadVariant.case === "lora") {
      this.#lora = variant.value.payloadVariant.value;
    }
  }

  #takeChannel(channel: ChannelMessage): void {
    if (channel.index >= 0 && channel.index < 8) this.#channels.set(channel.index, channel);
  }

  #takeNode(node: NodeInfo): void {
    if (this.#nodes.size < MOST_NODES || this.#nodes.has(node.num)) this.#nodes.set(node.num, node);
  }

  get node(): NodeNum | undefined {
    return this.#mine && nodeNum(this.#mine.myNodeNum);
  }

  get rebootCount(): number | undefined {
    return this.#mine?.rebootCount;
  }

  /** False when a part that every radio sends has been lost on the way. */
  get whole(): boolean {
    return (
      this.#mine !== undefined && this.#firmware !== undefined && this.#lora !== undefined && this.#channels.size > 0
    );
  }

  /** The radio as far as it is known; undefined without its number. */
  info(): RadioInfo | undefined {
    const node = this.node;
    if (node === undefined) return undefined;
    const { longName, shortName, publicKey, hwModel, role } = this.#nodes.get(node) ?? { num: node };
    return {
      node,
      ...(longName !== undefined && { longName }),
      ...(shortName !== undefined && { shortName }),
      ...(publicKey !== undefined && { publicKey }),
      ...(hwModel !== undefined && { hwModel }),
      ...(role !== undefined && { role }),
      firmware: this.#firmware ?? "",
      region: this.#lora ? nameIn(REGION_NAMES, "REGION", this.#lora.region) : "UNSET",
      modemPreset: presetName(this.#lora),
      hopLimit: this.#lora?.hopLimit ?? 0,
      rebootCount: this.#mine?.rebootCount ?? 0,
      channels: this.#channelInfos(),
      nodes: [...this.#nodes.values()],
    };
  }

  #channelInfos(): ChannelInfo[] {
    const channels = [...this.#channels.values()].sort((a, b) => a.index - b.index);
    const primary = channels.find((channel) => CHANNEL_ROLES[channel.role] === "primary");
    return channels.map((channel) => {
      const role = CHANNEL_ROLES[channel.role] ?? "disabled";
      const own = channel.settings?.psk ?? new Uint8Array(0);
      // A secondary channel without a key of its own uses the primary's.
      const key = role === "secondary" && own.length === 0 ? (primary?.settings?.psk ?? own) : own;
      return { index: channel.index, name: channel.settings?.name ?? "", role, pskLength: keyLength(key) };
    });
  }
}

function presetName(lora: LoRaConfig | undefined): string {
  if (!lora) return "";
  return lora.usePreset ? nameIn(PRESET_NAMES, "PRESET", lora.modemPreset) : "CUSTOM";
}

/** How well a channel is protected; short keys are padded by the firmware as here (mesh/Channels.cpp). */
function keyLength(psk: Uint8Array): number {
  if (psk.length === 0 || (psk.length === 1 && psk[0] === 0)) return 0;
  if (psk.length === 1) return 1;
  if (psk.length > 16) return 32;
  return psk.length === 16 && sameBytes(psk.subarray(0, 15), DEFAULT_KEY) ? 1 : 16;
}
