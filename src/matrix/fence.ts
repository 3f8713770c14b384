// The fence between two copies of one gateway: a mark in the account data of the gateway's own Matrix user, which every copy reads when
// it logs in and now and then. The mark names the newest copy (`epoch`, raised by each restoration) and the machine it runs on.
//
//   mark older, or none   → it becomes ours
//   mark newer            → we have been replaced: stop for good
//   same copy, other box  → the card or disk was cloned: nobody can tell which is meant, so the one that comes second stops
//
// A homeserver that cannot be reached or keeps no account data fences nobody off: a gateway must work without one.

import type { Homeserver } from "./homeserver.ts";
import { object } from "./json.ts";

/** This copy of the gateway, on this machine. */
export interface Claim {
  readonly gatewayId: string;
  readonly epoch: number;
  /** Names the machine without telling which it is. */
  readonly machine: string;
}

type Account = Pick<Homeserver, "act">;

/** Why this copy must stop, in words for operators; undefined when it may go on. `user`: whose account holds the mark. */
export async function checkFence(homeserver: Account, user: string, claim: Claim): Promise<string | undefined> {
  const path = `/v3/user/${encodeURIComponent(user)}/account_data/org.muster.gateway.${claim.gatewayId}`;
  const read = await homeserver.act("GET", path);
  if (!read.ok && read.refusal.is !== "not-found") return undefined;
  const mark = read.ok ? object(read.value) : {};
  const words = conflict(claim, mark);
  if (words !== undefined) return words;
  if (mark["epoch"] !== claim.epoch || mark["machine"] !== claim.machine)
    await homeserver.act("PUT", path, { epoch: claim.epoch, machine: claim.machine });
  return undefined;
}

function conflict(claim: Claim, mark: Readonly<Record<string, unknown>>): string | undefined {
  const epoch = Number(mark["epoch"] ?? 0);
  if (epoch > claim.epoch)
    return `this gateway was restored elsewhere: copy ${epoch} runs now, and this is copy ${claim.epoch}. Use that one. If it is gone for good: muster restore --take-over`;
  if (epoch === claim.epoch && mark["machine"] !== claim.machine)
    return `the same gateway ran on another machine before. If that one is gone for good, or its disk is in this one now: muster restore --take-over`;
  return undefined;
}
