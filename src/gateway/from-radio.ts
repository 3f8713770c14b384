// What a mesh packet means. Everything that a person said ends as ledger rows; everything else as facts about nodes.
//
// A packet is known by (node, packet id, hash of port and payload) for 30 days. The same id with other bytes is not a
// repeat: it is kept and shown, marked as a conflict, because the first to arrive need not be the honest one.

import { sameBytes, textOf } from "#base/bytes.ts";
import { BROADCAST, nodeId, type NodeNum } from "#base/ids.ts";
import type { MessageClass } from "#domain/message.ts";
import { markSeen, packetKey, seenOtherBytes } from "#store/inbox.ts";
import { eventOfPacket, moveLedger, rowsOfPacket } from "#store/ledger.ts";
import { addRequest } from "#store/mesh-outbox.ts";
import { radioByNode } from "#store/people.ts";
import { dropReaction, reactionsTo } from "#store/social.ts";
import { journal, learnNode, nodeRow, tellSeldom } from "#store/world.ts";
import { defuseName } from "#wire/text.ts";
import { recordOf } from "./events.ts";
import { barredWords, wishOf } from "./matrix/access-commands.ts";
import { ghostName } from "./matrix/ghosts.ts";
import { showCallOf } from "./welfare/calls.ts";
import { fromMachine } from "./machines.ts";
import type { MeshPacket, NodeInfo, RadioArrival, RadioRequest } from "./inputs.ts";
import { positionHeard, telemetryHeard } from "./mesh/node-news.ts";
import { placeSent } from "./welfare/place-answer.ts";
import { placesFor } from "./matrix/places.ts";
import { voteByRadio } from "./matrix/polls.ts";
import { noteAir } from "./air.ts";
import { heardAgain } from "./mesh/out-of-reach.ts";
import { heardByPages } from "./calltree/heard.ts";
import { isMore, nextPage } from "./mesh/paging.ts";
import { acknowledge } from "./mesh/outcomes.ts";
import { answerPing, hopsOf, isPing, receiptFor } from "./mesh/receipts.ts";
import { sayToRoom, tellOperators } from "./say.ts";
import { ALERT, DETECTION_SENSOR, isTapback, TEXT, toPlace, type Said } from "./matrix/shown.ts";
import {
  EVERYONE,
  matrixPlace,
  meshPlace,
  namesOf,
  radioFacts,
  type RadioFacts,
  type Turn,
  type Handled,
} from "./turn.ts";
import { noRoomRow } from "./unplaced.ts";
import { understand } from "./understanding.ts";
import { waypointHeard } from "./waypoints.ts";
import { act, isForUsAlone } from "./acts.ts";
import { WORDS } from "./words.ts";

/** Ports whose payload is words for people. */
const WORD_PORTS: ReadonlySet<number> = new Set([TEXT, DETECTION_SENSOR, ALERT]);
/** StoreAndForward.RequestResponse of a replayed text, direct or to a channel (meshtastic-facts §2.11). */
const REPLAYED_DIRECT = 8;
const REPLAYED_TO_CHANNEL = 9;

export function fromRadio(turn: Turn, arrival: RadioArrival, inbox: number): Handled {
  const radio = radioFacts(turn);
  const { packet, body } = arrival;
  const own = radio !== undefined && packet.from === radio.node;
  if (!arrival.replayed && !own) {
    noteHeard(turn, packet);
    heardByPages(turn, packet.from, body);
    heardAgain(turn, packet.from);
  }

  if (body?.kind === "routing") {
    acknowledge(turn, { from: packet.from, own, requestId: packet.requestId, error: body.error });
    return { end: "handled", reason: "an acknowledgement" };
  }
  if (body?.kind === "node-info") return learn(turn, { ...body.node, num: packet.from });
  if (own && body?.kind === "telemetry") noteAir(turn, body.telemetry);
  if (body?.kind === "telemetry") return telemetryHeard(turn, packet.from, body.telemetry);
  if (body?.kind === "position" && packet.to === radio?.node) placeSent(turn, packet, body.position, inbox);
  if (body?.kind === "position") {
    const heard = positionHeard(turn, packet.from, body.position);
    showCallOf(turn, packet.from);
    return heard;
  }
  if (own) return { end: "handled", reason: "our own radio's echo" };
  if (packet.encrypted !== undefined) return undecryptable(turn, packet, radio);

  if (body?.kind === "waypoint") {
    if (packet.to !== EVERYONE && packet.to !== radio?.node)
      return { end: "handled", reason: "a point between others" };
    const key = packetKey(packet.from, packet.id, packet.portnum, packet.payload);
    if (!markSeen(turn.store, key, turn.now)) return { end: "duplicate", reason: "heard before" };
    return waypointHeard(turn, packet, body.waypoint, inbox);
  }

  const forMachines = fromMachine(turn, packet);
  if (forMachines) return forMachines;
  const said = wordsOf(arrival);
  if (said === undefined) return { end: "handled", reason: `port ${packet.portnum} is not for people` };
  const key = packetKey(packet.from, packet.id, said.portnum, said.payload);
  const conflict = seenOtherBytes(turn.store, packet.from, packet.id, key);
  if (!markSeen(turn.store, key, turn.now)) return { end: "duplicate", reason: "heard before" };
  journal(
    turn.store,
    "message",
    { from: nodeId(packet.from), id: packet.id, to: said.to, channel: packet.channel },
    turn.now,
  );
  return relay(turn, {
    packet: { ...packet, to: said.to },
    inbox,
    text: said.text,
    portnum: said.portnum,
    conflict,
    toUs: radio?.node === said.to,
  });
}

function noteHeard(turn: Turn, packet: MeshPacket): void {
  learnNode(turn.store, packet.from, {
    lastHeardAt: turn.now,
    snr: packet.rxRssi === 0 ? undefined : packet.rxSnr,
    hops: hopsOf(packet),
  });
}

const HOUR = 3_600_000;
/** Anybody can send anything under any number: of this many that belong to nobody we know operators are told in an hour. */
const MOST_STRANGERS = 10;

/** Whether operators want to hear this of a radio: not again within the hour, and not of a flood of invented numbers. */
function isNews(turn: Turn, what: string, node: number): boolean {
  const news = { about: nodeId(node), within: HOUR };
  const stranger = radioByNode(turn.store, node) === undefined;
  return tellSeldom(
    turn.store,
    stranger ? { ...news, what: `${what}-of-stranger`, most: MOST_STRANGERS } : { ...news, what },
    turn.now,
  );
}

/** A node's own description. A key that changes is told to the operators and never believed silently. */
export function learn(turn: Turn, node: NodeInfo): Handled {
  const known = nodeRow(turn.store, node.num);
  const { publicKey } = node;
  const hasKey = publicKey !== undefined && publicKey.length === 32;
  if (hasKey && known?.publicKey && !sameBytes(known.publicKey, publicKey) && isNews(turn, "key", node.num)) {
    tellOperators(turn, WORDS.keyChanged(nodeId(node.num), defuseName(node.longName ?? "")));
  }
  if (hasKey && !(known?.publicKey && sameBytes(known.publicKey, publicKey))) {
    journal(turn.store, "key", { node: nodeId(node.num), key: Buffer.from(publicKey).toString("base64") }, turn.now);
  }
  learnNode(turn.store, node.num, {
    longName: node.longName || undefined,
    shortName: node.shortName || undefined,
    publicKey: hasKey ? publicKey : undefined,
  });
  return { end: "handled", reason: "a node's description" };
}

/** 2.7 hands over what it cannot decrypt. If it was meant for us, somebody is talking to us and we cannot hear. */
function undecryptable(turn: Turn, packet: MeshPacket, radio: RadioFacts | undefined): Handled {
  if (radio?.node !== packet.to) return { end: "handled", reason: "encrypted for others" };
  if (isNews(turn, "undecryptable", packet.from)) {
    tellOperators(
      turn,
      WORDS.undecryptable(defuseName(namesOf(turn, packet.from).long), nodeId(packet.from)),
      "distress",
    );
    addRequest(turn.store, { kind: "exchange-keys", node: packet.from } satisfies RadioRequest);
  }
  return { end: "handled", reason: "for us, but our radio could not decrypt it; operators told, keys exchanged" };
}

/** The text of a packet that carries words, with the port and bytes by which its repeats are known. */
function wordsOf(
  arrival: RadioArrival,
): { text: string; portnum: number; payload: Uint8Array; to: NodeNum } | undefined {
  const { packet, body } = arrival;
  if (body?.kind === "store-forward") {
    if ((body.rr !== REPLAYED_DIRECT && body.rr !== REPLAYED_TO_CHANNEL) || body.text === undefined) return undefined;
    // The replay is addressed to whoever asked for it; what was said was said to the channel.
    const to = body.rr === REPLAYED_TO_CHANNEL ? BROADCAST : packet.to;
    return { text: textOf(body.text), portnum: TEXT, payload: body.text, to };
  }
  if (!WORD_PORTS.has(packet.portnum)) return undefined;
  return { text: textOf(packet.payload), portnum: packet.portnum, payload: packet.payload, to: packet.to };
}

function relay(turn: Turn, said: Said): Handled {
  const { packet, text } = said;
  const heard = understand(turn, { ...packet, text, portnum: said.portnum });
  const distress = heard.intention.distress !== "none";
  const direct = packet.to !== EVERYONE;
  if (direct && !said.toUs) return { end: "handled", reason: "a direct message between others" };
  answerReplied(turn, packet);
  voteByRadio(turn, packet, text);
  if (direct && isPing(text)) {
    answerPing(turn, packet, said.inbox);
    return { end: "handled", reason: "a ping, answered" };
  }
  if (direct && isMore(text)) {
    nextPage(turn, packet.from, text, said.inbox);
    return { end: "handled", reason: "asked for the rest of an answer" };
  }
  if (packet.viaMqtt && !direct && !distress)
    return { end: "handled", reason: "came by MQTT: another bridge's message" };
  const kept =
    wishOf(turn, packet, text, said.inbox) ?? (distress ? undefined : barredWords(turn, packet, text, said.inbox));
  if (kept) return kept;
  if (isTapback(packet) && text === "") return untap(turn, said);
  if (isForUsAlone(heard) && act(turn, heard, { inbox: said.inbox }))
    return { end: "handled", reason: `asked for "${heard.intention.kind}", answered` };

  const places = placesFor(turn, packet, distress);
  const messageClass: MessageClass = distress ? "distress" : "chat";
  const shown = { ...said, exercise: recordOf(turn, heard) !== undefined };
  const ids = places.map((place) => toPlace(turn, shown, place, messageClass));
  if (ids.length === 0) ids.push(noRoomRow(turn, packet, text, messageClass, said.inbox, direct));
  if (act(turn, heard, { ledger: ids[0]!, inbox: said.inbox }))
    return { end: "handled", reason: `understood as "${heard.intention.kind}", answered` };
  if (direct && (distress || !isTapback(packet)))
    receiptFor(turn, { packet, ledger: ids[0]!, distress, read: places.length > 0, inbox: said.inbox });
  else if (text.trim().toLowerCase() === "!ping") answerPing(turn, packet, said.inbox);
  return { end: "handled", reason: places.length > 0 ? `for ${places.length} room(s)` : "no room takes it" };
}

/** An empty tapback takes back what this radio reacted before. */
function untap(turn: Turn, said: Said): Handled {
  const { packet } = said;
  let taken = 0;
  for (const place of placesFor(turn, packet, false)) {
    const target = eventOfPacket(turn.store, packet.replyId, matrixPlace(place.uplink, place.room));
    const mine = target === undefined ? [] : reactionsTo(turn.store, target).filter(({ node }) => node === packet.from);
    for (const reaction of mine) {
      dropReaction(turn.store, reaction.eventId);
      taken++;
      sayToRoom(turn, {
        class: "chat",
        direction: "mesh-to-matrix",
        origin: `mesh:${nodeId(packet.from)}`,
        uplink: place.uplink,
        room: place.room,
        text: "",
        type: "m.room.redaction",
        content: {},
        redacts: reaction.eventId,
        identity: ["untap", packet.from, packet.id, reaction.eventId],
        packetId: packet.id,
        inbox: said.inbox,
        ...(reaction.ghost === "" ? {} : { ghost: { id: reaction.ghost, name: ghostName(turn, packet.from) } }),
      });
    }
  }
  return { end: "handled", reason: taken > 0 ? "a tapback taken back" : "a tapback taken back that nobody was shown" };
}

/** A reply or tapback to something that Matrix users wrote: a person has answered it. */
function answerReplied(turn: Turn, packet: MeshPacket): void {
  if (packet.replyId === 0) return;
  for (const row of rowsOfPacket(turn.store, packet.replyId)) {
    const reached =
      row.destination === meshPlace(EVERYONE, packet.channel) || row.destination === `mesh:${nodeId(packet.from)}`;
    if (row.direction === "matrix-to-mesh" && reached) {
      moveLedger(
        turn.store,
        row.id,
        "answered",
        WORDS.answeredBy(defuseName(namesOf(turn, packet.from).long)),
        turn.now,
      );
    }
  }
}
