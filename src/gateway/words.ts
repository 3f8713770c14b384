// Everything that the gateway itself says to people, in one place: short, honest, and saying what to do.
// On the air every byte counts: those texts are ASCII and fit any packet.

import { clipped, firstLetters } from "#base/text.ts";

export const WORDS = {
  // towards Matrix
  conflict: "⚠ another text under a packet number already used: ",
  unverified: "(sender not verified) ",
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
    `Not sent: ${bytes} bytes, the limit here is ${limit}. Shorten it by ${bytes - limit} (letters with accents take 2 bytes, emoji 4).`,
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
  quarantined: (inbox: number, source: string, text: string) =>
    `A message (no. ${inbox}, from ${source}) could not be handled three times and was set aside. What it says: ${text}`,
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
  strandedRoom: (room: string) => `the config no longer names the room ${room}`,

  // on the air
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
