// A text that no room takes is still accepted, and can be asked about.

import { nodeId } from "#base/ids.ts";
import type { MessageClass } from "#domain/message.ts";
import { addLedgerRow, moveLedger } from "#store/ledger.ts";
import type { MeshPacket } from "./inputs.ts";
import type { Turn } from "./turn.ts";

/** The ledger row of a text that has nowhere to go; it says what the operator can do. */
export function noRoomRow(
  turn: Turn,
  packet: MeshPacket,
  text: string,
  messageClass: MessageClass,
  inbox: number,
  direct: boolean,
): number {
  const ledger = addLedgerRow(
    turn.store,
    {
      class: messageClass,
      direction: "mesh-to-matrix",
      origin: `mesh:${nodeId(packet.from)}`,
      destination: "matrix:-/-",
      text,
      packetId: packet.id,
      inbox,
    },
    turn.now,
  );
  const reason = direct
    ? "no uplink has an operators_room for direct messages: set one in the config"
    : `no room is bridged to channel ${packet.channel}: add one to matrix_rooms in the config`;
  moveLedger(turn.store, ledger, "failed", reason, turn.now);
  return ledger;
}
