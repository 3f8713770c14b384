// A config of meshtastic-matrix-relay (mmrelay, read at version 1.4) as one of ours: what maps is mapped, and everything
// that does not is named with what to do instead. Pure: text in, text and notes out; secrets come out apart.

import { parse, stringify } from "yaml";
import { prefixFormat as prefixCheck, shortLine } from "./checks.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Imported {
  /** A config file of ours. */
  readonly yaml: string;
  /** What a person has to know, a line each. */
  readonly notes: readonly string[];
  readonly token?: string;
  /** Where mmrelay keeps its message map, as its config says. */
  readonly database?: string;
}

/** What each of mmrelay's plugins has become. */
const PLUGINS: Readonly<Record<string, string>> = {
  ping: "mapped: `ping` by radio and !ping in a room are always answered",
  nodes: "mapped: !nodes",
  health: "mapped: !health",
  help: "mapped: !help",
  map: "mapped: !map, as a list of places instead of a picture",
  telemetry: "mapped: !batteryLevel, the latest values instead of a graph",
  weather: "dropped: it needs the internet, and answers cost everybody's airtime",
  drop: "dropped",
  mesh_relayer: "dropped: several gateways share a room through Matrix itself",
  mesh_beacon: "dropped",
  meshtastic_cli: "dropped: use the Meshtastic app to administer radios",
  debug: "dropped: use logging.level: debug",
};

/** Keys of mmrelay's meshtastic section that need no counterpart. */
const NEEDLESS: Readonly<Record<string, string>> = {
  message_interactions: "replies and reactions are always carried",
  detection_sensor: "a detection sensor is always carried, as a call for help",
  health_check: "the radio's link is always watched",
  packet_routing: "texts, alerts and detection sensors are carried, nothing else",
  timeout: "the link has deadlines of its own",
  nodedb_refresh_interval: "names are learned as they are heard",
};

const LEVELS: Readonly<Record<string, string>> = {
  debug: "debug",
  info: "info",
  warning: "warn",
  warn: "warn",
  error: "error",
  critical: "error",
};

/**
 * Translates mmrelay's YAML. `credentials` is its credentials.json, if there is one; `tokenFile` where the token will be.
 * Answers words instead where the text is no config of mmrelay.
 */
export function importMmrelay(text: string, credentials: Fields, tokenFile: string): Imported | string {
  let config: Fields;
  try {
    config = section(parse(text) as unknown);
  } catch {
    return "is not YAML.";
  }
  if (!("matrix_rooms" in config) && !("meshtastic" in config))
    return "is no config of mmrelay: it has no matrix_rooms.";
  const notes: string[] = [];
  const matrix = section(config["matrix"]);
  const radio = section(config["meshtastic"]);
  const rooms = roomsOf(config["matrix_rooms"], notes);
  const token = textOf(credentials["access_token"]) ?? textOf(matrix["access_token"]);
  const imported = {
    node: { name: nodeName(radio) },
    meshtastic: meshtastic(radio, notes),
    uplinks: [uplink(matrix, credentials, rooms, tokenFile, token, notes)],
    // Nobody may write: mmrelay's broadcast_enabled: false.
    ...(radio["broadcast_enabled"] === true ? {} : oneWay(notes)),
    logging: { level: LEVELS[(textOf(section(config["logging"])["level"]) ?? "info").toLowerCase()] ?? "info" },
  };
  notePlugins(config, notes);
  const database = textOf(section(config["database"])["path"]) ?? textOf(section(config["db"])["path"]);
  return {
    yaml: `# Made from a config of mmrelay by \`muster config import-mmrelay\`.\n${stringify(imported, { lineWidth: 0 })}`,
    notes,
    ...(token === undefined ? {} : { token }),
    ...(database === undefined ? {} : { database }),
  };
}

interface Room {
  readonly id: string;
  readonly meshtastic_channel: number;
}

/** A list, or in old configs a map of names. */
function roomsOf(value: unknown, notes: string[]): Room[] {
  const entries = Array.isArray(value) ? value : Object.values(section(value));
  const rooms: Room[] = [];
  for (const entry of entries.map(section)) {
    const id = textOf(entry["id"]);
    const channel = Number(entry["meshtastic_channel"] ?? 0);
    if (id === undefined || !/^[#!]/.test(id) || !Number.isInteger(channel) || channel < 0 || channel > 7)
      notes.push(
        `matrix_rooms: an entry without a usable id and channel was left out (${JSON.stringify(entry).slice(0, 80)}).`,
      );
    else if (rooms.some((room) => room.id === id))
      notes.push(`matrix_rooms: ${id} was bound twice; only its first channel was kept.`);
    else rooms.push({ id, meshtastic_channel: channel });
  }
  return rooms;
}

function uplink(
  matrix: Fields,
  credentials: Fields,
  rooms: readonly Room[],
  tokenFile: string,
  token: string | undefined,
  notes: string[],
): Fields {
  const server = rooms[0]?.id.includes(":") ? rooms[0].id.slice(rooms[0].id.indexOf(":") + 1) : "example.org";
  const homeserver = textOf(credentials["homeserver"]) ?? textOf(matrix["homeserver"]);
  const userId = textOf(credentials["user_id"]) ?? textOf(matrix["bot_user_id"]);
  if (homeserver === undefined)
    notes.push(`uplinks[0].homeserver: guessed from the first room; write your homeserver's address.`);
  if (userId === undefined) notes.push("uplinks[0].user_id: mmrelay's login was not found; write the bot's user id.");
  if (token === undefined) notes.push(`uplinks[0].access_token_file: put the bot's access token into ${tokenFile}.`);
  if (section(matrix["e2ee"] ?? matrix["encryption"])["enabled"] === true)
    notes.push("matrix.e2ee: encrypted rooms cannot be read yet; use rooms without encryption.");
  const prefix = prefixOf(matrix, ["long", "short", "mesh"], ["long", "mesh"], "[{long}/{mesh}]: ", notes, "matrix");
  return {
    name: "matrix",
    homeserver: homeserver ?? `https://${server}`,
    mode: "bot",
    user_id: userId ?? `@muster:${server}`,
    access_token_file: tokenFile,
    matrix_rooms: rooms.map((room) => ({ ...room, prefix_format: prefix })),
  };
}

function meshtastic(radio: Fields, notes: string[]): Fields {
  const type = textOf(radio["connection_type"]) ?? "tcp";
  if (type === "ble")
    notes.push("meshtastic.connection_type: ble is not supported; connect the radio by USB or network.");
  const serial = type === "serial" || type === "ble";
  const delay = Number(radio["message_delay"] ?? 2.5);
  if (delay < 2.5) notes.push("meshtastic.message_delay: raised to 2.5 s; radios drop texts that follow faster.");
  for (const [key, why] of Object.entries(NEEDLESS))
    if (key in radio) notes.push(`meshtastic.${key}: dropped; ${why}.`);
  const prefix = prefixOf(
    radio,
    ["display", "user", "username", "server"],
    ["display"],
    "{display5}[M]: ",
    notes,
    "meshtastic",
  );
  const port = Number(radio["port"] ?? 4403);
  return {
    connection_type: serial ? "serial" : "tcp",
    ...(serial ? { serial_port: textOf(radio["serial_port"]) ?? "/dev/ttyUSB0" } : {}),
    ...(serial ? {} : { host: textOf(radio["host"]) ?? "127.0.0.1", port: Number.isInteger(port) ? port : 4403 }),
    message_delay: Number.isFinite(delay) ? Math.min(600, Math.max(2.5, delay)) : 2.5,
    prefix_format: prefix,
  };
}

function prefixOf(
  fields: Fields,
  plain: readonly string[],
  numbered: readonly string[],
  fallback: string,
  notes: string[],
  where: string,
): string {
  if (fields["prefix_enabled"] === false) return "";
  const given = textOf(fields["prefix_format"]);
  if (given === undefined) return fallback;
  const wrong = prefixCheck(plain, numbered)(given);
  if (!wrong) return given;
  notes.push(`${where}.prefix_format: ${wrong.message} The default was taken.`);
  return fallback;
}

function nodeName(radio: Fields): string {
  const name = textOf(radio["meshnet_name"])?.slice(0, 60) ?? "Muster";
  return shortLine(name) ? "Muster" : name;
}

function oneWay(notes: string[]): Fields {
  notes.push("meshtastic.broadcast_enabled is not true: nobody in Matrix may write to the mesh (access.matrix_users).");
  return { access: { matrix_users: ["@nobody:invalid"] } };
}

function notePlugins(config: Fields, notes: string[]): void {
  for (const [name, settings] of Object.entries(section(config["plugins"]))) {
    if (section(settings)["active"] === true)
      notes.push(`plugins.${name}: ${PLUGINS[name] ?? "dropped: not known here"}.`);
  }
  for (const kind of ["community-plugins", "custom-plugins"]) {
    for (const [name, settings] of Object.entries(section(config[kind])))
      if (section(settings)["active"] === true)
        notes.push(`${kind}.${name}: dropped: programs of others do not run inside the gateway.`);
  }
}

function section(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
