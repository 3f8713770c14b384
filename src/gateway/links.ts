// Facts about the edges: is the radio there, which radio is it, may we speak in the rooms. Operators are told once when
// something goes wrong and once when it is well again.

import { plantTest } from "./calltree/self-test.ts";
import { nodeId } from "#base/ids.ts";
import { moveLedger } from "#store/ledger.ts";
import { dropMatrix, resetRequests, strandedRows } from "#store/matrix-outbox.ts";
import { takeRecovery } from "#store/recover.ts";
import {
  linkRow,
  resetLinks,
  roomRow,
  setLink,
  setLinkDetail,
  setMeta,
  setRoom,
  setTimer,
  tellOnce,
  untell,
} from "#store/world.ts";
import { CARE } from "./care-words.ts";
import { learn } from "./from-radio.ts";
import type { RadioInfo, RadioState, Report } from "./inputs.ts";
import { forgetTwins, roomsOf, uplinkLink } from "./matrix/places.ts";
import { helloSoon } from "./mesh/machine-peers.ts";
import { restored } from "./machines.ts";
import { handsEmptied, memoryLost } from "./mesh/outcomes.ts";
import { tellOperators, tellRoom } from "./say.ts";
import { RADIO, radioFacts, type RadioFacts, type Turn } from "./turn.ts";
import { uplinkMoved } from "./matrix/uplink-news.ts";
import { WORDS } from "./words.ts";

/** After a start nothing is connected, nothing is under way, and what the radio held is uncertain. */
export function started(turn: Turn): void {
  resetLinks(turn.store, turn.now);
  resetRequests(turn.store);
  handsEmptied(turn);
  setMeta(turn.store, "running", "1");
  setTimer(turn.store, "prune", 0, turn.now + 60_000);
  setTimer(turn.store, "silent-nodes", 0, turn.now + 60_000);
  plantTest(turn);
  helloSoon(turn);
  const recovery = takeRecovery(turn.store);
  if (recovery !== undefined) restored(turn);
  if (recovery !== undefined) tellOperators(turn, CARE.recovered(recovery), "page");
  const configured = turn.settings.uplinks.flatMap((uplink) =>
    roomsOf(uplink).map((room) => ({ uplink: uplink.name, room })),
  );
  for (const row of strandedRows(turn.store, configured)) {
    if (row.ledger !== null) moveLedger(turn.store, row.ledger, "failed", WORDS.strandedRoom(row.room), turn.now);
    dropMatrix(turn.store, row.id);
  }
}

export function stopped(turn: Turn): void {
  setMeta(turn.store, "running", "0");
}

// ───────────────────────────── the radio ─────────────────────────────

/** A radio that is away for less than this is no news. */
const PATIENCE = 30_000;

export function radioState(turn: Turn, state: RadioState, reason: string): void {
  const before = linkRow(turn.store, RADIO);
  setLink(turn.store, RADIO, state, reason, turn.now);
  if (state !== "ready" && before?.state === "ready") {
    handsEmptied(turn);
    setTimer(turn.store, "radio-away", 0, turn.now + PATIENCE);
  }
  if (state === "silent" && tellOnce(turn.store, "radio", turn.now)) tellOperators(turn, WORDS.radioSilent);
  if (state === "ready" && untell(turn.store, "radio")) tellOperators(turn, WORDS.radioBack);
}

export function radioStillAway(turn: Turn): void {
  const radio = linkRow(turn.store, RADIO);
  if (radio?.state === "ready") return;
  if (tellOnce(turn.store, "radio", turn.now)) tellOperators(turn, WORDS.radioDown(radio?.reason ?? "not found"));
}

export function radioConfigured(turn: Turn, info: RadioInfo): void {
  const before = radioFacts(turn);
  const { nodes, publicKey: _publicKey, ...facts } = info;
  if (!linkRow(turn.store, RADIO)) setLink(turn.store, RADIO, "configuring", "", turn.now);
  setLinkDetail(turn.store, RADIO, JSON.stringify(facts satisfies RadioFacts));
  for (const node of nodes) if (node.num !== info.node) learn(turn, node);
  if (before && before.node !== info.node)
    tellOperators(turn, WORDS.nodeChanged(nodeId(before.node), nodeId(info.node)));
  handsEmptied(turn);
  if (before?.node === info.node && before.rebootCount !== info.rebootCount) memoryLost(turn);
  if (info.region === "UNSET") {
    if (tellOnce(turn.store, "region", turn.now)) tellOperators(turn, WORDS.regionUnset);
  } else untell(turn.store, "region");
  adviseFirmware(turn, info.firmware);
}

/** Below 2.6.12 keys may be known to strangers; below 2.7.15 a channel message can pass as a direct one (meshtastic-facts §3). */
function adviseFirmware(turn: Turn, firmware: string): void {
  const words = isOlder(firmware, [2, 6, 12])
    ? WORDS.firmwareAlarm(firmware)
    : isOlder(firmware, [2, 7, 15])
      ? WORDS.firmwareWarning(firmware)
      : undefined;
  if (words !== undefined && tellOnce(turn.store, `firmware ${firmware}`, turn.now)) tellOperators(turn, words);
}

function isOlder(version: string, than: readonly [number, number, number]): boolean {
  const parts = version.split(".").slice(0, 3).map(Number);
  for (const [index, least] of than.entries()) {
    const part = parts[index];
    if (part === undefined || Number.isNaN(part)) return false;
    if (part !== least) return part < least;
  }
  return false;
}

// ───────────────────────────── homeservers ─────────────────────────────

type UplinkReport = Extract<Report, { kind: "uplink-state" }>;
type RoomReport = Extract<Report, { kind: "room-state" }>;

export function uplinkState(turn: Turn, report: UplinkReport): void {
  const name = uplinkLink(report.uplink);
  uplinkMoved(turn, report.uplink, report.state);
  setLink(turn.store, name, report.state, report.reason, turn.now);
  if (report.userId !== undefined) setLinkDetail(turn.store, name, JSON.stringify({ userId: report.userId }));
}

export function roomState(turn: Turn, report: RoomReport): void {
  const before = roomRow(turn.store, report.uplink, report.configured);
  setRoom(turn.store, {
    uplink: report.uplink,
    configured: report.configured,
    room: report.room ?? null,
    joined: report.joined ? 1 : 0,
    maySpeak: report.maySpeak ? 1 : 0,
    encrypted: report.encrypted ? 1 : 0,
    reason: report.reason ?? "",
  });
  forgetTwins(turn, report.uplink, report.configured);
  const open = report.joined && report.maySpeak && !report.encrypted;
  const key = `room ${report.uplink} ${report.configured}`;
  if (report.encrypted && tellOnce(turn.store, `encrypted ${key}`, turn.now)) {
    tellElsewhere(turn, report.configured, WORDS.encryptedRoom(report.configured));
  }
  if (!report.encrypted) untell(turn.store, `encrypted ${key}`);
  if (!open && !report.encrypted && before && tellOnce(turn.store, key, turn.now)) {
    tellElsewhere(turn, report.configured, WORDS.roomHeld(report.configured, report.reason ?? "not in the room"));
  }
  if (open && untell(turn.store, key)) tellOperators(turn, WORDS.roomBack(report.configured));
}

/** Operators' rooms other than the one that has the trouble. */
function tellElsewhere(turn: Turn, room: string, words: string): void {
  for (const uplink of turn.settings.uplinks) {
    if (uplink.operatorsRoom !== undefined && uplink.operatorsRoom !== room)
      tellRoom(turn, uplink.name, uplink.operatorsRoom, words);
  }
}
