// muster wire send|received: messages for machines over the running service's radio.

import type { Command } from "commander";
import { parseNodeId } from "#base/ids.ts";
import type { Door } from "#gateway/inputs.ts";
import { machinesView } from "#gateway/machines.ts";
import { EVERYONE } from "#gateway/turn.ts";
import type { Store } from "#store/store.ts";
import { fromJson } from "#wire/json.ts";
import { encodeMessage } from "#wire/message.ts";
import { wordsFor } from "#wire/refusals.ts";
import { askService } from "#cli/ask.ts";
import { answerJson, numberOption, UsageError, type Cli } from "#cli/verb.ts";

interface SendOptions {
  readonly to?: string;
  readonly channel: number;
  readonly text?: true;
}

export function defineSend(command: Command, cli: Cli): void {
  command
    .description("say a message (JSON as decode prints it) to other gateways and programs, by radio")
    .argument("<json>", "the message")
    .option("--to <!node>", "to this node alone; otherwise to everyone on the channel")
    .option("--channel <n>", "the channel, 0-7", numberOption("--channel", 0, 7), 0)
    .option("--text", "armoured inside a text: only direct, or on a channel declared for machines")
    .option("--json", "the same; there is no other form")
    .action(async (given: string, { to, channel, text }: SendOptions) => {
      const answer = await askService(cli, "wire-send", {
        message: jsonOf(given),
        to,
        channel,
        carrier: text ? "text" : "port",
      });
      answerJson(cli, answer);
    });
}

export function defineReceived(command: Command, cli: Cli): void {
  command
    .description("what other gateways and programs said, who vouches for it, and what was refused")
    .option("--json", "the same; there is no other form")
    .action(async () => answerJson(cli, await askService(cli, "wire-received", {})));
}

function jsonOf(given: string): unknown {
  try {
    return JSON.parse(given) as unknown;
  } catch {
    throw new UsageError("That is not JSON.");
  }
}

/** The two verbs inside the service; undefined for any other. Throws in words for what cannot be said. */
export function answerWire(door: Door, store: Store, verb: string, args: Readonly<Record<string, unknown>>): unknown {
  if (verb === "wire-received") return machinesView(store, 0);
  if (verb !== "wire-send") return undefined;
  const message = fromJson(args["message"]);
  if (!message.ok) throw new Error(`That is no message: ${wordsFor(message.refusal)}.`);
  const encoded = encodeMessage(message.value);
  if (!encoded.ok) throw new Error(`That message cannot be said: ${wordsFor(encoded.refusal)}.`);
  const { to, channel, carrier } = args;
  const node = typeof to === "string" ? parseNodeId(to) : EVERYONE;
  if (node === undefined) throw new Error(`"${String(to)}" is no node: write it like !a1b2c3d4.`);
  door.report({
    kind: "machine-send",
    message: message.value,
    to: node,
    channel: typeof channel === "number" ? channel : 0,
    carrier: carrier === "text" ? "text" : "port",
  });
  return { queued: true, bytes: encoded.value.length };
}
