// muster wire decode|encode|vectors: the language of src/wire at the fingertips of whoever writes another program for it.

import { readdirSync, readFileSync } from "node:fs";
import type { Command } from "commander";
import { fromHex, toHex } from "#base/bytes.ts";
import { parseNodeId, nodeNum, type NodeNum } from "#base/ids.ts";
import { armour, dearmour, looksArmoured } from "#wire/armour.ts";
import { checkProof, openEnvelope, sealMessage, type Envelope, type Keyring, type Seal } from "#wire/envelope.ts";
import { fromJson, toJson } from "#wire/json.ts";
import { decodeBody } from "#wire/message.ts";
import { signingKey, VERSION, type GroupKey } from "#wire/proof.ts";
import { wordsFor, type Refusal } from "#wire/refusals.ts";
import { demandOf } from "#wire/schema.ts";
import { answerJson, Failure, UsageError, type Cli, type DefineVerb } from "#cli/verb.ts";
import { defineReceived, defineSend } from "#cli/service/wire.ts";
import { namesIn } from "./names.ts";

interface DecodeOptions {
  readonly key?: readonly string[];
  readonly signer?: readonly string[];
  readonly sender?: string;
}

interface EncodeOptions {
  readonly json?: true;
  readonly text?: true;
  readonly key?: string;
  readonly sender?: string;
  readonly sign?: string;
  readonly counter?: string;
}

export const defineWire: DefineVerb = (command, cli) => {
  defineDecode(command.command("decode"), cli);
  defineEncode(command.command("encode"), cli);
  defineSend(command.command("send"), cli);
  defineReceived(command.command("received"), cli);
  command
    .command("vectors")
    .description("print the golden vectors (hex, value, carrier, proof) as one JSON array")
    .option("--json", "the same; there is no other form")
    .action(() => answerJson(cli, goldenVectors()));
};

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function defineDecode(command: Command, cli: Cli): void {
  command
    .description("print a message as JSON: names, sizes, who vouches for it; or why it is refused, and at which byte")
    .argument("<hex>", 'the bytes in hexadecimal, or an armoured text; "-" reads it from standard input')
    .option("--key <id:hex>", "a group key, to check a MAC with (repeatable)", several)
    .option("--signer <hex>", "an Ed25519 public key, to check a signature with (repeatable)", several)
    .option("--sender <!node>", "the node that sent it, for a MAC")
    .option("--json", "the same; there is no other form")
    .action((given: string, options: DecodeOptions) => decode(cli, inputOf(given), options));
}

function defineEncode(command: Command, cli: Cli): void {
  command
    .description("print the bytes of a message given as JSON (or as decode prints it), in hexadecimal")
    .argument("<json>", 'the message; "-" reads it from standard input')
    .option("--text", "print it armoured, as it goes inside an ordinary text")
    .option("--key <id:hex>", "prove it with a group key")
    .option("--sender <!node>", "the node that will send it, for a MAC")
    .option("--sign <hex>", "sign it with an Ed25519 seed of 32 bytes")
    .option("--counter <n>", "the proof's counter", "1")
    .option("--json", "print {hex, bytes, text, characters}")
    .action((given: string, options: EncodeOptions) => encode(cli, inputOf(given), options));
}

/** The argument itself, or what standard input has. */
function inputOf(given: string): string {
  return given === "-" ? readFileSync(0, "utf8").trim() : given;
}

function refuse(cli: Cli, refusal: Refusal): void {
  const { reason, at, field } = refusal;
  answerJson(cli, { refused: reason, at, ...(field === undefined ? {} : { field }), words: wordsFor(refusal) });
  cli.finish(1);
}

function decode(cli: Cli, given: string, options: DecodeOptions): void {
  const armoured = looksArmoured(given);
  const unarmoured = armoured ? dearmour(given) : undefined;
  if (unarmoured?.ok === false) return refuse(cli, unarmoured.refusal);
  const bytes = unarmoured?.value ?? fromHex(given);
  if (bytes === undefined) throw new UsageError("That is neither hexadecimal nor an armoured text.");
  const envelope = openEnvelope(bytes);
  if (!envelope.ok) return refuse(cli, envelope.refusal);
  const { body, form } = envelope.value;
  const message = decodeBody(bytes, 1, 1 + body.length);
  if (!message.ok) return refuse(cli, message.refusal);
  const proof = bytes.length - 1 - body.length;
  answerJson(cli, {
    message: toJson(message.value),
    names: namesIn(message.value),
    version: VERSION,
    carrier: armoured ? "text" : "port",
    sizes: {
      bytes: bytes.length,
      marker: 1,
      message: body.length,
      proof,
      characters: armoured ? given.length : armour(bytes).length,
    },
    proof: form,
    vouchedBy: vouchedBy(envelope.value, options),
    demands: demandOf(message.value.type),
  });
}

function vouchedBy(envelope: Envelope, options: DecodeOptions): Record<string, unknown> {
  if (envelope.form === "bare") return { by: "nobody" };
  const { counter } = envelope;
  const keyId = typeof envelope.keyId === "number" ? envelope.keyId : toHex(envelope.keyId);
  const by = envelope.form === "mac" ? "group-key" : "signature";
  if (envelope.form === "mac" && options.sender === undefined) {
    return { by, keyId, counter, checked: "no: a MAC is checked with --sender and --key" };
  }
  const checked = checkProof(envelope, keyring(options), senderOf(options.sender));
  return { by, keyId, counter, checked: checked.ok ? "yes" : `no: ${wordsFor(checked.refusal)}` };
}

function keyring(options: DecodeOptions): Keyring {
  return {
    group: (options.key ?? []).map(groupKey),
    signers: (options.signer ?? []).map((hex) => bytesOf(hex, 32, "--signer")),
  };
}

function bytesOf(hex: string, length: number, option: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes?.length !== length) throw new UsageError(`${option} takes ${length} bytes in hexadecimal.`);
  return bytes;
}

function groupKey(given: string): GroupKey {
  const match = /^([0-9]{1,3}):([0-9a-fA-F]+)$/.exec(given);
  if (!match || Number(match[1]) > 255)
    throw new UsageError("--key takes a number from 0 to 255, a colon, and 32 bytes in hexadecimal.");
  return { id: Number(match[1]), secret: bytesOf(match[2]!, 32, "--key") };
}

function senderOf(given: string | undefined): NodeNum {
  if (given === undefined) return nodeNum(0);
  const sender = parseNodeId(given);
  if (sender === undefined) throw new UsageError("--sender takes a node like !0a1b2c3d.");
  return sender;
}

function encode(cli: Cli, given: string, options: EncodeOptions): void {
  const message = fromJson(messageOf(given));
  if (!message.ok) return refuse(cli, message.refusal);
  const sealed = sealMessage(message.value, sealOf(options));
  if (!sealed.ok) return refuse(cli, sealed.refusal);
  const hex = toHex(sealed.value);
  const text = armour(sealed.value);
  if (options.json) answerJson(cli, { hex, bytes: sealed.value.length, text, characters: text.length });
  else cli.answer(options.text ? text : hex);
}

/** The message in JSON text: itself, or inside what decode prints. */
function messageOf(given: string): unknown {
  try {
    const value: unknown = JSON.parse(given);
    const isOutput = typeof value === "object" && value !== null && "message" in value;
    return isOutput ? value.message : value;
  } catch {
    throw new UsageError("That is not JSON.");
  }
}

function sealOf(options: EncodeOptions): Seal {
  const counter = Number(options.counter);
  if (options.key !== undefined) {
    if (options.sender === undefined) throw new UsageError("A group MAC binds the sender: --sender is needed.");
    return { form: "mac", key: groupKey(options.key), sender: senderOf(options.sender), counter };
  }
  if (options.sign !== undefined) {
    return { form: "signature", key: signingKey(bytesOf(options.sign, 32, "--sign")), counter };
  }
  return { form: "bare" };
}

function goldenVectors(): readonly unknown[] {
  const folder = new URL("../../../test/vectors/wire/", import.meta.url);
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as unknown[]);
  } catch {
    throw new Failure("The golden vectors are part of the source tree (test/vectors/wire), and it is not here.");
  }
}
