// The rooms of a new gateway: a space, a room for each channel of the radio, and the operators' room, where also the boards
// appear that the gateway keeps (calls for help, how the neighbourhood stands). None is encrypted: the gateway cannot read
// encrypted rooms (docs/decisions/0003).

import { addToSpace, makeRoom, type Login } from "./matrix-setup.ts";
import { Unfit } from "./prompt.ts";
import { Failure, type Cli } from "./verb.ts";

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
      topic: "Direct messages, calls for help and boards. Not encrypted.",
      alias: `${alias}-operators`,
    },
    operators,
  );
  await addToSpace(login, space, operatorsRoom, "9");
  const matrixRooms = [];
  for (const { index, name } of channels) {
    const room = { name: `${street} ${name}`, topic, alias: `${alias}-${slug(name)}` };
    const id = await makeRoom(login, room, operators);
    await addToSpace(login, space, id, String(index));
    matrixRooms.push({ id, meshtastic_channel: index });
    cli.say(`  Made the room "${room.name}" for channel ${index}.`);
  }
  cli.say(`  Made the space "${street}" and its operators' room. Invited: ${operators.join(", ")}.`);
  return { keys: { operators_room: operatorsRoom, direct_messages: true }, matrixRooms };
}

/** Letters, digits and hyphens, as local parts of aliases are best. */
function slug(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "") || "street";
}
