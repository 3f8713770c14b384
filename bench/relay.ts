// npm run bench -- relay [--json] [--only NAME,…] [--short]: what the gateway costs and how fast it is, as a whole process
// between a scripted radio on TCP and a homeserver. Names: latency, start, idle, ingest, memory, drain. `--short` divides
// the long runs by ten.
//
// The homeserver is a stub for everything but `drain`, which is against Synapse in appservice mode: there the same requests
// are sent once more, bare, by a client that does nothing else.

import { once } from "node:events";
import { Agent, createServer, request as httpRequest } from "node:http";
import { BenchGateway, BenchRadio, eventually, machine, millis, pause, quantile } from "#test/harness/relay-bench.ts";
import { testAppservice } from "#test/harness/appservice.ts";
import { testSynapse } from "#test/harness/synapse.ts";
import { ROOM, SELF, StubHomeserver } from "#test/matrix/stub-homeserver.ts";

const SAMPLES = 300;
const HANDHELDS = 20;

interface Options {
  readonly only: ReadonlySet<string>;
  readonly scale: number;
}

type Part = (options: Options) => Promise<Record<string, unknown>>;

const PARTS: Readonly<Record<string, Part>> = { latency, start, idle, ingest, memory, drain };

export async function run(argv: readonly string[]): Promise<void> {
  const only = new Set((argv[argv.indexOf("--only") + 1] ?? "").split(","));
  const options = {
    only: argv.includes("--only") ? only : new Set(Object.keys(PARTS)),
    scale: argv.includes("--short") ? 0.1 : 1,
  };
  const result: Record<string, unknown> = { machine: machine() };
  for (const [name, part] of Object.entries(PARTS)) {
    if (!options.only.has(name)) continue;
    process.stderr.write(`${name} …\n`);
    Object.assign(result, await part(options));
  }
  const text = JSON.stringify(result, null, 2);
  process.stdout.write(argv.includes("--json") ? `${text}\n` : `${words(result)}\n`);
}

function words(result: Readonly<Record<string, unknown>>): string {
  return Object.entries(result)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join("\n");
}

// ───────────────────────────── against the stub ─────────────────────────────

interface Stage {
  readonly radio: BenchRadio;
  readonly server: StubHomeserver;
  readonly gateway: BenchGateway;
  /** When each text was asked of the homeserver. */
  readonly requested: Map<string, number>;
  readonly end: () => Promise<void>;
}

async function stage(): Promise<Stage> {
  const radio = await BenchRadio.start();
  const server = new StubHomeserver();
  await server.start();
  const requested = new Map<string, number>();
  server.misbehave = (call) => {
    const at = millis();
    server.calls.length = 0;
    if (!call.path.includes("/send/m.room.message")) return false;
    const body = /"body":"(?:[^"]*\]: )?([^"]*)"/.exec(call.body)?.[1] ?? "";
    if (!requested.has(body)) requested.set(body, at);
    return false;
  };
  const gateway = new BenchGateway({
    meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: radio.port, prefix_format: "" },
    uplinks: [
      {
        name: "stub",
        homeserver: server.baseUrl,
        mode: "bot",
        user_id: SELF,
        access_token_file: "token",
        matrix_rooms: [{ id: ROOM, meshtastic_channel: 0 }],
      },
    ],
  });
  const end = async (): Promise<void> => {
    await gateway.remove();
    await server.stop();
    await radio.stop();
  };
  return { radio, server, gateway, requested, end };
}

async function latency({ scale }: Options): Promise<Record<string, unknown>> {
  const { radio, server, gateway, requested, end } = await stage();
  gateway.start();
  await gateway.ready();
  await pause(1_000);
  const count = Math.round(SAMPLES * Math.max(scale, 0.3));
  const toRequest: number[] = [];
  const written = gateway.writtenBytes();
  for (let n = 0; n < count + 20; n++) {
    const text = `there is water at the school, number m${n}`;
    const at = radio.say(n % HANDHELDS, text);
    await eventually("the request", () => requested.has(text), 10_000, 1);
    if (n >= 20) toRequest.push(requested.get(text)! - at);
    await pause(20);
  }
  await pause(500);
  const bytes = (gateway.writtenBytes() - written) / (count + 20);
  const toFrame: number[] = [];
  for (let n = 0; n < count; n++) {
    const text = `thank you, number m${n}`;
    const at = millis();
    server.say(text);
    await eventually("the frame", () => radio.texts.has(text), 60_000, 1);
    toFrame.push(radio.texts.get(text)! - at);
    await pause(20);
  }
  await end();
  return {
    frameToRequestMs: percentiles(toRequest),
    eventToFrameMs: percentiles(toFrame),
    bytesWrittenPerMessage: Math.round(bytes),
  };
}

function percentiles(values: readonly number[]): { p50: number; p99: number } {
  return { p50: round(quantile(values, 0.5)), p99: round(quantile(values, 0.99)) };
}

function round(value: number, digits = 2): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

async function start(): Promise<Record<string, unknown>> {
  const { gateway, end } = await stage();
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    const at = gateway.start();
    await eventually("the radio", async () => (await gateway.status())?.radio.state === "ready", 30_000, 5);
    times.push(millis() - at);
    await gateway.stop();
  }
  await end();
  return { startMs: Math.round(quantile(times, 0.5)) };
}

async function idle({ scale }: Options): Promise<Record<string, unknown>> {
  const { gateway, end } = await stage();
  gateway.start();
  await gateway.ready();
  await pause(5_000);
  const span = 60_000 * Math.max(scale, 0.3);
  const before = gateway.cpuMs();
  await pause(span);
  const percent = ((gateway.cpuMs() - before) / span) * 100;
  await end();
  return { idleCpuPercent: round(percent) };
}

async function ingest({ scale }: Options): Promise<Record<string, unknown>> {
  const perSecond = 500;
  const seconds = 60 * scale;
  const { radio, gateway, end } = await stage();
  gateway.start();
  await gateway.ready();
  const total = perSecond * seconds;
  const began = millis();
  for (let n = 0; n < total; n++) {
    radio.say(n % HANDHELDS, `reading m${n} of the flood`);
    const ahead = (n + 1) * (1_000 / perSecond) - (millis() - began);
    if (ahead > 5) await pause(ahead);
  }
  const kept = (): number => gateway.count("SELECT count(*) AS n FROM inbox WHERE source = 'radio'");
  await eventually("the rows", () => kept() >= total, 120_000, 20).catch(() => undefined);
  const took = (millis() - began) / 1_000;
  // What was counted must outlive the process.
  await gateway.stop("SIGKILL");
  const lost = total - gateway.count("SELECT count(*) AS n FROM inbox WHERE source = 'radio' AND body LIKE '%'");
  await end();
  return { ingest: { perSecond: round(total / took), seconds: round(took), lost } };
}

async function memory({ scale }: Options): Promise<Record<string, unknown>> {
  const { radio, server, gateway, end } = await stage();
  gateway.start();
  await gateway.ready();
  const total = Math.round(100_000 * scale);
  const settled = (): number => gateway.count("SELECT count(*) AS n FROM ledger WHERE settled_at IS NOT NULL");
  const first = gateway.rssMb();
  let middle = first;
  const batch = 500;
  for (let n = 0; n < total; n += batch) {
    for (let k = 0; k < batch; k++) radio.say((n + k) % HANDHELDS, `message m${n + k} through the ledger`);
    await eventually("the ledger", () => settled() >= n + batch, 120_000, 20);
    server.stored.clear();
    // The heap takes its size in the first tenth; after that it must not grow.
    if (n + batch === total / 2) middle = gateway.rssMb();
  }
  const last = gateway.rssMb();
  await end();
  const slope = ((last - middle) * 1024) / (total / 2);
  return { rssMb: { start: round(first, 1), after100k: round(last, 1), slopeKbPerMessage: round(slope, 4) } };
}

// ───────────────────────────── against Synapse ─────────────────────────────

const BOT = "@muster:street.lan";
const CHANNELS = 4;
/** Between two looks at the queue, ms: each costs the gateway as much as a message does. */
const POLL = 250;

async function drain({ scale }: Options): Promise<Record<string, unknown>> {
  const appservice = await testAppservice();
  const synapse = await testSynapse({ appservices: [appservice.file] });
  const ada = await synapse.person("ada");
  const rooms = await Promise.all(Array.from({ length: CHANNELS }, () => ada.createRoom({ invite: [BOT] })));
  const radio = await BenchRadio.start();
  const gateway = new BenchGateway({
    meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: radio.port },
    uplinks: [
      {
        name: "street",
        homeserver: synapse.baseUrl,
        mode: "appservice",
        registration_file: appservice.file,
        listen: appservice.listen,
        matrix_rooms: rooms.map((id, index) => ({ id, meshtastic_channel: index })),
      },
    ],
  });
  const total = Math.round(2_000 * scale);
  const queued = async (): Promise<number> => (await gateway.status())?.uplinks[0]?.queued ?? -1;
  gateway.start();
  await gateway.ready();
  // Every radio has its user before anything is measured.
  for (let n = 0; n < HANDHELDS; n++) radio.say(n, "here I am", n % CHANNELS);
  await eventually("the radios' users", async () => (await queued()) === 0);
  await pause(1_000);
  await synapse.kill();
  await eventually("the uplink to be down", async () => (await gateway.status())?.uplinks[0]?.state === "down");
  for (let n = 0; n < total; n++) {
    radio.say(n % HANDHELDS, `message m${n}`, (n % HANDHELDS) % CHANNELS);
    if (n % 50 === 0) await pause(50);
  }
  await eventually("the queue", async () => (await queued()) >= total, 300_000, 50);
  await synapse.restart();
  await eventually("the first", async () => (await queued()) < total, 120_000, 5);
  const began = millis();
  await eventually("the last", async () => (await queued()) === 0, 600_000, POLL);
  const seconds = (millis() - began) / 1_000;
  const shown = await Promise.all(rooms.map((room) => ada.bodies(room)));
  const numbers = shown.map((bodies) =>
    bodies.flatMap((body) => Number(/\bm(\d+)/.exec(body)?.[1] ?? Number.NaN)).filter((n) => n >= 0),
  );
  const ordered = numbers.every((list) => list.every((n, index) => index === 0 || n > list[index - 1]!));
  const arrived = new Set(numbers.flat()).size;
  const doubled = numbers.flat().length - arrived;
  const device = gateway.text("SELECT value AS t FROM positions WHERE name = 'device:street'");
  await gateway.stop();
  // The bare client meets the same Synapse: just started, its caches cold, and bringing its events to somebody.
  await synapse.restart();
  const nobody = await listenForNobody(appservice.listen);
  const bareSeconds = await bare(synapse.baseUrl, appservice.registration.asToken, rooms, total, device);
  nobody.close();
  await gateway.remove();
  await synapse.stop();
  await radio.stop();
  if (!ordered || doubled > 0) throw new Error(`order kept: ${ordered}, doubled: ${doubled}`);
  return {
    drain: { messages: total, lost: total - arrived, seconds: round(seconds), bareSeconds: round(bareSeconds) },
  };
}

/** In the gateway's place: takes what the homeserver brings and does nothing with it. */
async function listenForNobody(listen: string): Promise<{ close(): void }> {
  const [host, port] = listen.split(":");
  const server = createServer((request, response) => void request.resume().on("end", () => response.end("{}")));
  server.listen(Number(port), host);
  await once(server, "listening");
  return { close: () => (server.closeAllConnections(), server.close()) };
}

/** The same requests by a client that does nothing else: one after the other in each room. */
async function bare(baseUrl: string, token: string, rooms: readonly string[], total: number, device: string) {
  const agent = new Agent({ keepAlive: true });
  const put = (room: string, n: number): Promise<void> =>
    new Promise((done, fail) => {
      const user = `@_muster_${(0x4000_0000 + (n % HANDHELDS)).toString(16)}:street.lan`;
      const query = `user_id=${encodeURIComponent(user)}&device_id=${device}&ts=1790000000000`;
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/bare${n}?${query}`;
      const body = JSON.stringify({ msgtype: "m.text", body: `message m${n}`, "m.mentions": {}, meshtastic_id: n });
      const headers = { Authorization: `Bearer ${token}`, "Content-Length": Buffer.byteLength(body) };
      const asked = httpRequest(`${baseUrl}${path}`, { method: "PUT", agent, headers }, (response) => {
        response.resume();
        response.on("end", () =>
          response.statusCode === 200 ? done() : fail(new Error(`HTTP ${response.statusCode}`)),
        );
      });
      asked.on("error", fail);
      asked.end(body);
    });
  const began = millis();
  await Promise.all(
    rooms.map(async (room, channel) => {
      for (let n = 0; n < total; n++) if ((n % HANDHELDS) % CHANNELS === channel) await put(room, n);
    }),
  );
  const seconds = (millis() - began) / 1_000;
  agent.destroy();
  return seconds;
}
