// Everything that the gateway itself says to people, in one place: short, honest, and saying what to do.
// On the air every byte counts: those texts are ASCII and fit any packet.

import { clipped, firstLetters } from "#base/text.ts";

export const WORDS = {
  // towards Matrix
  conflict: "⚠ another text under a packet number already used: ",
  unverified: "(sender not verified) ",
  otherKey: "(another key than before: perhaps not the sender) ",
  directly: "(by direct message)",
  onChannel: (channel: number) => `(on channel ${channel})`,
  tapback: (emoji: string) => `reacted ${emoji}`,
  tapbackTo: (emoji: string, text: string) => `reacted ${emoji} to "${firstLetters(text, 40)}"`,
  answeredBy: (name: string) => `answered by ${name}`,
  keyChanged: (id: string, name: string) =>
    `The radio ${id} ${name ? `(${name}) ` : ""}shows another key than before. Either it was reflashed, or somebody else speaks under its ` +
    `number: ask its owner before you believe what it says. Direct messages to it may fail until its radio and ours have met again.`,
  undecryptable: (name: string, id: string) =>
    `${name} (${id}) sent us a direct message that our radio could not decrypt: it may be a call for help. Keys are being exchanged; ask them to send it again.`,
  tooLong: (bytes: number, limit: number) =>
    `Not sent: ${bytes} bytes, the limit here is ${limit}. Shorten it by ${bytes - limit} (letters with accents take 2 bytes, emoji 4), ` +
    `or write !long in front to send it in parts.`,
  editTooLong: (bytes: number, limit: number) =>
    `The edit was not sent: ${bytes} bytes, the limit here is ${limit}. What went out before stands.`,
  longUsage: "Not sent: write the text after !long.",
  longTooLong: (parts: number, most: number) => `Not sent: it would take ${parts} messages, and ${most} is the most.`,
  longCost: (parts: number, seconds: number, share: string, grace: number) =>
    `This goes out in ${parts} messages and keeps the channel busy for about ${Math.ceil(seconds)} s (${share}). ` +
    `It starts in ${grace} s; delete your message to stop it.`,
  stale: "Not sent: it was written too long ago. Write it again if it still matters.",
  staleWaiting: (text: string) =>
    `Not sent: "${clipped(text, 60)}" waited too long for the radio. Write it again if it still matters.`,
  tooLate: "Too late: it has already gone out by radio and cannot be called back.",
  partlyTooLate: (late: number, all: number) => `Stopped, but ${late} of ${all} parts have already gone out by radio.`,
  withdrawn: (who: string) => `withdrawn by ${who}`,
  shareUsed: (time: string) =>
    `You have used your share of this hour's airtime. This waits until ${time}; calls for help do not wait.`,
  pollOver: "Poll over:",
  keepsOrder: "one before it in the same room has to go first",
  sameRoom: (uplink: string) => `the same room is reached through ${uplink}`,
  noPositions: "No place is known yet.",
  pointOver: "(taken away, or its time is up)",
  pointGone: (name: string, id: string, point: string) =>
    `${name} (${id}) took the point “${point}” off the map. A call for help from there is open all the same.`,
  noPosition: (name: string) => `${name} has not told where it is.`,
  noSuchRadio: "No such radio has been heard. `!nodes` lists them.",
  severalRadios: (names: readonly string[]) => `Several radios are called that: ${names.join(", ")}. Use the number.`,
  noRadios: "No radio has been heard yet.",
  noBatteries: "No radio has told its battery yet.",
  alive: "pong: the gateway is alive (this did not go by radio)",
  helpHead:
    "What you write here goes out by radio to everyone on the channel. In a resident's thread it goes to that resident alone.",
  helpLong:
    "!long TEXT: a long text in numbered parts. A reply, a reaction, an edit or a deletion is carried over as far as radio can.",
  helpMarks: "The reaction on your message shows what became of it:",
  whoeverMaySpeak: "whoever may speak in the room",
  muteUsage: "Write !mute NAME REASON: the radio's owner and all operators can read the reason.",
  done: "Done.",
  notMuted: "That radio is not muted.",
  muted: (name: string, id: string, by: string, reason: string) => `${name} (${id}) was muted by ${by}: ${reason}`,
  unmuted: (name: string, id: string, by: string) => `${name} (${id}) is no longer muted (${by}).`,
  mutedBecause: (by: string, reason: string) => `muted by ${by}: ${reason}`,
  optedOutReason: "its owner asked to be left out of Matrix",
  wish: (name: string, id: string, wish: "in" | "out") =>
    wish === "out"
      ? `${name} (${id}) asked not to be shown in Matrix. Channel words of this radio stay on the mesh; calls for help do not.`
      : `${name} (${id}) may be shown in Matrix again.`,
  uplinkDown: (name: string, reason: string) =>
    `The homeserver "${name}" is not reachable: ${reason}. What is meant for it waits.`,
  uplinkBack: (name: string, away: string) => `The homeserver "${name}" is back after ${away}.`,
  backlog: (count: number, radios: number, urgent: number, from: string, to: string) =>
    `While this room was out of reach, ${count} messages were heard from ${radios} radio${radios === 1 ? "" : "s"}, ` +
    `${from} to ${to}${urgent === 0 ? "" : `; ${urgent} urgent, shown first`}. They follow in order.`,
  heardAt: (time: string) => `(heard ${time}) `,
  lowBattery: (name: string, id: string, percent: number) => `${name} (${id}): battery at ${percent} %.`,
  silentSince: (name: string, id: string, span: string) => `${name} (${id}) has not been heard for ${span}.`,
  empty: "Not sent: there is no text in it.",
  notAllowed:
    "Not sent: you may not write to the mesh from here. An operator can allow it (access.matrix_users, or the right to speak in this room).",
  notPlainText: (kind: string) => `Not sent: ${kind} cannot go by radio. Write it as text.`,
  meshFailed: (text: string, reason: string) => `Not sent: "${clipped(text, 60)}": ${reason}.`,
  meshUnknown: (text: string, reason: string) => `Not certain whether it arrived: "${clipped(text, 60)}": ${reason}.`,
  noAck: (attempts: number) =>
    attempts > 1 ? `no acknowledgement after ${attempts} attempts` : "no acknowledgement came",
  noEvidence: "the radio's link broke while it was being handed over, and nothing was heard of it since",
  noRelay: "no relay overheard",
  cannotEncrypt: "the keys of both radios could not be brought together",
  quarantined: (inbox: number, source: string, text: string, why: string) =>
    `A message (no. ${inbox}, from ${source}) was set aside: ${why}. What it says: ${text}`,
  radioDown: (reason: string) => `The radio is not reachable: ${reason}. What is written here waits until it is back.`,
  radioSilent: "The radio's port is open but it says nothing. Trying to bring it back.",
  radioBack: "The radio is back.",
  regionUnset: "The radio's region is not set, so it neither sends nor receives. Set it with the Meshtastic app.",
  firmwareAlarm: (version: string) =>
    `The radio's firmware ${version} has known holes (keys can be guessed, CVE-2025-52464). Update it to 2.7.15 or newer before trusting direct messages.`,
  firmwareWarning: (version: string) => `The radio's firmware ${version} is older than 2.7.15: update it when you can.`,
  nodeChanged: (before: string, after: string) =>
    `The radio now has the number ${after} (before: ${before}). Residents' radios have to hear it once before direct messages work again.`,
  encryptedRoom: (room: string) =>
    `The room ${room} is encrypted, which this version cannot read or write. Use a room without encryption; messages for it wait.`,
  roomHeld: (room: string, reason: string) => `Messages for ${room} wait: ${reason}.`,
  roomBack: (room: string) => `Messages for ${room} flow again.`,
  inALine: "said in one line with others'",
  superseded: "a newer one took its place",
  waitedTooLong: "it waited too long for its turn on the air",
  expired: (text: string) => `Not sent: "${clipped(text, 60)}": it waited too long for its turn on the air.`,
  outOfReach: (reason: string, hours: number) =>
    `${reason}; it will be said again when that radio is heard, for ${hours} h`,
  neverHeardAgain: (text: string) =>
    `Given up: "${clipped(text, 60)}" was not acknowledged, and that radio has not answered since.`,
  waits: {
    surge: "Many residents are reporting in by radio: this waits until the air is free again.",
    busy: "The radio channel is busy: this waits until it is calmer.",
    budget: "This hour's airtime is used up: this waits until there is room again.",
    duty: "The airtime that the law allows in an hour is used up: this waits until there is room again.",
    refused: "The airtime that the law allows in an hour is used up: this waits until there is room again.",
  },
  strandedRoom: (room: string) => `the config no longer names the room ${room}`,

  machine: (name: string, unproven: boolean, message: string) =>
    `${name}${unproven ? " (not proven)" : ""} says by a program: ${message}`,

  // on the air
  optedOut: "Your channel words stay out of Matrix from now on; calls for help do not. Undo: !matrix",
  optedIn: "Your channel words are shown in Matrix again. Undo: !nomatrix",
  mutedReceipt: (reason: string) => `Not passed on: operators muted this radio (${reason}). SOS still works.`,
  heard: (time: string | undefined) => `Heard${time === undefined ? "" : ` ${time}`}:`,
  receipt: (time: string | undefined, references: readonly string[]) =>
    time !== undefined && references.length === 1
      ? `Stored ${time}, ${references[0]}.`
      : `Stored ${references.join(" ")}.`,
  distressReceipt: (time: string | undefined, reference: string) =>
    `Stored${time === undefined ? "" : ` ${time}`}, ${reference}. Call for help: passing it to people now.`,
  distressReceiptOnChannel: (name: string, reference: string) =>
    `${name}: heard you, ${reference}. Answer by direct message is not possible yet.`,
  unread: (reference: string) => `Stored ${reference}, but nobody reads direct messages here yet. Use the channel.`,
  pong: (hops: number | undefined, snr: number | undefined) =>
    `pong: ${hops === undefined ? "hops unknown" : hops === 0 ? "heard directly" : `${hops} hop${hops === 1 ? "" : "s"}`}` +
    (snr === undefined ? "" : `, SNR ${snr.toFixed(1)} dB`),
} as const;
