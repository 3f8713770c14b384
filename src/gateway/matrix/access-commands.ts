// Who is left out, and by whom: residents who asked for it by radio, and radios that operators muted, with a reason that
// everybody concerned can read. A call for help passes all of it.

import type { Millis } from "#base/clock.ts";
import { nodeId } from "#base/ids.ts";
import { addLedgerRow, moveLedger } from "#store/ledger.ts";
import { airtimeByUser, bar, barredRow, listBarred, unbar } from "#store/social.ts";
import { tellSeldom } from "#store/world.ts";
import { cleanForMesh, defuse, defuseName } from "#wire/text.ts";
import { shareOf } from "./access.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { split } from "./long-text.ts";
import { nodesNamed } from "#gateway/mesh/map.ts";
import { tellOperators, tellMesh } from "#gateway/say.ts";
import { ago } from "#gateway/spans.ts";
import { EVERYONE, namesOf, type Turn, type Handled } from "#gateway/turn.ts";
import { WORDS } from "#gateway/words.ts";
import type { Asked } from "./command.ts";

const HOUR: Millis = 3_600_000;
/** The reason goes out by radio too. */
const REASON_BYTES = 100;

// ───────────────────────────── operators ─────────────────────────────

export function listAccess(turn: Turn): string {
  const { matrixUsers } = turn.settings.access;
  const share = shareOf(turn);
  const used = airtimeByUser(turn.store, turn.now - HOUR)
    .slice(0, 10)
    .map(({ user, ms }) => `${user}: ${Math.round((ms / share) * 100)} % of a share`);
  const barred = listBarred(turn.store).map((row) => {
    const who = `${nameOf(turn, row.node)} (${nodeId(row.node)})`;
    return row.kind === "muted"
      ? `${who}: muted by ${row.byWhom} ${ago(turn.now - row.at)} ago: ${row.reason}`
      : `${who}: asked to be left out ${ago(turn.now - row.at)} ago`;
  });
  return [
    `May write to the mesh: ${matrixUsers.length === 0 ? WORDS.whoeverMaySpeak : matrixUsers.join(", ")}`,
    `Airtime in the last hour (a share is ${Math.round(share / 1000)} s):`,
    ...(used.length === 0 ? ["nobody wrote"] : used),
    "Left out of Matrix (calls for help are not):",
    ...(barred.length === 0 ? ["nobody"] : barred),
  ].join("\n");
}

export function mute(turn: Turn, { args, said }: Asked): string {
  const [name = "", ...rest] = args.split(/\s+/);
  const reason = split(cleanForMesh(rest.join(" ")), REASON_BYTES)[0] ?? "";
  if (name === "" || reason === "") return WORDS.muteUsage;
  const node = onlyNode(turn, name);
  if (typeof node === "string") return node;
  bar(turn.store, { node, kind: "muted", byWhom: said.sender, reason, at: turn.now });
  tellOperators(turn, WORDS.muted(nameOf(turn, node), nodeId(node), said.sender, reason));
  return WORDS.done;
}

export function unmute(turn: Turn, { args, said }: Asked): string {
  const node = onlyNode(turn, args);
  if (typeof node === "string") return node;
  if (!unbar(turn.store, node, "muted")) return WORDS.notMuted;
  tellOperators(turn, WORDS.unmuted(nameOf(turn, node), nodeId(node), said.sender));
  return WORDS.done;
}

function onlyNode(turn: Turn, name: string): number | string {
  const [node, ...others] = name.trim() === "" ? [] : nodesNamed(turn, name);
  if (!node) return WORDS.noSuchRadio;
  return others.length === 0
    ? node.num
    : WORDS.severalRadios([node, ...others].slice(0, 5).map((each) => nodeId(each.num)));
}

function nameOf(turn: Turn, node: number): string {
  return defuseName(namesOf(turn, node).long);
}

// ───────────────────────────── residents ─────────────────────────────

const WISHES: Readonly<Record<string, "out" | "in">> = {
  "!nomatrix": "out",
  "!optout": "out",
  "!matrix": "in",
  "!optin": "in",
};

/** A resident says whether their channel words may be shown in Matrix; undefined when it is none of these words. */
export function wishOf(turn: Turn, packet: MeshPacket, text: string, inbox: number): Handled | undefined {
  const word = text.trim().toLowerCase();
  const wish = Object.hasOwn(WISHES, word) ? WISHES[word] : undefined;
  if (wish === undefined) return undefined;
  const muted = barredRow(turn.store, packet.from)?.kind === "muted";
  const name = nameOf(turn, packet.from);
  if (wish === "in") unbar(turn.store, packet.from, "opted-out");
  else if (!muted)
    bar(turn.store, { node: packet.from, kind: "opted-out", byWhom: nodeId(packet.from), reason: "", at: turn.now });
  tellOperators(turn, WORDS.wish(name, nodeId(packet.from), wish));
  answer(turn, packet, wish === "out" ? WORDS.optedOut : WORDS.optedIn, inbox);
  return { end: "handled", reason: `the resident's wish to be ${wish}` };
}

/** What becomes of words from a radio that is left out; undefined when it is not. Direct messages of those who left themselves out still go to people. */
export function barredWords(turn: Turn, packet: MeshPacket, text: string, inbox: number): Handled | undefined {
  const row = barredRow(turn.store, packet.from);
  const direct = packet.to !== EVERYONE;
  if (!row || (direct && row.kind === "opted-out")) return undefined;
  const reason = row.kind === "muted" ? WORDS.mutedBecause(row.byWhom, row.reason) : WORDS.optedOutReason;
  const ledger = addLedgerRow(
    turn.store,
    {
      class: "chat",
      direction: "mesh-to-matrix",
      origin: `mesh:${nodeId(packet.from)}`,
      destination: "matrix:-/-",
      // What somebody asked not to be passed on is not kept where operators read either.
      text: row.kind === "muted" ? defuse(text) : "",
      packetId: packet.id,
      inbox,
    },
    turn.now,
  );
  moveLedger(turn.store, ledger, "failed", reason, turn.now);
  if (direct && tellSeldom(turn.store, { what: "muted", about: `${packet.from} `, within: HOUR }, turn.now))
    answer(turn, packet, WORDS.mutedReceipt(row.reason), inbox);
  return { end: "handled", reason };
}

function answer(turn: Turn, packet: MeshPacket, text: string, inbox: number): void {
  tellMesh(turn, {
    class: "receipt",
    to: packet.from,
    text,
    inbox,
  });
}
