// A radio that follows a script: enough of the far end of the protocol to test the link and the lines with, sans-IO. It keeps
// a session only after want_config, as the firmware does, and hands a packet over once.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";

import { BROADCAST } from "#base/ids.ts";
import { concatBytes, utf8 } from "#base/bytes.ts";
import { framed } from "#radio/framing.ts";
import { read } from "#radio/packets.ts";
import { AdminMessageSchema, FromRadioSchema, MeshPacketSchema, PORT, ToRadioSchema } from "#radio/schemas.ts";
import type { MeshPacketMessage, ToRadio } from "#radio/schemas.ts";

export const OWN = 0x1234_5678;

/** A FromRadio as a frame. */
export function fromRadio(payloadVariant: unknown): Uint8Array {
  const message = create(FromRadioSchema, { payloadVariant } as MessageInitShape<typeof FromRadioSchema>);
  return framed(toBinary(FromRadioSchema, message));
}

/** A mesh packet from a handheld, as a frame. */
export function packetFrame(fields: {
  from?: number;
  to?: number;
  id: number;
  portnum?: number;
  payload: Uint8Array;
}): Uint8Array {
  const { from = 0xaaaa_0001, to = BROADCAST, id, portnum = 1, payload } = fields;
  const decoded = { case: "decoded", value: { portnum, payload, bitfield: 0 } };
  return fromRadio({
    case: "packet",
    value: { from, to, id, payloadVariant: decoded, rxRssi: -60, hopLimit: 3, hopStart: 3 },
  });
}

export function textFrame(id: number, text: string): Uint8Array {
  return packetFrame({ id, payload: utf8(text) });
}

export class ScriptedRadio {
  node = OWN;
  rebootCount = 1;
  firmware = "2.7.26.54e0d8d";
  session = false;
  /** Answers nothing at all. */
  mute = false;
  /** Answers, but not admin messages. */
  managed = false;
  readonly heard: ToRadio["payloadVariant"][] = [];
  readonly waiting: Uint8Array[] = [];
  #input: Uint8Array = new Uint8Array(0);

  /** What the host wrote; the answer's bytes. */
  receive(bytes: Uint8Array): Uint8Array {
    const answers: Uint8Array[] = [];
    this.#input = concatBytes([this.#input, bytes]);
    for (;;) {
      const start = this.#input.indexOf(0x94);
      if (start < 0 || this.#input.length < start + 4) break;
      const end = start + 4 + this.#input[start + 2]! * 256 + this.#input[start + 3]!;
      if (this.#input.length < end) break;
      const payload = this.#input.slice(start + 4, end);
      this.#input = this.#input.slice(end);
      // What is not a ToRadio is ignored in silence, as by the firmware.
      const message = read(ToRadioSchema, payload);
      if (message) answers.push(...this.#handle(message.payloadVariant));
    }
    return this.mute ? new Uint8Array(0) : concatBytes(answers);
  }

  /** Something to say: now if there is a session, after the next handshake otherwise. */
  say(frame: Uint8Array): Uint8Array {
    if (this.session && !this.mute) return frame;
    this.waiting.push(frame);
    return new Uint8Array(0);
  }

  reboot(): void {
    this.session = false;
    this.rebootCount++;
    this.#input = new Uint8Array(0);
  }

  #handle(variant: ToRadio["payloadVariant"]): Uint8Array[] {
    if (this.mute) return [];
    this.heard.push(variant);
    if (variant.case === "wantConfigId") return this.#configure(variant.value);
    if (variant.case === "heartbeat") return [this.#queueStatus(0)];
    if (variant.case === "disconnect") this.session = false;
    return variant.case === "packet" ? this.#take(variant.value) : [];
  }

  #configure(nonce: number): Uint8Array[] {
    this.session = true;
    const { node, rebootCount, firmware } = this;
    return [
      fromRadio({ case: "myInfo", value: { myNodeNum: node, rebootCount } }),
      fromRadio({
        case: "nodeInfo",
        value: { num: node, user: { longName: "Gate", shortName: "G", publicKey: new Uint8Array(32).fill(7) } },
      }),
      fromRadio({ case: "metadata", value: { firmwareVersion: firmware } }),
      fromRadio({ case: "channel", value: { index: 0, role: 1, settings: { psk: Uint8Array.of(1), name: "" } } }),
      fromRadio({
        case: "channel",
        value: { index: 1, role: 2, settings: { psk: new Uint8Array(32).fill(9), name: "Relief" } },
      }),
      fromRadio({
        case: "config",
        value: { payloadVariant: { case: "lora", value: { usePreset: true, region: 3, hopLimit: 3 } } },
      }),
      ...(nonce === 69420
        ? []
        : [fromRadio({ case: "nodeInfo", value: { num: 0xaaaa_0001, user: { longName: "Rosa", shortName: "R" } } })]),
      fromRadio({ case: "configCompleteId", value: nonce }),
      ...this.waiting.splice(0),
    ];
  }

  #take(packet: MeshPacketMessage): Uint8Array[] {
    const answers = [this.#queueStatus(packet.id)];
    const data = packet.payloadVariant.case === "decoded" ? packet.payloadVariant.value : undefined;
    if (!this.session || !data || packet.to !== this.node || this.managed) return answers;
    if (data.portnum === PORT.admin) {
      const asked = fromBinary(AdminMessageSchema, data.payload).payloadVariant.case;
      if (asked === "rebootSeconds") this.reboot();
    }
    const ack = {
      case: "decoded",
      value: { portnum: PORT.routing, payload: Uint8Array.of(0x18, 0), requestId: packet.id },
    };
    answers.push(fromRadio({ case: "packet", value: { from: this.node, to: this.node, id: 99, payloadVariant: ack } }));
    return answers;
  }

  #queueStatus(meshPacketId: number): Uint8Array {
    return fromRadio({ case: "queueStatus", value: { res: 0, free: 15, maxlen: 16, meshPacketId } });
  }
}

/** The packets among what the radio heard. */
export function packetsHeard(radio: ScriptedRadio): MeshPacketMessage[] {
  return radio.heard.flatMap((variant) => (variant.case === "packet" ? [variant.value] : []));
}

/** A MeshPacket protobuf with fields that the npm schemas do not know. */
export function rawPacket(fields: MessageInitShape<typeof MeshPacketSchema>, extra: readonly number[]): Uint8Array {
  return concatBytes([toBinary(MeshPacketSchema, create(MeshPacketSchema, fields)), Uint8Array.from(extra)]);
}
