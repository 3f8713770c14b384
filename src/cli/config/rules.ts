// The rules between keys, and what one key's absence makes of another. Each rule reads a draft in which anything may be
// missing, so that all complaints come at once; `complete` runs only when none is left.

import type { Settings, UplinkSettings } from "#gateway/settings.ts";
import { fromHex } from "#base/bytes.ts";
import { backupSettings, checkBackup } from "./backup.ts";
import { readRegistration } from "#cli/matrix/registration.ts";
import type { Complain } from "./read.ts";
import type { Config, ConfigDraft } from "./table.ts";
import type { Path } from "./tree.ts";
import type { Surroundings } from "./surroundings.ts";

type UplinkDraft = NonNullable<NonNullable<ConfigDraft["uplinks"]>[number]>;

const DEFAULT_PREFIX: Record<UplinkSettings["mode"], string> = { bot: "[{long}/{mesh}]: ", appservice: "" };

export function checkRules(draft: ConfigDraft, surroundings: Surroundings, complain: Complain): void {
  const radio = draft.meshtastic;
  if (radio?.connectionType === "serial" && radio.serialPort === undefined)
    complain(["meshtastic", "serial_port"], {
      message:
        "is missing, and connection_type is serial. Write the radio's path (`ls /dev/serial/by-id/`), or connection_type: tcp.",
    });
  if (radio?.groupKeyFile !== undefined) {
    const read = readGroupKeys(radio.groupKeyFile, surroundings);
    if (typeof read === "string") complain(["meshtastic", "group_key_file"], { message: read });
  }
  checkBackup(draft, surroundings, complain);
  checkKnowledge(draft, surroundings, complain);
  complainOfTwins(
    (draft.services ?? []).map((service) => service?.name),
    (index) => ["services", index, "name"],
    (name, first) => `is "${name}", like services[${first}]. Give each service a name of its own.`,
    complain,
  );
  const uplinks = draft.uplinks ?? [];
  uplinks.forEach((uplink, index) => {
    if (!uplink) return;
    const at: Path = ["uplinks", index];
    if (uplink.mode === "appservice") checkAppservice(uplink, at, surroundings, complain);
    if (uplink.mode === "bot") checkBot(uplink, at, surroundings, complain);
    checkUplinkRooms(uplink, at, complain);
  });
  complainOfTwins(
    uplinks.map((uplink) => uplink?.name),
    (index) => ["uplinks", index, "name"],
    (name, first) => `is "${name}", like uplinks[${first}]. Give each uplink a name of its own.`,
    complain,
  );
}

function checkKnowledge(draft: ConfigDraft, surroundings: Surroundings, complain: Complain): void {
  const { folder, webdavUrl, webdavPasswordFile } = draft.knowledge ?? {};
  if (webdavUrl === undefined || webdavUrl === "") return;
  if (folder === "")
    complain(["knowledge", "folder"], { message: "is missing; webdav_url is kept in step with it. Name a folder." });
  const secret = webdavPasswordFile === undefined ? undefined : surroundings.readSecret(webdavPasswordFile);
  if (secret && !("text" in secret)) complain(["knowledge", "webdav_password_file"], secret);
}

function checkAppservice(uplink: UplinkDraft, at: Path, surroundings: Surroundings, complain: Complain): void {
  if (uplink.listen === undefined)
    complain([...at, "listen"], {
      message: "is missing; the homeserver brings transactions there. For example listen: 127.0.0.1:9470",
    });
  for (const key of ["accessTokenFile", "accessToken"] as const)
    if (uplink[key] !== undefined)
      complain([...at, key === "accessToken" ? "access_token" : "access_token_file"], {
        message: "has no meaning with mode: appservice; the token is in the registration.",
        severity: "warning",
      });
  if (uplink.registrationFile === undefined)
    return complain([...at, "registration_file"], {
      message:
        "is missing. Name a file, for example /etc/muster/registration.yaml, and write it with `muster matrix registration`.",
    });
  const secret = surroundings.readSecret(uplink.registrationFile);
  if (!("text" in secret)) {
    if (surroundings.registrationMayLack) return;
    const message = `${secret.message} Write it with \`muster matrix registration\`.`;
    return complain([...at, "registration_file"], { ...secret, message });
  }
  const registration = readRegistration(secret.text);
  if (typeof registration === "string")
    complain([...at, "registration_file"], { message: `is "${uplink.registrationFile}", which ${registration}` });
}

function checkBot(uplink: UplinkDraft, at: Path, surroundings: Surroundings, complain: Complain): void {
  if (uplink.userId === undefined)
    complain([...at, "user_id"], {
      message: 'is missing; a bot needs it. For example user_id: "@muster:example.org"',
    });
  for (const key of ["registrationFile", "listen"] as const)
    if (uplink[key] !== undefined)
      complain([...at, key === "listen" ? "listen" : "registration_file"], {
        message: "has no meaning with mode: bot.",
        severity: "warning",
      });
  if (surroundings.inFile([...at, "access_token"]))
    complain([...at, "access_token"], {
      message: "does not belong in a file that gets shown around. Put the token in a file of its own and name it here.",
      nearest: "access_token_file",
    });
  else if (uplink.accessToken === undefined && uplink.accessTokenFile === undefined)
    complain([...at, "access_token_file"], {
      message: "is missing; a bot needs a login. For example access_token_file: /etc/muster/token",
    });
  else if (uplink.accessToken === undefined && uplink.accessTokenFile !== undefined)
    checkToken(uplink.accessTokenFile, [...at, "access_token_file"], surroundings, complain);
}

function checkToken(path: string, at: Path, surroundings: Surroundings, complain: Complain): void {
  const secret = surroundings.readSecret(path);
  if (!("text" in secret)) return complain(at, secret);
  const token = secret.text.trim();
  if (token === "") complain(at, { message: `is "${path}", which is empty. Put the bot's access token in it.` });
  else if (/\s/.test(token))
    complain(at, { message: `is "${path}", which holds more than one word. Put only the token in it.` });
}

function checkUplinkRooms(uplink: UplinkDraft, at: Path, complain: Complain): void {
  const ids = (uplink.matrixRooms ?? []).map((room) => room?.id);
  const room = (index: number): Path => [...at, "matrix_rooms", index, "id"];
  complainOfTwins(ids, room, (id) => `is "${id}", which is bound above already. Keep one of the two.`, complain);
  ids.forEach((id, index) => {
    if (id !== undefined && id === uplink.operatorsRoom)
      complain(room(index), {
        message: `is "${id}", the operators' room: what operators say there would go out by radio. Bind another room.`,
      });
  });
  const others = [uplink.operatorsRoom, ...ids];
  if (uplink.boardsRoom !== undefined && others.includes(uplink.boardsRoom))
    complain([...at, "boards_room"], {
      message: `is "${uplink.boardsRoom}", which is named for something else. Boards need a room of their own, in which nobody is answered.`,
    });
  if (uplink.directMessages === true && uplink.operatorsRoom === undefined)
    complain([...at, "direct_messages"], {
      message: "is true, but residents' messages need an operators_room to go to. Name one, or take the line out.",
    });
}

function complainOfTwins(
  values: readonly (string | undefined)[],
  at: (index: number) => Path,
  words: (value: string, first: number) => string,
  complain: Complain,
): void {
  values.forEach((value, index) => {
    const first = values.indexOf(value);
    if (value !== undefined && first < index) complain(at(index), { message: words(value, first) });
  });
}

/** The settings of a config without errors. */
export function complete(config: Config, surroundings: Surroundings): Settings {
  const first = config.uplinks.findIndex((uplink) => uplink.operatorsRoom !== undefined);
  return {
    ...config,
    meshtastic: {
      ...config.meshtastic,
      serialPort: config.meshtastic.serialPort ?? "",
      groupKeys: groupKeys(config.meshtastic.groupKeyFile, surroundings),
    },
    knowledge: { ...config.knowledge, ...knowledgeOf(config.knowledge, surroundings) },
    database: { path: surroundings.resolve(config.database.path) },
    backup: backupSettings(config, surroundings),
    control: { socket: surroundings.resolve(config.control.socket) },
    uplinks: config.uplinks.map((uplink, index) => ({
      ...uplink,
      homeserver: uplink.homeserver.replace(/\/+$/, ""),
      ...accessToken(uplink, surroundings),
      ...registration(uplink, surroundings),
      directMessages: uplink.directMessages ?? index === first,
      matrixRooms: uplink.matrixRooms.map((room) => ({
        ...room,
        prefixFormat: room.prefixFormat ?? DEFAULT_PREFIX[uplink.mode],
      })),
    })),
  };
}

function knowledgeOf(
  { folder, webdavPasswordFile }: Config["knowledge"],
  surroundings: Surroundings,
): Pick<Settings["knowledge"], "folder" | "webdavPassword"> {
  const secret = webdavPasswordFile === undefined ? undefined : surroundings.readSecret(webdavPasswordFile);
  return {
    folder: folder === "" ? "" : surroundings.resolve(folder),
    webdavPassword: secret && "text" in secret ? secret.text.trim() : "",
  };
}

function registration(uplink: Config["uplinks"][number], surroundings: Surroundings): Partial<UplinkSettings> {
  const { mode, registrationFile } = uplink;
  if (mode !== "appservice" || registrationFile === undefined) return {};
  const secret = surroundings.readSecret(registrationFile);
  const read = "text" in secret ? readRegistration(secret.text) : "";
  return {
    registrationFile: surroundings.resolve(registrationFile),
    ...(typeof read === "string" ? {} : { registration: read }),
  };
}

function accessToken(uplink: Config["uplinks"][number], surroundings: Surroundings): { accessToken?: string } {
  if (uplink.accessToken !== undefined || uplink.accessTokenFile === undefined) return {};
  const secret = surroundings.readSecret(uplink.accessTokenFile);
  return "text" in secret ? { accessToken: secret.text.trim() } : {};
}

type GroupKeys = NonNullable<Settings["meshtastic"]["groupKeys"]>;

function groupKeys(path: string | undefined, surroundings: Surroundings): GroupKeys {
  const read = path === undefined ? [] : readGroupKeys(path, surroundings);
  return typeof read === "string" ? [] : read;
}

/** One key a line, the one to speak with first; or what is wrong, in words. */
function readGroupKeys(path: string, surroundings: Surroundings): GroupKeys | string {
  const secret = surroundings.readSecret(path);
  if (!("text" in secret)) return secret.message;
  const lines = secret.text.split("\n").filter((line) => line.trim() !== "");
  const keys = lines.map((line) => /^(\d{1,3}):([0-9a-f]{64})$/i.exec(line.trim()));
  if (keys.length === 0 || keys.some((key) => key === null || Number(key[1]) > 255))
    return `is "${path}", which holds no keys. Write one a line, "ID:64 hexadecimal digits" with an ID of 0 to 255, for example with: echo "1:$(openssl rand -hex 32)" > group-key`;
  return keys.map((key) => ({ id: Number(key![1]), secret: fromHex(key![2]!)! }));
}
