// The rooms of a new gateway: a space, a room for each channel of the radio, the operators' room, where cards and boards with
// addresses and medical words appear, and a room of boards that everybody in the space may read. None is encrypted: the gateway
// cannot read encrypted rooms (docs/decisions/0003). Made again, they are the same rooms.

import { addToSpace, makeRoom, type Login } from "./matrix-setup.ts";
import { Unfit } from "#cli/prompt.ts";
import { Failure, type Cli } from "#cli/verb.ts";

export interface Rooms {
  /** Keys of the uplink. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly matrixRooms: readonly { readonly id: string; readonly meshtastic_channel: number }[];
}

interface Radio {
  readonly street: string;
  readonly channels: readonly { readonly index: number; readonly name: string }[];
}

/** Makes them and invites the operators. Throws `Failure` with the homeserver's words when it refuses. */
export async function makeRooms(cli: Cli, login: Login, radio: Radio, operators: readonly string[]): Promise<Rooms> {
  try {
    return await makeAll(cli, login, radio, operators);
  } catch (error) {
    if (error instanceof Unfit) throw new Failure(`The rooms could not be made. ${error.message}`);
    throw error;
  }
}

async function makeAll(cli: Cli, login: Login, radio: Radio, operators: readonly string[]): Promise<Rooms> {
  const { street, channels } = radio;
  const alias = slug(street);
  const topic = `What is said here and on the radios of ${street} is the same. Not encrypted.`;
  const space = await makeRoom(
    login,
    { name: street, topic: `The rooms of ${street}`, alias: `${alias}-space`, space: true },
    operators,
  );
  const operatorsRoom = await makeRoom(
    login,
    {
      name: `${street} operators`,
      topic: "Direct messages, calls for help, boards with addresses and medical words. Not encrypted.",
      alias: `${alias}-operators`,
    },
    operators,
  );
  await addToSpace(login, space, operatorsRoom, "9");
  const boardsRoom = await makeRoom(
    login,
    {
      name: `${street} boards`,
      topic:
        "How the neighbourhood stands, kept up to date by the gateway: no houses, no medical words. Not encrypted.",
      alias: `${alias}-boards`,
      readersOf: space,
    },
    operators,
  );
  await addToSpace(login, space, boardsRoom, "8");
  const matrixRooms = [];
  for (const { index, name } of channels) {
    const room = { name: `${street} ${name}`, topic, alias: `${alias}-${slug(name)}` };
    const id = await makeRoom(login, room, operators);
    await addToSpace(login, space, id, String(index));
    matrixRooms.push({ id, meshtastic_channel: index });
    cli.say(`  Made the room "${room.name}" for channel ${index}.`);
  }
  cli.say(
    `  Made the space "${street}", its operators' room and its room of boards. Invited: ${operators.join(", ")}.`,
  );
  cli.say("  Addresses and medical words are shown in the operators' room alone (operators_may_show in the config).");
  const keys = {
    operators_room: operatorsRoom,
    operators_may_show: ["addresses", "medical"],
    direct_messages: true,
    boards_room: boardsRoom,
  };
  return { keys, matrixRooms };
}

/** Letters, digits and hyphens, as local parts of aliases are best. */
function slug(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "") || "street";
}
