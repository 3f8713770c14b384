// What people are told when the gateway's own disk or machine is in trouble: what happened, what is missing, what to do.

import { clipped } from "#base/text.ts";

export const CARE = {
  damaged: "damaged on disk",
  damagedText: (text: string) => `(damaged on disk) ${text}`,
  historyDamaged:
    "Some stored messages were damaged on the disk. They are marked; nothing was sent from them. The disk may be failing: look at dmesg, and think of a new SD card.",
  writeAgain: (text: string) =>
    `Not sent: "${clipped(text, 60)}" was damaged on the gateway's disk while it waited. Please write it again.`,
  unsentDamaged: (origin: string, text: string) =>
    `A message from ${origin} was damaged on the disk before it could be passed on. It said: ${text}`,
  recovered: (words: string) => `The database was damaged and has been repaired. ${words}`,
  diskFull:
    "The disk is full. Old and unimportant messages are being given up, so that calls for help can still be stored. Make room: journalctl --vacuum-size=100M, apt-get clean.",
  diskBack: (gone: string) => `There is room on the disk again.${gone === "" ? "" : ` Given up meanwhile: ${gone}.`}`,
  noRoom: "given up because the gateway's disk is full",
  gaveUp: (text: string, others: number) =>
    `Not sent: "${clipped(text, 60)}"${others === 0 ? " was" : ` and ${others} more of yours were`} given up because the gateway's disk is full.`,
} as const;
