// Every length limit of the air, in one table. All are bytes of the Data.payload that the host hands to the radio.
//
// Where the numbers come from (Meshtastic firmware 2.7/2.8, mesh-pb-constants.h, Router.cpp; meshtastic-facts §2.2):
// a LoRa frame is 255 bytes, 16 of them header; what is left, 239, holds the encoded Data message.
// Data itself spends bytes on the port number (2 for ports below 128, 3 above), the payload's tag and length (3),
// and the `bitfield` that the firmware adds (2). An encrypted direct message loses 12 more to its nonce and tag.
// Firmware 2.8 adds a signature of 64 + 2 bytes to a broadcast only while it still fits, so a longer broadcast is
// sent unsigned and is judged by that (wire-facts §6 trap 9).

/** Text to a channel, port 1. */
export const MAX_TEXT_BROADCAST = 232;

/** Text in a direct message that is encrypted to a public key, port 1. */
export const MAX_TEXT_DIRECT = 220;

/** Bytes to a channel on a private port (256 and above costs one byte more). */
export const MAX_PRIVATE_BROADCAST = 231;

/** Bytes in an encrypted direct message on a private port. */
export const MAX_PRIVATE_DIRECT = 219;

/** The longest text to a channel that firmware 2.8 still signs. */
export const MAX_SIGNED_TEXT = 166;

/** The longest broadcast on a private port that firmware 2.8 still signs. */
export const MAX_SIGNED_PRIVATE = 165;

/** What Data.reply_id (fixed32 and its tag) takes away from any of the above. */
export const REPLY_ID_BYTES = 5;

/** What Data.emoji (fixed32 and its tag) takes away from any of the above. */
export const EMOJI_BYTES = 5;
