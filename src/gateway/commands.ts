// What the gateway answers in a room when somebody writes a word with `!` in front (field.md §3b), with or without its name
// before it. What changes something about residents is for operators alone.

import { AID_COMMANDS } from "./aid/rooms.ts";
import { airWords } from "./air.ts";
import { countWaiting } from "#store/inbox.ts";
import { nodeId } from "#base/ids.ts";
import { countMatrixQueued } from "#store/matrix-outbox.ts";
import { countMeshQueued } from "#store/mesh-outbox.ts";
import { linkRow, listNodes, type NodeRow } from "#store/world.ts";
import { defuseName } from "#wire/text.ts";
import { mayWrite } from "./matrix/access.ts";
import { listAccess, mute, unmute } from "./matrix/access-commands.ts";
import { KNOWLEDGE_COMMANDS } from "./knowledge/desk.ts";
import { legend } from "./matrix/marks.ts";
import { mapWords, nodesNamed, placeOfNode } from "./mesh/map.ts";
import { PAGE_COMMANDS } from "./calltree/commands.ts";
import { uplinkLink } from "./matrix/places.ts";
import { notice, tellRoom } from "./say.ts";
import { ago } from "./spans.ts";
import { RADIO, radioFacts, type Turn, type Handled } from "./turn.ts";
import { WORDS } from "./words.ts";
import { WELFARE_COMMANDS } from "./welfare/commands.ts";
import { inOperatorsRoom, ownUser, type Written } from "./matrix/written.ts";
import type { Asked, Answer, Command } from "./matrix/command.ts";

/** By name, in lower case. */
const COMMANDS: Readonly<Record<string, Command>> = {
  help: { usage: "!help", does: "this list", answer: help },
  nodes: { usage: "!nodes", does: "radios heard, the latest first", answer: nodes },
  map: { usage: "!map [NAME]", does: "where radios were last, or one of them as a place", answer: map },
  where: { usage: "!where NAME", does: "the same for one radio", answer: map },
  batterylevel: { usage: "!batteryLevel [NAME]", does: "batteries, the lowest first", answer: batteries },
  health: { usage: "!health", does: "radio, homeservers, queues and the channel's load", answer: health },
  ping: { usage: "!ping", does: "whether the gateway is alive", answer: () => WORDS.alive },
  ...WELFARE_COMMANDS,
  ...PAGE_COMMANDS,
  ...KNOWLEDGE_COMMANDS,
  ...AID_COMMANDS,
  access: {
    usage: "!access",
    does: "who may write, who is left out",
    operators: true,
    answer: (turn) => listAccess(turn),
  },
  mute: { usage: "!mute NAME REASON", does: "a radio's words stay out of Matrix", operators: true, answer: mute },
  unmute: { usage: "!unmute NAME", does: "and come back", operators: true, answer: unmute },
};

export function isCommand(turn: Turn, said: Written, body: string): boolean {
  return commandOf(turn, said, body) !== undefined;
}

function commandOf(
  turn: Turn,
  said: Written,
  body: string,
): { command: Command; name: string; args: string } | undefined {
  const match = /^!([a-z]+)(?:\s+([\s\S]*))?$/i.exec(withoutOurName(turn, said, body.trim()));
  const name = match?.[1]?.toLowerCase() ?? "";
  if (!Object.hasOwn(COMMANDS, name)) return undefined;
  const command = COMMANDS[name]!;
  if (command.operators && !inOperatorsRoom(said)) return undefined;
  return { command, name, args: (match?.[2] ?? "").trim() };
}

/** "Elm Street: !nodes", "@muster:example.org !nodes". */
function withoutOurName(turn: Turn, said: Written, body: string): string {
  const user = ownUser(turn, said.uplink) ?? "";
  for (const name of [user, user.slice(1).split(":")[0] ?? "", turn.settings.node.name]) {
    if (name !== "" && body.toLowerCase().startsWith(name.toLowerCase()))
      return body.slice(name.length).replace(/^\s*[:,]?\s*/, "");
  }
  return body;
}

export function answerCommand(turn: Turn, said: Written, body: string): Handled {
  const { command, name, args } = commandOf(turn, said, body)!;
  const given = command.changes && !mayWrite(turn, said) ? WORDS.notAllowed : command.answer(turn, { args, said });
  const answer: Answer = typeof given === "string" ? { body: given } : given;
  if (answer.body === "") return { end: "handled", reason: `the command !${name}, done` };
  tellRoom(turn, said.uplink.name, said.room, answer.body, {
    content: answer.content ?? notice(answer.body),
    replyEvent: said.eventId,
    inbox: said.inbox,
  });
  return { end: "handled", reason: `the command !${name}, answered` };
}

function help(_turn: Turn, { said }: Asked): string {
  const lines = Object.values(COMMANDS)
    .filter((command) => !command.operators || inOperatorsRoom(said))
    .map(({ usage, does }) => `${usage}: ${does}`);
  return [WORDS.helpHead, ...lines, WORDS.helpLong, `${WORDS.helpMarks} ${legend()}`].join("\n");
}

const MOST_NODES = 40;

function nodes(turn: Turn): string {
  const all = listNodes(turn.store);
  if (all.length === 0) return WORDS.noRadios;
  const lines = all.slice(0, MOST_NODES).map((node) => nodeLine(turn, node));
  if (all.length > MOST_NODES) lines.push(`… and ${all.length - MOST_NODES} more`);
  return lines.join("\n");
}

function nodeLine(turn: Turn, node: NodeRow): string {
  const heard = node.lastHeardAt === null ? "not heard yet" : `heard ${ago(turn.now - node.lastHeardAt)} ago`;
  const parts = [heard];
  if (node.hops !== null) parts.push(node.hops === 0 ? "directly" : `${node.hops} hop${node.hops === 1 ? "" : "s"}`);
  if (node.snr !== null) parts.push(`SNR ${node.snr.toFixed(1)} dB`);
  if (node.battery !== null) parts.push(`battery ${batteryWords(node.battery)}`);
  if (node.latitudeI !== null) parts.push("place known");
  return `${nameOf(node)} (${nodeId(node.num)}): ${parts.join(", ")}`;
}

function nameOf(node: NodeRow): string {
  return defuseName(node.longName ?? "") || nodeId(node.num);
}

/** Above 100 the radio says that it is plugged in (meshtastic-facts §2.9). */
function batteryWords(percent: number): string {
  return percent > 100 ? "on USB" : `${percent} %`;
}

function map(turn: Turn, { args, said }: Asked): Answer {
  // mmrelay's options for its picture (zoom=, size=) mean nothing to a list.
  const name = args.replaceAll(/\b(zoom|size)=\S+/g, "").trim();
  return name === "" ? { body: mapWords(turn, inOperatorsRoom(said)) } : placeOfNode(turn, name);
}

function batteries(turn: Turn, { args }: Asked): string {
  const all = args === "" ? listNodes(turn.store) : nodesNamed(turn, args);
  const known = all.filter((node) => node.battery !== null).sort((a, b) => a.battery! - b.battery!);
  if (known.length === 0) return args === "" ? WORDS.noBatteries : WORDS.noSuchRadio;
  return known
    .slice(0, MOST_NODES)
    .map((node) => {
      const volts = node.voltage === null ? "" : `, ${node.voltage.toFixed(2)} V`;
      return `${nameOf(node)}: ${batteryWords(node.battery!)}${volts}`;
    })
    .join("\n");
}

function health(turn: Turn): string {
  const radio = linkRow(turn.store, RADIO);
  const facts = radioFacts(turn);
  const about = facts
    ? ` (${nodeId(facts.node)}, firmware ${facts.firmware}, ${facts.region} ${facts.modemPreset})`
    : "";
  const lines = [`Radio: ${radio?.state ?? "down"}${about}`, `Waiting for the radio: ${countMeshQueued(turn.store)}`];
  const load = listNodes(turn.store).find((node) => node.channelUtilization !== null);
  if (load) lines.push(`Channel in use: ${load.channelUtilization!.toFixed(0)} % (as ${nameOf(load)} hears it)`);
  lines.push(airWords(turn));
  for (const uplink of turn.settings.uplinks) {
    const link = linkRow(turn.store, uplinkLink(uplink.name));
    const waiting = countMatrixQueued(turn.store, uplink.name);
    lines.push(`Homeserver ${uplink.name}: ${link?.state ?? "down"}, ${waiting} waiting`);
  }
  const waiting = countWaiting(turn.store);
  if (waiting > 1) lines.push(`Not yet handled: ${waiting}`);
  return lines.join("\n");
}
