// npm run package:test: the package in a fresh Debian, from installation to purge, under a real systemd.
//
// Needs root, mmdebstrap, systemd-nspawn and, the first time, a network; without them it fails with words. Two packages are made
// of the same source: one with an earlier version, for the upgrade, and the one to be tried (or --deb FILE).

import { chownSync, cpSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { ROOM, SELF, StubHomeserver } from "#test/matrix/stub-homeserver.ts";
import { MIGRATIONS } from "#store/schema.ts";
import { openStore } from "#store/open.ts";
import { eventually, Machine, missing, type Ran } from "./machine.ts";
import { sandboxProofs } from "./sandbox.ts";

/** Shows of issue 11: bytes compressed, and milliseconds from `systemctl start` to READY=1. */
const LARGEST = 90e6;
const START_WITHIN = 2000;
const EXPOSURE = 1.4;

const PREVIOUS = "0.0.9";
const RADIO = "/run/radio";
const UNITS = ["muster.service", "muster-backup.service", "muster-backup.timer", "muster-emulate@4403.service"];

const source = resolve(import.meta.dirname, "..");
const { values } = parseArgs({ options: { deb: { type: "string" }, json: { type: "boolean", default: false } } });

const lacking = missing();
if (lacking.length > 0) {
  console.error(`The package cannot be tried here; it needs\n  ${lacking.join("\n  ")}`);
  process.exit(1);
}

const findings: { what: string; ok: boolean; figure?: string }[] = [];

function finding(what: string, ok: boolean, figure?: string): void {
  findings.push({ what, ok, ...(figure === undefined ? {} : { figure }) });
  console.error(`${ok ? "ok  " : "FAIL"} ${what}${figure === undefined ? "" : `: ${figure}`}`);
}

const ended = (ran: Ran): string | undefined =>
  ran.code === 0 ? undefined : `exit ${ran.code}: ${(ran.err + ran.out).trim().split("\n").slice(-4).join(" | ")}`;

const scratch = mkdtempSync(join(tmpdir(), "muster-debs-"));
const machine = new Machine(join(source, ".cache"));
const stub = new StubHomeserver();
await stub.start();
let street: EmulatorProcess | undefined;
let said = 0;
try {
  const deb = values.deb ?? made(["--out", scratch]);
  const previous = made(["--version", PREVIOUS, "--compression", "gzip", "--out", scratch]);
  finding("the package is small enough", statSync(deb).size <= LARGEST, `${(statSync(deb).size / 1e6).toFixed(1)} MB`);
  await machine.boot();
  for (const each of [deb, previous]) cpSync(each, join(machine.root, "var/tmp", basename(each)));
  const install = (file: string): Ran => machine.run("dpkg", "-i", `/var/tmp/${basename(file)}`);
  installFresh(install(previous));
  street = await plugIn();
  configure();
  start();
  await relay("in the fresh installation");
  for (const { line, proof, holds } of sandboxProofs(machine)) finding(`sandbox ${line}`, holds, proof);
  upgrade(install(deb));
  await relay("after the upgrade");
  const refused = install(previous);
  finding("a downgrade is refused in words", refused.code !== 0 && refused.err.includes("is older"));
  finding("and the newer version goes on", isActive() && installedVersion() !== PREVIOUS, installedVersion());
  await watchdog();
  migrated();
  units();
  pages();
  leave();
} catch (error) {
  finding("the trial came to its end", false, String(error));
} finally {
  if (findings.some(({ ok }) => !ok))
    console.error(machine.run("journalctl", "-u", "muster", "-n", "40", "--no-pager").out);
  await street?.stop();
  await stub.stop();
  await machine.remove();
  rmSync(scratch, { recursive: true, force: true });
}
if (values.json) console.log(JSON.stringify({ findings }, null, 2));
process.exitCode = findings.every(({ ok }) => ok) ? 0 : 1;

function made(options: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...options], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm run package ${options.join(" ")}: ${stderr.slice(-1000)}`);
  return stdout.trim().split("\n").at(-1)!.split("  ")[0]!;
}

function installFresh(ran: Ran): void {
  finding("it can be installed", ran.code === 0, ended(ran));
  finding("it has a user of its own", machine.run("id", "muster").out.includes("dialout"));
  finding(
    "it waits for its config without failing",
    machine.run("systemctl", "is-failed", "muster").out.trim() !== "failed",
  );
  finding("it is enabled", machine.run("systemctl", "is-enabled", "muster").out.trim() === "enabled");
  finding("so is the backup", machine.run("systemctl", "is-enabled", "muster-backup.timer").out.trim() === "enabled");
}

/** Emulated radios at a serial port of the container, which belongs to dialout as a real one does. */
async function plugIn(): Promise<EmulatorProcess> {
  const options = ["--pty", RADIO, "--handhelds", "2", "--seed", "11", "--rate-limits", "off"];
  const plugged = await EmulatorProcess.start(options, (args) => machine.spawn("muster", ...args));
  // It comes back as a new one whenever it is closed; this is udev's work.
  machine.spawn(
    "sh",
    "-c",
    `while sleep 0.1; do chgrp dialout "$(realpath ${RADIO})"; chmod 660 "$(realpath ${RADIO})"; done`,
  );
  return plugged;
}

/** A homeserver by name, so that names must be resolved; a token that only root can read. */
function configure(): void {
  const port = new URL(stub.baseUrl).port;
  writeFileSync(
    join(machine.root, "etc/muster/muster.yaml"),
    `node: { name: Trial }
meshtastic: { serial_port: ${RADIO} }
uplinks:
  - name: stub
    homeserver: http://localhost:${port}
    mode: bot
    user_id: "${SELF}"
    access_token_file: token
    matrix_rooms: [{ id: "${ROOM}", meshtastic_channel: 0 }]
http: { listen: "127.0.0.1:0" }
`,
  );
  writeFileSync(join(machine.root, "etc/muster/credentials/token"), "secret\n", { mode: 0o600 });
}

/** The first start compiles; what it compiled is kept for the next ones. */
function start(): void {
  const first = timed("start");
  finding(
    "it starts and says that it is ready",
    first.ran.code === 0,
    ended(first.ran) ?? `${first.took} ms the first time`,
  );
  const again = [1, 2, 3].map(() => {
    machine.run("systemctl", "stop", "muster");
    return timed("start").took;
  });
  finding(`a start takes at most ${START_WITHIN} ms`, Math.min(...again) <= START_WITHIN, `${again.join(", ")} ms`);
}

function timed(verb: string): { ran: Ran; took: number } {
  const began = process.hrtime.bigint();
  const ran = machine.run("systemctl", verb, "muster");
  return { ran, took: Math.round(Number(process.hrtime.bigint() - began) / 1e6) };
}

async function relay(when: string): Promise<void> {
  const number = ++said;
  await eventually("the radio and the homeserver to be ready", 30, () => {
    const status = machine.run("muster", "status", "--json");
    if (status.code !== 0) throw new Error(`muster status: ${ended(status)}`);
    const { radio, uplinks } = JSON.parse(status.out) as { radio: { state: string }; uplinks: { state: string }[] };
    return radio.state === "ready" && uplinks.every(({ state }) => state === "ready");
  });
  const [ana] = street!.ready.handhelds;
  await street!.say(ana!, `mesh ${number}`);
  await eventually("the message at the homeserver", 30, () =>
    [...stub.stored.values()].some(({ body }) => body.includes(`mesh ${number}`)),
  );
  finding(`a radio's message reaches the homeserver ${when}`, true);
  stub.say(`matrix ${number}`);
  await street!.event(({ at, text }) => at === "received" && String(text).includes(`matrix ${number}`));
  finding(`a Matrix message reaches the radios ${when}`, true);
}

function upgrade(ran: Ran): void {
  finding("it can be upgraded", ran.code === 0, ended(ran));
  finding("the newer version runs", isActive() && installedVersion() !== PREVIOUS, installedVersion());
  const kept = machine.run("muster", "messages", "--json").out;
  finding("what was said before is still there", kept.includes("mesh 1"));
}

function isActive(): boolean {
  return machine.run("systemctl", "is-active", "muster").out.trim() === "active";
}

function installedVersion(): string {
  return machine.run("muster", "--version").out.trim();
}

function mainPid(): string {
  return machine.run("systemctl", "show", "-P", "MainPID", "muster").out.trim();
}

/** A process that stands still is killed and started again. */
async function watchdog(): Promise<void> {
  const before = mainPid();
  // Not by kill(1): a minimal Debian has none.
  const stopped = machine.run("systemctl", "kill", "--kill-whom=main", "--signal=SIGSTOP", "muster");
  if (stopped.code !== 0) throw new Error(`the process could not be stopped: ${ended(stopped)}`);
  await eventually("the watchdog to start it again", 90, () => isActive() && !["0", before].includes(mainPid()));
  finding("one that stands still is started again by the watchdog", true);
}

/** A database as the first version of the program left it, which the service brings up to date when it starts. */
function migrated(): void {
  machine.run("systemctl", "stop", "muster");
  const database = join(machine.root, "var/lib/muster/muster.db");
  const { uid, gid } = statSync(database);
  for (const end of ["", "-wal", "-shm"]) rmSync(`${database}${end}`, { force: true });
  const first = openStore(database, { migrations: MIGRATIONS.slice(0, 1) });
  first.run(
    "INSERT INTO ledger (class, direction, origin, destination, text, state, accepted_at) VALUES ('chat', 'mesh-to-matrix', '!00000001', ?, 'said long ago', 'sent', 1)",
    ROOM,
  );
  first.close();
  chownSync(database, uid, gid);
  const ran = machine.run("systemctl", "start", "muster");
  const kept = machine.run("muster", "messages", "--json").out.includes("said long ago");
  finding("a database of the first version is migrated at the start", ran.code === 0 && kept, ended(ran));
}

function units(): void {
  for (const unit of UNITS) {
    const ran = machine.run(
      "systemd-analyze",
      "verify",
      "--man=no",
      `/usr/lib/systemd/system/${unit.replace("@4403", "@")}`,
    );
    finding(
      `systemd-analyze verify ${unit}`,
      ran.code === 0 && (ran.err + ran.out).trim() === "",
      (ran.err + ran.out).trim() || undefined,
    );
  }
  const { out } = machine.run("systemd-analyze", "security", "--no-pager", "muster.service");
  const exposure = Number(/exposure level for muster\.service: ([\d.]+)/.exec(out)?.[1] ?? "NaN");
  finding(`the exposure is at most ${EXPOSURE}`, exposure <= EXPOSURE, String(exposure));
}

function pages(): void {
  for (const page of ["man1/muster.1.gz", "man5/muster.yaml.5.gz"]) {
    const lint = machine.run("mandoc", "-T", "lint", "-W", "warning", `/usr/share/man/${page}`);
    finding(`${page} renders without a warning`, lint.code === 0, lint.out.trim() || undefined);
  }
}

/** Removal keeps what is the operator's; purging leaves nothing. */
function leave(): void {
  const at = (path: string): boolean => existsSync(join(machine.root, path));
  const removed = machine.run("dpkg", "--remove", "muster");
  finding("it can be removed", removed.code === 0, ended(removed));
  finding("and stops", machine.run("systemctl", "is-active", "muster").out.trim() !== "active");
  finding("removal keeps config and data", at("etc/muster/muster.yaml") && at("var/lib/muster/muster.db"));
  const purged = machine.run("dpkg", "--purge", "muster");
  finding("it can be purged", purged.code === 0, ended(purged));
  const left = ["etc/muster", "var/lib/muster", "opt/muster", "usr/bin/muster", "usr/share/doc/muster"].filter(at);
  finding("purging leaves nothing", left.length === 0, left.join(", ") || undefined);
}
