// A Synapse on this machine for the demo and the tests: SQLite, loopback only, no federation, its log in a file.
//
// All its data is in one directory: starting it there again finds the same rooms and users (a second start takes about
// two seconds). It has its own process group, so that Ctrl-C in a terminal reaches us alone and we stop things in order,
// and the kernel ends it when we die without stopping it. Not for real use: passwords are derived, hashing is cheap.

import { createHmac, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { wallClock } from "#base/clock.ts";
import type { Millis } from "#base/clock.ts";
import { pause, SynapseUnavailable } from "./synapse-install.ts";
import type { SynapseHome } from "./synapse-install.ts";

export { ensureSynapse, SynapseUnavailable } from "./synapse-install.ts";

export interface SynapseOptions {
  readonly home: SynapseHome;
  /** Where all its data lives; made if missing. */
  readonly dir: string;
  /** Absent or 0: any free one. */
  readonly port?: number;
  readonly serverName: string;
  /** "real": Synapse's defaults for messages, joins and invites. "off": none that a test could reach. */
  readonly rateLimits: "real" | "off";
  /** Paths of appservice registration files. */
  readonly appservices?: readonly string[];
  /** Merged over the keys of homeserver.yaml. */
  readonly extraConfig?: Readonly<Record<string, unknown>>;
}

interface SynapseUser {
  readonly userId: string;
  readonly accessToken: string;
}

export interface Synapse {
  readonly baseUrl: string;
  readonly serverName: string;
  /** Makes the user, or logs in as one made before; each login is a device of its own. */
  registerUser(name: string, options?: { readonly admin?: boolean }): Promise<SynapseUser>;
  /** Asks it to end and waits; kills it after 10 s. Safe to call twice. */
  stop(): Promise<void>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it if it runs, and starts it again on the same port with the same data. */
  restart(): Promise<void>;
}

/** From a cold page cache on a small machine; measured 2 to 4 s. */
const START_LIMIT: Millis = 90_000;
const STOP_LIMIT: Millis = 10_000;

/** Ends the server with its parent: prctl(PR_SET_PDEATHSIG = 1, SIGTERM = 15), see prctl(2). */
const LAUNCH = `
import ctypes, runpy, sys
ctypes.CDLL(None).prctl(1, 15)
sys.argv[0] = "synapse"
runpy.run_module("synapse.app.homeserver", run_name="__main__")
`;

/** Starts Synapse and resolves when it answers. Throws `SynapseUnavailable` with the end of its log when it does not. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  const dir = resolve(options.dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const port = await freePort(options.port ?? 0);
  const secret = keptSecret(dir, "registration-secret", () => randomBytes(24).toString("hex"));
  writeConfig(dir, port, secret, options);
  const baseUrl = `http://127.0.0.1:${port}`;
  let child = await launch(options.home, dir, baseUrl);
  return {
    baseUrl,
    serverName: options.serverName,
    registerUser: (name, { admin = false } = {}) => registerUser(baseUrl, secret, name, admin),
    stop: () => end(child, "SIGTERM"),
    kill: () => end(child, "SIGKILL"),
    async restart() {
      await end(child, "SIGTERM");
      child = await launch(options.home, dir, baseUrl);
    },
  };
}

async function launch(home: SynapseHome, dir: string, baseUrl: string): Promise<ChildProcess> {
  const args = ["-c", LAUNCH, "-c", join(dir, "homeserver.yaml")];
  const child = spawn(home.python, args, { cwd: dir, stdio: ["ignore", "ignore", "pipe"], detached: true });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4000)));
  let failed: string | undefined;
  child.on("error", (error) => (failed = error.message));
  child.on("exit", (code, signal) => (failed ??= `it ended with ${signal ?? code}`));
  for (const end = wallClock.now() + START_LIMIT; failed === undefined; await pause(50)) {
    if (await answers(baseUrl)) return child;
    if (wallClock.now() > end) failed = `no answer within ${START_LIMIT / 1000} s`;
  }
  child.kill("SIGKILL");
  const log = words.trim() || tail(join(dir, "homeserver.log"));
  throw new SynapseUnavailable(`Synapse did not start: ${failed}. ${log}`);
}

async function answers(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/_matrix/client/versions`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    const cancel = wallClock.after(STOP_LIMIT, () => child.kill("SIGKILL"));
    child.once("exit", () => {
      cancel();
      done();
    });
    child.kill(signal);
  });
}

/** `wanted` if nobody listens there, any free port for 0. Otherwise a stranger might answer in our Synapse's place. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once("error", (error) => fail(new SynapseUnavailable(`Port ${wanted} is not free: ${error.message}`)));
    server.listen(wanted, "127.0.0.1", done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address ? address.port : wanted;
}

// ───────────────────────────── its files ─────────────────────────────

function writeConfig(dir: string, port: number, secret: string, options: SynapseOptions): void {
  const file = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o600 });
  // Synapse's key file: algorithm, version, unpadded base64 of a 32-byte seed.
  const seed = () =>
    `ed25519 a_${randomBytes(2).toString("hex")} ${randomBytes(32).toString("base64").replace(/=+$/, "")}`;
  keptSecret(dir, "signing.key", seed);
  file("log.yaml", JSON.stringify(logConfig(join(dir, "homeserver.log")), null, 1));
  const config = {
    server_name: options.serverName,
    public_baseurl: `http://127.0.0.1:${port}/`,
    listeners: [
      { port, type: "http", bind_addresses: ["127.0.0.1"], resources: [{ names: ["client"], compress: false }] },
    ],
    database: { name: "sqlite3", args: { database: join(dir, "homeserver.db") } },
    log_config: join(dir, "log.yaml"),
    media_store_path: join(dir, "media"),
    signing_key_path: join(dir, "signing.key"),
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    federation_domain_whitelist: [],
    registration_shared_secret: secret,
    macaroon_secret_key: keptSecret(dir, "macaroon-secret", () => randomBytes(24).toString("hex")),
    form_secret: keptSecret(dir, "form-secret", () => randomBytes(24).toString("hex")),
    report_stats: false,
    bcrypt_rounds: 4,
    presence: { enabled: false },
    app_service_config_files: (options.appservices ?? []).map((path) => resolve(path)),
    ...rateLimits(options.rateLimits),
    ...options.extraConfig,
  };
  file("homeserver.yaml", JSON.stringify(config, null, 1)); // YAML is a superset of JSON
}

/** Logins and registrations are never limited: they are the harness's, not what is tried. */
function rateLimits(which: "real" | "off"): Readonly<Record<string, unknown>> {
  const none = { per_second: 100_000, burst_count: 100_000 };
  const always = {
    rc_registration: none,
    rc_login: { address: none, account: none, failed_attempts: none },
  };
  if (which === "real") return always;
  return {
    ...always,
    rc_message: none,
    rc_admin_redaction: none,
    rc_delayed_event_mgmt: none,
    rc_joins: { local: none, remote: none },
    rc_joins_per_room: none,
    rc_invites: { per_room: none, per_user: none, per_issuer: none },
    rc_room_creation: none,
  };
}

function logConfig(filename: string): Readonly<Record<string, unknown>> {
  return {
    version: 1,
    disable_existing_loggers: false,
    formatters: {
      line: { format: "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s", defaults: { request: "-" } },
    },
    handlers: {
      file: {
        class: "logging.handlers.RotatingFileHandler",
        filename,
        maxBytes: 5_000_000,
        backupCount: 1,
        formatter: "line",
      },
    },
    root: { level: "INFO", handlers: ["file"] },
  };
}

/** What the file holds, or `make()` kept there from now on. */
function keptSecret(dir: string, name: string, make: () => string): string {
  const path = join(dir, name);
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path, "utf8");
}

function tail(path: string): string {
  try {
    return readFileSync(path, "utf8").trim().split("\n").slice(-3).join(" ⏎ ");
  } catch {
    return "";
  }
}

// ───────────────────────────── its users ─────────────────────────────

/** Synapse's shared-secret registration: HMAC-SHA1 over nonce, name, password and role, separated by NUL. */
async function registerUser(baseUrl: string, secret: string, name: string, admin: boolean): Promise<SynapseUser> {
  const password = createHmac("sha256", secret).update(`password of ${name}`).digest("hex");
  const { nonce } = await call(`${baseUrl}/_synapse/admin/v1/register`);
  const mac = createHmac("sha1", secret)
    .update([String(nonce), name, password, admin ? "admin" : "notadmin"].join("\0"))
    .digest("hex");
  const made = await call(`${baseUrl}/_synapse/admin/v1/register`, { nonce, username: name, password, admin, mac });
  if (made["errcode"] !== "M_USER_IN_USE") return userOf(made);
  const identifier = { type: "m.id.user", user: name };
  return userOf(await call(`${baseUrl}/_matrix/client/v3/login`, { type: "m.login.password", identifier, password }));
}

function userOf(answer: Readonly<Record<string, unknown>>): SynapseUser {
  const { user_id: userId, access_token: accessToken } = answer;
  if (typeof userId !== "string" || typeof accessToken !== "string")
    throw new SynapseUnavailable(`Synapse refused a user: ${String(answer["errcode"])} ${String(answer["error"])}`);
  return { userId, accessToken };
}

async function call(url: string, body?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const request = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(20_000) });
  return (await response.json()) as Record<string, unknown>;
}
