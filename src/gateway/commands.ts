// What the gateway answers in a room when somebody writes a word with `!` in front (field.md §3b).

import { nodeId } from "#base/ids.ts";
import { countWaiting } from "#store/inbox.ts";
import { countMatrixQueued } from "#store/matrix-outbox.ts";
import { countMeshQueued } from "#store/mesh-outbox.ts";
import { linkRow, listNodes } from "#store/world.ts";
import { defuseName } from "#wire/text.ts";
import type { Handled } from "./from-radio.ts";
import { tellRoom } from "./say.ts";
import type { UplinkSettings } from "./settings.ts";
import { RADIO, radioFacts, type Turn } from "./turn.ts";

interface Asked {
  readonly uplink: UplinkSettings;
  readonly room: string;
  readonly body: string;
  readonly eventId: string;
  readonly threadRoot?: string;
  readonly inbox: number;
}

const COMMANDS: Readonly<Record<string, { readonly does: string; readonly answer: (turn: Turn) => string }>> = {
  help: { does: "this list", answer: help },
  nodes: { does: "radios heard, the latest first", answer: nodes },
  health: { does: "radio, homeservers and queues", answer: health },
  ping: { does: "whether the gateway is alive", answer: () => "pong: the gateway is alive (this did not go by radio)" },
};

export function isCommand(body: string): boolean {
  return commandOf(body) !== undefined;
}

function commandOf(body: string): string | undefined {
  const name = /^!([a-z]+)\s*$/i.exec(body.trim())?.[1]?.toLowerCase();
  return name !== undefined && Object.hasOwn(COMMANDS, name) ? name : undefined;
}

export function answerCommand(turn: Turn, asked: Asked): Handled {
  const name = commandOf(asked.body)!;
  tellRoom(turn, asked.uplink.name, asked.room, COMMANDS[name]!.answer(turn), {
    replyEvent: asked.eventId,
    inbox: asked.inbox,
  });
  return { end: "handled", reason: `the command !${name}, answered` };
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { does }]) => `!${name}: ${does}`);
  return [
    "What you write here goes out by radio to everyone on the channel. In a resident's thread it goes to that resident alone.",
    ...lines,
  ].join("\n");
}

const MOST_NODES = 40;

function nodes(turn: Turn): string {
  const all = listNodes(turn.store);
  if (all.length === 0) return "No radio has been heard yet.";
  const lines = all.slice(0, MOST_NODES).map((node) => {
    const name = defuseName(node.longName ?? "") || nodeId(node.num);
    const heard = node.lastHeardAt === null ? "not heard yet" : `heard ${ago(turn.now - node.lastHeardAt)} ago`;
    const way =
      node.hops === null ? "" : node.hops === 0 ? ", directly" : `, ${node.hops} hop${node.hops === 1 ? "" : "s"}`;
    const signal = node.snr === null ? "" : `, SNR ${node.snr.toFixed(1)} dB`;
    const battery = node.battery === null ? "" : `, battery ${node.battery > 100 ? "on USB" : `${node.battery} %`}`;
    return `${name} (${nodeId(node.num)}): ${heard}${way}${signal}${battery}`;
  });
  if (all.length > MOST_NODES) lines.push(`… and ${all.length - MOST_NODES} more`);
  return lines.join("\n");
}

function health(turn: Turn): string {
  const radio = linkRow(turn.store, RADIO);
  const facts = radioFacts(turn);
  const lines = [
    `Radio: ${radio?.state ?? "down"}${facts ? ` (${nodeId(facts.node)}, firmware ${facts.firmware}, ${facts.region} ${facts.modemPreset})` : ""}`,
    `Waiting for the radio: ${countMeshQueued(turn.store)}`,
  ];
  for (const uplink of turn.settings.uplinks) {
    const link = linkRow(turn.store, `uplink:${uplink.name}`);
    lines.push(
      `Homeserver ${uplink.name}: ${link?.state ?? "down"}, ${countMatrixQueued(turn.store, uplink.name)} waiting`,
    );
  }
  const waiting = countWaiting(turn.store);
  if (waiting > 1) lines.push(`Not yet handled: ${waiting}`);
  return lines.join("\n");
}

/** A length of time as people say it: "40 s", "12 min", "3 h", "2 days". */
export function ago(span: number): string {
  const seconds = Math.max(0, Math.round(span / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
