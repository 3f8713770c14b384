// How sure it is who spoke. The ladder of meshtastic-facts §3: a packet encrypted to us with a pinned key is its sender's; one
// with a verified signature too; what travels under a channel's key is a claim of whoever has that key.

export const TRUSTS = ["pinned", "signed", "operator", "unpinned", "changed", "private", "public"] as const;
/**
 * `pinned`: the key we keep for this radio. `signed`: its signature was verified. `operator`: in an operators' room, or at the
 * machine itself. `unpinned`: a key, and nobody has said whose.
 * `changed`: another key than the pinned one (reflashed, or somebody else). `private`, `public`: a claim on such a channel.
 */
export type Trust = (typeof TRUSTS)[number];

export interface Evidence {
  /** The packet was decrypted with this key of its sender. */
  readonly key?: Uint8Array;
  readonly pinned?: Uint8Array;
  readonly signed: boolean;
  /** The channel has a key of its own, not one of the public ones. */
  readonly privateChannel: boolean;
}

export function trustOf({ key, pinned, signed, privateChannel }: Evidence): Trust {
  if (key !== undefined) {
    if (pinned === undefined) return "unpinned";
    return same(key, pinned) ? "pinned" : "changed";
  }
  if (signed && pinned !== undefined) return "signed";
  return privateChannel ? "private" : "public";
}

/** Believed to be the member: may speak for others, may not be overridden by less. */
export function isProven(trust: Trust): boolean {
  return trust === "pinned" || trust === "signed" || trust === "operator";
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
