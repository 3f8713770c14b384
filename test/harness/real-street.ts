// A street with every part real: Synapse, emulated radios on a pty, and the program as a bot in a bridged room and an operators' room.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmulatorProcess } from "./emulator.ts";
import { MusterProcess } from "./muster.ts";
import { testSynapse, type Person, type TestSynapse } from "./synapse.ts";

export interface RealStreetOptions {
  readonly handhelds: number;
  readonly seed: number;
  /** How much faster than life gateway and radios live. */
  readonly rate: number;
  readonly firmware?: "2.7" | "2.8";
  /** Added to the config. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Others in the rooms, by name. */
  readonly inStreet?: readonly string[];
  readonly inBoth?: readonly string[];
}

export interface RealStreet {
  readonly synapse: TestSynapse;
  /** An operator, called Maria. */
  readonly maria: Person;
  readonly others: Readonly<Record<string, Person>>;
  readonly street: string;
  readonly ops: string;
  readonly emulator: EmulatorProcess;
  readonly muster: MusterProcess;
  /** The gateway's radio. */
  readonly gateway: string;
  /** Imports a list of people: lines of CSV, the header first. */
  people(lines: readonly string[]): void;
  close(): Promise<void>;
}

/** Resolves when radio and rooms are ready. */
export async function realStreet(options: RealStreetOptions): Promise<RealStreet> {
  const { handhelds, seed, rate, firmware = "2.7", config = {}, inStreet = [], inBoth = [] } = options;
  const synapse = await testSynapse();
  const maria = await synapse.person("maria");
  await maria.setDisplayName("Maria");
  const bot = await synapse.person("muster");
  const others: Record<string, Person> = {};
  for (const name of [...inStreet, ...inBoth]) others[name] = await synapse.person(name);
  const room = async (names: readonly string[]): Promise<string> => {
    const members = names.map((name) => others[name]!);
    const id = await maria.createRoom({ invite: [bot, ...members].map(({ userId }) => userId) });
    for (const member of members) await member.join(id);
    return id;
  };
  const street = await room([...inStreet, ...inBoth]);
  const ops = await room(inBoth);
  const pty = join(mkdtempSync(join(tmpdir(), "muster-pty-")), "radio");
  const emulator = await EmulatorProcess.start(
    `--pty ${pty} --handhelds ${handhelds} --seed ${seed} --firmware=${firmware} --clock-rate=${rate}`.split(" "),
  );
  const muster = new MusterProcess({
    token: bot.accessToken,
    args: ["--clock-rate", String(rate)],
    config: {
      node: { name: "Elm Street", timezone: "UTC" },
      meshtastic: { connection_type: "serial", serial_port: pty },
      ...config,
      uplinks: [
        {
          name: "street",
          homeserver: synapse.baseUrl,
          mode: "bot",
          user_id: bot.userId,
          access_token_file: "token",
          operators_room: ops,
          matrix_rooms: [{ id: street, meshtastic_channel: 0 }],
        },
      ],
    },
  });
  const close = async (): Promise<void> => {
    await muster.remove();
    await emulator.stop();
    await synapse.stop();
  };
  try {
    await muster.start();
    await muster.ready();
  } catch (error) {
    await close();
    throw error;
  }
  const people = (lines: readonly string[]): void => {
    const file = join(muster.folder, "people.csv");
    writeFileSync(file, [...lines, ""].join("\n"));
    muster.ask("people", "import", file);
  };
  const gateway = emulator.ready.streams[0]!.radio;
  return { synapse, maria, others, street, ops, emulator, muster, gateway, people, close };
}
