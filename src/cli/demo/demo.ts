// `muster demo` (npm start): the whole thing on this machine, without a radio and without a config. An emulated street
// behind a gateway radio on a pty, the real gateway, a real Synapse with two neighbours in a room, and a transcript of
// both sides. Everything lives in the cache folder and ends with Ctrl-C.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemClock, wallClock } from "#base/clock.ts";
import { textOf } from "#base/bytes.ts";
import { nodeId } from "#base/ids.ts";
import { createLog } from "#base/log.ts";
import { seededRandom, systemRandom } from "#base/random.ts";
import { inventIdentities } from "#emulator/identity.ts";
import { stringify } from "yaml";
import { parseConfig } from "#cli/config/config.ts";
import { Neighbour } from "./people.ts";
import { EmulatedStreet, type EmulateOptions } from "#cli/emulate/streams.ts";
import { startGateway, type RunningGateway } from "#cli/service/gateway.ts";
import { untilSignalled } from "#cli/service/service.ts";
import { ensureSynapse, startSynapse, SynapseUnavailable, type Synapse } from "./synapse.ts";
import { Failure, type Cli, type DefineVerb } from "#cli/verb.ts";

export const defineDemo: DefineVerb = (command, cli) => {
  command.action(async () => runDemo(cli));
};

const CACHE = fileURLToPath(new URL("../../../.cache", import.meta.url));
const SERVER = "street.lan";
/** The same people at every start, as the database remembers them; what they send is new every time. */
const PEOPLE = 5;

/** What was started, to be stopped in the opposite order. */
type Ends = (() => Promise<unknown>)[];

async function runDemo(cli: Cli): Promise<void> {
  const ends: Ends = [];
  const stop = new AbortController();
  const signalled = untilSignalled().then(() => stop.abort());
  try {
    await Promise.race([walk(cli, ends, stop.signal), signalled]);
    await signalled;
    cli.answer("\nStopping …");
  } finally {
    stop.abort();
    for (const end of ends.toReversed()) await end();
  }
}

async function walk(cli: Cli, ends: Ends, signal: AbortSignal): Promise<void> {
  const say = cli.answer;
  const folder = join(CACHE, "demo");
  mkdirSync(folder, { recursive: true });
  say("Muster demo: a street of handheld radios, the gateway, and a Matrix homeserver, all on this machine.\n");
  const [street, matrix] = await Promise.all([openStreet(folder, ends, cli), openMatrix(folder, ends, cli)]);
  if (signal.aborted) return;
  const gateway = openGateway(folder, street, matrix, cli, ends);
  await untilReady(gateway, matrix !== undefined, signal);
  await converse(street, matrix, say, signal);
}

// ───────────────────────────── the street ─────────────────────────────

interface DemoStreet {
  readonly emulated: EmulatedStreet;
  readonly pty: string | undefined;
  readonly port: number;
  readonly residents: readonly { readonly id: string; readonly name: string }[];
  /** Called for every line that the emulator prints. */
  listen(hear: (line: Readonly<Record<string, unknown>>) => void): void;
}

async function openStreet(folder: string, ends: Ends, cli: Cli): Promise<DemoStreet> {
  const listeners: ((line: Readonly<Record<string, unknown>>) => void)[] = [];
  const pty = join(folder, "radio");
  rmSync(pty, { force: true });
  const outputs = {
    line: (line: Readonly<Record<string, unknown>>) => {
      for (const hear of listeners) hear(line);
    },
    say: (words: string) => cli.say(words),
  };
  const seed = systemRandom.u32();
  const options = (ptys: readonly string[]): EmulateOptions => ({
    listen: { host: "127.0.0.1", port: 0 },
    ptys,
    clock: systemClock(),
    street: { seed, firmware: "2.7", identities: inventIdentities(seededRandom(PEOPLE), "2.7", 1, 3) },
  });
  let usedPty: string | undefined = pty;
  const emulated = await EmulatedStreet.start(options([pty]), outputs).catch((error: unknown) => {
    usedPty = undefined;
    cli.say(`No serial port can be emulated here (${words(error)}); the radio is reached by TCP instead.`);
    return EmulatedStreet.start(options([]), outputs);
  });
  ends.push(() => emulated.stop());
  const ready = emulated.ready(seed) as { listen: string };
  return {
    emulated,
    pty: usedPty,
    port: Number(ready.listen.split(":").at(-1)),
    residents: emulated.street.handhelds.map((handheld) => ({
      id: nodeId(handheld.node.num),
      name: textOf(handheld.node.user.longName ?? new Uint8Array()),
    })),
    listen: (hear) => listeners.push(hear),
  };
}

// ───────────────────────────── Matrix ─────────────────────────────

interface DemoMatrix {
  readonly synapse: Synapse;
  readonly maria: Neighbour;
  readonly bot: { readonly userId: string; readonly accessToken: string };
  readonly room: string;
  readonly operators: string;
}

/** Undefined, after saying why, when there can be no Synapse here: the gateway then keeps what is for Matrix. */
async function openMatrix(folder: string, ends: Ends, cli: Cli): Promise<DemoMatrix | undefined> {
  try {
    const home = await ensureSynapse(CACHE, cli.say);
    const synapse = await startSynapse({ home, dir: join(folder, "synapse"), serverName: SERVER, rateLimits: "off" });
    ends.push(() => synapse.stop());
    const bot = await synapse.registerUser("muster");
    const maria = new Neighbour(synapse.baseUrl, await synapse.registerUser("maria"));
    await maria.callMyself("Maria");
    const room = await maria.room("street", "Elm Street", [bot.userId]);
    const operators = await maria.room("operators", "Elm Street operators", [bot.userId]);
    return { synapse, maria, bot, room, operators };
  } catch (error) {
    if (!(error instanceof SynapseUnavailable)) throw error;
    cli.say(`There is no Matrix homeserver in this demo: ${error.message}`);
    cli.say("What the radios say is kept meanwhile, and would be shown as soon as a homeserver is there.");
    return undefined;
  }
}

// ───────────────────────────── the gateway ─────────────────────────────

function openGateway(
  folder: string,
  street: DemoStreet,
  matrix: DemoMatrix | undefined,
  cli: Cli,
  ends: Ends,
): RunningGateway {
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, matrix?.bot.accessToken ?? "none", { mode: 0o600 });
  const file = join(folder, "muster.yaml");
  const config = stringify({
    node: { name: "Elm Street", timezone: "UTC" },
    meshtastic:
      street.pty === undefined
        ? { connection_type: "tcp", host: "127.0.0.1", port: street.port }
        : { connection_type: "serial", serial_port: street.pty },
    uplinks: [
      {
        name: "street",
        homeserver: matrix?.synapse.baseUrl ?? "http://127.0.0.1:8008",
        mode: "bot",
        user_id: `@muster:${SERVER}`,
        access_token_file: tokenFile,
        operators_room: matrix?.operators ?? `#operators:${SERVER}`,
        matrix_rooms: [{ id: matrix?.room ?? `#street:${SERVER}`, meshtastic_channel: 0 }],
      },
    ],
    database: { path: join(folder, "muster.db") },
    control: { socket: join(folder, "control.sock") },
    http: { listen: "127.0.0.1:0" },
  });
  writeFileSync(file, config);
  const read = parseConfig(config, file);
  if (!read.ok)
    throw new Failure(`The demo's own config is refused: ${read.findings.map((each) => each.message).join("; ")}`);
  const gateway = startGateway(read.settings, {
    log: createLog("error", cli.say),
    clockRate: 1,
    fatal: (error) => {
      cli.say(`A bug of ours ended the demo: ${words(error)}`);
      process.exit(1);
    },
    replaced: (why) => {
      cli.say(`The demo ends: ${why}`);
      process.exit(1);
    },
  });
  ends.push(() => gateway.stop());
  return gateway;
}

const READY_WITHIN = 60_000;

async function untilReady(gateway: RunningGateway, withMatrix: boolean, signal: AbortSignal): Promise<void> {
  const end = wallClock.now() + READY_WITHIN;
  while (!signal.aborted) {
    const status = gateway.answer("status", {}) as { radio: { state: string }; uplinks: { state: string }[] };
    if (status.radio.state === "ready" && (!withMatrix || status.uplinks[0]?.state === "ready")) return;
    if (wallClock.now() > end)
      throw new Failure("The gateway did not find the emulated radio or the homeserver within a minute.");
    await new Promise<void>((resolve) => {
      wallClock.after(50, resolve);
    });
  }
}

// ───────────────────────────── the conversation ─────────────────────────────

async function converse(
  street: DemoStreet,
  matrix: DemoMatrix | undefined,
  say: Cli["answer"],
  signal: AbortSignal,
): Promise<void> {
  const [ana, ben] = street.residents as [DemoStreet["residents"][number], DemoStreet["residents"][number]];
  const names = new Map(street.residents.map(({ id, name }) => [id, name]));
  const line = (who: string, does: string, text: string): void => say(`${who.padEnd(28)} ${does.padEnd(14)} ${text}`);
  const nameOf = (id: unknown): string => names.get(String(id)) ?? "the gateway";
  street.listen((event) => {
    const { at, node, from, text } = event;
    if (at !== "received" || node !== ana.id || typeof text !== "string") return;
    line(`${ana.name}, handheld`, "shows", `${nameOf(from)}: ${text}`);
  });
  const onAir = (id: string, text: string, to = "^all"): void => {
    line(`${nameOf(id)}, handheld`, to === "^all" ? "types" : "types directly", text);
    street.emulated.commandLine(JSON.stringify({ node: id, to, channel: 0, text }));
  };
  if (!matrix) {
    onAir(ana.id, "ok, 3 at home, roof leaks");
    say("\nKept for Matrix. Ctrl-C ends the demo.");
    return;
  }
  const watching = matrix.maria.watch((seen) => {
    const where = seen.room === matrix.operators ? "operators' room" : "room";
    if (seen.sender !== matrix.maria.userId) line(`Matrix, ${where}`, "shows", seen.body);
    if (seen.body.includes("roof leaks")) void answerOnce();
  }, signal);
  let answered = false;
  const answerOnce = async (): Promise<void> => {
    if (answered) return;
    answered = true;
    line("Maria in Matrix", "writes", "Ben comes with a tarp at 5");
    await matrix.maria.say(matrix.room, "Ben comes with a tarp at 5");
  };
  onAir(ana.id, "ok, 3 at home, roof leaks");
  offerTyping((text) => onAir(ben.id, text), say);
  await watching.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** What is typed into a terminal goes out as if a resident had typed it on a handheld. */
function offerTyping(said: (text: string) => void, say: Cli["answer"]): void {
  say("\nType a line to say it on the second handheld. Ctrl-C ends the demo.\n");
  const input = createInterface({ input: process.stdin });
  input.on("line", (text) => {
    if (text.trim() !== "") said(text.trim());
  });
  input.on("close", () => undefined);
  process.stdin.unref?.();
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
