// What a single value of the config must look like. Each check answers with a complaint, or undefined when all is well.

import type { Complaint } from "./fields.ts";
import { nearest } from "./nearest.ts";

function say(message: string, near?: string): Complaint {
  return { message, ...(near === undefined ? {} : { nearest: near }) };
}

/** One line that people are shown: no control characters, at most 60 of them. */
export function shortLine(value: string): Complaint | undefined {
  if (value.trim() === "") return say("is empty. Write a name.");
  if (value.length > 60) return say(`has ${value.length} characters; at most 60 fit where it is shown.`);
  return /\p{Cc}/u.test(value) ? say("holds a control character. Write plain text on one line.") : undefined;
}

/** Uplink names stand in ledger addresses, `matrix:UPLINK/ROOM/USER`. */
export function uplinkName(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(value)) return undefined;
  return say(`is "${value}"; it must be 1 to 32 letters, digits, dots, hyphens or underscores, for example street.`);
}

/** A name of the IANA time zone database, as this Node knows them. */
export function timezone(value: string): Complaint | undefined {
  try {
    if (/^[A-Za-z]/.test(value) && Intl.DateTimeFormat("en", { timeZone: value })) return undefined;
  } catch {
    // RangeError: no such zone.
  }
  return say(
    `is "${value}", which is no time zone. Write a name like Europe/Lisbon or UTC (\`timedatectl list-timezones\`).`,
    nearest(value, Intl.supportedValuesOf("timeZone")),
  );
}

export function absolutePort(value: string): Complaint | undefined {
  if (value.startsWith("/")) return undefined;
  return say(
    `is "${value}"; it must be a path that starts with /, best one of /dev/serial/by-id/ (it survives replugging).`,
  );
}

export function someFile(value: string): Complaint | undefined {
  return value.trim() === "" || value.includes("\0") ? say("is empty. Write a file's path.") : undefined;
}

export function hostName(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9.:_-]+$/.test(value)) return undefined;
  return say(`is "${value}"; it must be a host's name or address, without port and without http://.`);
}

/** A homeserver's base address; the API paths are added to it. */
export function homeserver(value: string): Complaint | undefined {
  const url = URL.parse(value);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "")
    return say(`is "${value}"; it must start with http:// or https://, for example https://matrix.example.org`);
  if (url.username !== "" || url.password !== "") return say("holds a user name or password. Take it out.");
  if (url.search !== "" || url.hash !== "" || url.pathname.startsWith("/_matrix"))
    return say(`is "${value}"; it must be the server's base address, for example ${url.origin}`);
  return undefined;
}

export function backupPlace(value: string): Complaint | undefined {
  if (/^usb:.+$/.test(value) || value.startsWith("/")) return undefined;
  if (isWebdav(value)) return webdavUrl(value) ?? plainHttp(value);
  return say(
    `is "${value}"; it must be a folder that starts with /, a stick by its label like usb:MUSTER, or a WebDAV folder like https://cloud.lan/remote.php/dav/files/muster/backup.`,
  );
}

/** Among places for backups: a folder's address on a WebDAV server. */
export function isWebdav(place: string): boolean {
  return /^https?:/.test(place);
}

/** Names and numbers that mean a machine of one's own network (RFC 1918, 4193, 6762, 8375) or this one. */
const AT_HOME =
  /^(localhost|127\..*|10\..*|192\.168\..*|172\.(1[6-9]|2\d|3[01])\..*|169\.254\..*|\[(::1|f[cde].*)\]|[^.:]+|.*\.(lan|local|home\.arpa|internal|home|box))$/;

/** A Nextcloud at home often has no certificate, and the backup is locked anyway; over the internet the password would lie open. */
function plainHttp(value: string): Complaint | undefined {
  const url = URL.parse(value)!;
  if (url.protocol === "https:" || AT_HOME.test(url.hostname)) return undefined;
  return {
    message: `is "${value}": with http:// the password can be read on the way to ${url.hostname}. Write https://, if it has it.`,
    severity: "warning",
  };
}

/** age's public keys in bech32; whether one is right to its last letter is seen when something is locked with it. */
export function ageRecipient(value: string): Complaint | undefined {
  if (/^age1[a-z0-9]{20,}$/.test(value)) return undefined;
  const secret = value.toUpperCase().startsWith("AGE-SECRET-KEY") ? "a secret key, which must not lie here; " : "";
  return say(`is ${secret === "" ? `"${value}"; ` : secret}write the public one, which begins with age1.`);
}

/** "127.0.0.1:8470", "[::1]:8470" → host and port; undefined for anything else. */
export function parseListen(value: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  return host !== undefined && port <= 65_535 ? { host, port } : undefined;
}

export function listenAddress(value: string): Complaint | undefined {
  if (parseListen(value)) return undefined;
  return say(`is "${value}"; it must be host:port, for example 127.0.0.1:8470`);
}

/** Sockets' paths longer than this are cut silently by the kernel: sun_path holds 108 bytes with its closing zero (unix(7)). */
const LONGEST_SOCKET_PATH = 107;

export function socketPath(value: string): Complaint | undefined {
  const length = Buffer.byteLength(value);
  if (length > LONGEST_SOCKET_PATH) return say(`has ${length} bytes; a socket's path can have ${LONGEST_SOCKET_PATH}.`);
  return someFile(value);
}

export function matrixUser(value: string): Complaint | undefined {
  if (/^@[^:\s]+:[^\s]+$/.test(value)) return undefined;
  return say(`is "${value}"; it must be a whole Matrix user id like @muster:example.org`);
}

/** As `matrixUser`, with * and ? for anything. */
export function userGlob(value: string): Complaint | undefined {
  if (/^@[^:\s]+:[^\s]+$/.test(value)) return undefined;
  return say(`is "${value}"; it must look like "@anna:example.org" or "@*:example.org" (* stands for anything).`);
}

/** Node ids as Meshtastic writes them, with * and ? for anything. */
export function nodeGlob(value: string): Complaint | undefined {
  if (/^(![0-9a-f*?]{1,8}|\*)$/.test(value)) return undefined;
  return say(`is "${value}"; it must look like "!a1b2c3d4" or "*" (all), in quotes.`);
}

export function matrixRoom(value: string): Complaint | undefined {
  if (/^[#!][^:\s]+:[^\s]+$/.test(value)) return undefined;
  // Rooms of version 12 have ids without a server: "!" and 43 characters of base64.
  if (/^![A-Za-z0-9_-]{43}$/.test(value)) return undefined;
  const hint =
    value.startsWith("#") || value.startsWith("!")
      ? "the server's name is missing after a colon"
      : "it must start with # or !";
  return say(
    `is "${value}"; ${hint}. Write an alias like "#street:example.org" or an id like "!abc:example.org", in quotes.`,
  );
}

/** Ports that others are known to use in the private range (meshtastic-facts: field survey of October 2026). */
const TAKEN_PORTS: Readonly<Record<number, string>> = { 257: "ATAK Forwarder", 260: "Outpost" };

export function privatePort(value: number): Complaint | undefined {
  const owner = TAKEN_PORTS[value];
  if (owner === undefined) return undefined;
  return {
    message: `is ${value}, which ${owner} uses too. Choose another where both are on the air.`,
    severity: "warning",
  };
}

/** The radio drops texts less than 2 s apart (firmware since 2.7.0). */
export function messageDelay(value: number): Complaint | undefined {
  return value >= 2.5 ? undefined : say(`is ${value} s; the radio drops texts that follow faster. Write 2.5 or more.`);
}

/** `{display5}` is the first five characters of the display name; 1 to 20 may be asked for, as mmrelay has it. */
const NUMBERED = /^([a-z]+?)([1-9]|1\d|20)$/;

/** Checks a prefix made of text and of `{variables}`; those in `numbered` may carry a length. */
export function prefixFormat(plain: readonly string[], numbered: readonly string[]) {
  return (value: string): Complaint | undefined => {
    const outside = value.replaceAll(/\{([^{}]*)\}/g, "");
    if (/[{}]/.test(outside)) return say(`is "${value}"; a brace is missing. Variables are written {${plain[0]}}.`);
    if (Buffer.byteLength(outside) > 40) return say("is longer than 40 bytes and would leave little room for words.");
    if (/\p{Cc}/u.test(value)) return say("holds a control character.");
    const names = [...plain, ...numbered.map((name) => `${name}5`)];
    for (const [, name] of value.matchAll(/\{([^{}]*)\}/g)) {
      if (name === undefined || plain.includes(name)) continue;
      const stem = NUMBERED.exec(name)?.[1];
      if (stem !== undefined && numbered.includes(stem)) continue;
      return say(
        `has no variable {${name}}. There are: ${names.map((n) => `{${n}}`).join(" ")}.`,
        nearest(name, names),
      );
    }
    return undefined;
  };
}

/** What is said on the air: one short word. */
export function serviceName(value: string): Complaint | undefined {
  if (/^[a-z0-9][a-z0-9-]{0,15}$/.test(value)) return undefined;
  return say(`is "${value}"; it must be one word of at most 16 small letters, digits and hyphens, for example wiki.`);
}

const SERVICE_CHECKS = [
  /^https?:\/\/[^\s@]+$/,
  /^tcp:\/\/[^\s/@]+:\d{1,5}$/,
  /^ntp:\/\/[^\s/@]+$/,
  /^file:\/\S+$/,
  /^clock$/,
];

export function serviceCheck(value: string): Complaint | undefined {
  if (SERVICE_CHECKS.some((form) => form.test(value))) return undefined;
  return say(`is "${value}"; it must be http(s)://…, tcp://HOST:PORT, ntp://HOST, file:/PATH or clock.`);
}

/** A folder on a WebDAV server; "" for none. */
export function webdavUrl(value: string): Complaint | undefined {
  if (value === "") return undefined;
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return undefined;
  // A password that was written there anyway is not said again.
  const written = url && (url.username !== "" || url.password !== "") ? `an address with a user in it` : `"${value}"`;
  return say(
    `is ${written}; it must be a folder's address without user and password, like https://cloud.lan/remote.php/dav/files/muster/knowledge`,
  );
}
