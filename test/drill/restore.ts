// The restore drill: a street with two gateway radios, of which one box uses one. A community, a roll call that is half answered, a
// backup; then the box is destroyed, and another box with the other radio goes on with the same roll call.

import { cpSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { askControl } from "#cli/service/control.ts";
import type { RollView } from "#gateway/welfare/roll-status.ts";
import type { StatusView } from "#gateway/views.ts";
import { EmulatorProcess } from "#test/harness/emulator.ts";
import { MusterProcess, PROGRAM } from "#test/harness/muster.ts";
import { until } from "#test/harness/synapse.ts";
import { ROOM, SELF, StubHomeserver } from "#test/matrix/stub-homeserver.ts";

/** What the drill found; everything true is how it should be. */
export interface DrillReport {
  readonly accountedBefore: number;
  readonly accountedRestored: number;
  readonly accountedAfter: number;
  readonly silentAfter: number;
  /** Same roll call, same deadline. */
  readonly sameCall: boolean;
  readonly otherRadio: boolean;
  readonly copy: number;
  /** The old box, found again in the attic: its exit code and its words. */
  readonly oldBox: { readonly code: number | null; readonly words: string };
  readonly backupBytes: number;
}

export async function restoreDrill(say: (words: string) => void): Promise<DrillReport> {
  const stub = new StubHomeserver();
  await stub.start();
  const street = await EmulatorProcess.start([
    "--handhelds",
    "4",
    "--gateways",
    "2",
    "--seed",
    "7",
    "--rate-limits",
    "off",
  ]);
  const config = (stream: number) => ({
    node: { name: "Elm Street" },
    meshtastic: { connection_type: "tcp", host: "127.0.0.1", port: street.tcpPort(stream) },
    uplinks: [
      {
        name: "stub",
        homeserver: stub.baseUrl,
        mode: "bot",
        user_id: SELF,
        access_token_file: "token",
        matrix_rooms: [{ id: ROOM, meshtastic_channel: 0 }],
      },
    ],
  });
  const args = ["--rate-limits", "off"];
  const old = new MusterProcess({ config: config(0), args, token: "secret" });
  const fresh = new MusterProcess({ config: config(1), args, token: "secret" });
  try {
    say("A community of four households; Muster runs with the first radio.");
    await old.start();
    await ready(old);
    const radio = (await status(old)).radio.node;
    importPeople(old, street.ready.handhelds);

    say("A roll call; two answer.");
    old.ask("roll", "open", "--minutes", "120");
    const [ana, ben, carla] = street.ready.handhelds;
    await answer(old, street, ana!, radio!, 1);
    await answer(old, street, ben!, radio!, 2);
    const before = await roll(old);

    say("A backup, to a stick.");
    const { key, backup, bytes } = backUp(old, config(0));

    say("Lightning: the box is gone.");
    await old.stop("SIGKILL");
    const attic = join(fresh.folder, "attic");
    mkdirSync(attic);
    for (const name of ["muster.db", "muster.db-wal", "token"])
      cpSync(join(old.folder, name), join(attic, name), { force: true });
    renameSync(join(old.folder, "muster.db"), join(old.folder, "struck.db"));

    say("Another box, another radio: the backup is restored.");
    const restored = fresh.ask("restore", backup, "--identity", key) as { epoch: number };
    await fresh.start();
    await ready(fresh);
    const there = await roll(fresh);

    say("Carla answers the same roll call there.");
    const other = (await status(fresh)).radio.node;
    await answer(fresh, street, carla!, other!, 3);
    const after = await roll(fresh);

    say("The old box is found again, and switched on.");
    const oldBox = await switchedOn(old, attic);
    return {
      accountedBefore: before.accounted,
      accountedRestored: there.accounted,
      accountedAfter: after.accounted,
      silentAfter: after.silent,
      sameCall:
        there.reference === before.reference && sameMoment(there.deadline, before.deadline) && there.state === "open",
      otherRadio: other !== radio,
      copy: restored.epoch,
      oldBox,
      backupBytes: bytes,
    };
  } finally {
    await fresh.remove();
    await old.remove();
    await street.stop();
    await stub.stop();
  }
}

/** Without a process for each question: the homeserver lives in ours, and would not answer meanwhile. */
async function ask(muster: MusterProcess, verb: string): Promise<unknown> {
  const answer = await askControl(join(muster.folder, "control.sock"), verb);
  if (answer.is !== "answered") throw new Error(`${verb} was not answered`);
  return answer.value;
}

const status = async (muster: MusterProcess) => (await ask(muster, "status")) as StatusView;
const roll = async (muster: MusterProcess) => (await ask(muster, "roll status")) as RollView;

async function ready(muster: MusterProcess): Promise<void> {
  await until(`radio and homeserver to be ready; it said: ${muster.said}`, async () => {
    const { radio, uplinks } = await status(muster);
    return radio.state === "ready" && uplinks.every(({ state }) => state === "ready");
  });
}

/** To a few seconds: a deadline is kept in the gateway's own time, and shown by the clock of the box. */
function sameMoment(one: string, other: string): boolean {
  return Math.abs(Date.parse(one) - Date.parse(other)) < 5_000;
}

/** A household for each handheld. */
function importPeople(muster: MusterProcess, handhelds: readonly string[]): void {
  const rows = handhelds.map((node, index) => `${index + 1},Name ${index + 1},1,Elm,${node},resident`);
  const file = join(muster.folder, "people.csv");
  writeFileSync(file, `household,name,zone,zone_name,radios,role\n${rows.join("\n")}\n`);
  muster.ask("people", "import", file);
}

async function answer(
  muster: MusterProcess,
  street: EmulatorProcess,
  node: string,
  to: string,
  count: number,
): Promise<void> {
  await street.say(node, "ok", { to });
  await until(`${count} to be accounted for`, async () => (await roll(muster)).accounted >= count);
}

function backUp(
  muster: MusterProcess,
  config: Readonly<Record<string, unknown>>,
): { key: string; backup: string; bytes: number } {
  const key = join(muster.folder, "key");
  const made = spawnSync(PROGRAM, ["backup", "--make-key", key], { encoding: "utf8" });
  const stick = join(muster.folder, "stick");
  mkdirSync(stick);
  muster.configure({ ...config, backup: { recipients: [made.stdout.trim()], to: [stick] } });
  const { backups } = muster.ask("backup") as { backups: { file: string }[] };
  const backup = backups[0]!.file;
  if (readdirSync(stick).length !== 1) throw new Error("there is more on the stick than the backup");
  return { key, backup, bytes: statSync(backup).size };
}

/** Its database as it was when the lightning struck. */
async function switchedOn(old: MusterProcess, attic: string): Promise<DrillReport["oldBox"]> {
  for (const name of readdirSync(attic)) cpSync(join(attic, name), join(old.folder, name));
  // It may end before it has said that it runs.
  await old.start().catch(() => undefined);
  await until("the old box to end", () => old.exitCode !== undefined);
  return {
    code: old.exitCode!,
    words: old.said.split("\n").find((line) => line.includes("ends and stays down")) ?? "",
  };
}
