// An appservice's registration file: what the homeserver and we must agree on (Application Service API, "Registration").
// `muster matrix registration` writes it once; homeserver and gateway read the same file.

import { randomBytes } from "node:crypto";
import { parse, stringify } from "yaml";
import type { Registration } from "#gateway/settings.ts";

const PREFIX = "_muster_";

/** A new registration with new tokens. `url` is where the homeserver reaches our listener. */
export function newRegistration(url: string): string {
  const token = (): string => randomBytes(32).toString("base64url");
  return registrationYaml({
    id: "muster",
    url,
    as_token: token(),
    hs_token: token(),
    sender_localpart: "muster",
    rate_limited: false,
    "io.element.msc4190": true,
    namespaces: { users: [{ exclusive: true, regex: `@${PREFIX}.*` }], aliases: [], rooms: [] },
  });
}

const HEAD = `# Muster's registration at its homeserver. It holds secrets: keep its mode 0600.
# Synapse: name this file in homeserver.yaml under app_service_config_files, and restart it.
`;

function registrationYaml(fields: Readonly<Record<string, unknown>>): string {
  return HEAD + stringify(fields, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
}

/** What we need of a registration file, or what is wrong with it in words that name no secret. */
export function readRegistration(text: string): Registration | string {
  let fields: Record<string, unknown>;
  try {
    const value: unknown = parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "is not a registration.";
    fields = value as Record<string, unknown>;
  } catch {
    return "is not YAML.";
  }
  for (const key of ["id", "as_token", "hs_token", "sender_localpart"])
    if (typeof fields[key] !== "string" || fields[key] === "") return `has no ${key}.`;
  const ghostPrefix = prefixOf(fields["namespaces"]);
  if (ghostPrefix === undefined)
    return `has no namespaces.users with a regex like "@${PREFIX}.*": the radios' users need one.`;
  const field = (key: string): string => String(fields[key]);
  return {
    id: field("id"),
    asToken: field("as_token"),
    hsToken: field("hs_token"),
    senderLocalpart: field("sender_localpart"),
    ghostPrefix,
  };
}

/** The fixed letters between "@" and ".*" of the first namespace that has any. */
function prefixOf(namespaces: unknown): string | undefined {
  const users = (namespaces as { users?: unknown } | null | undefined)?.users;
  if (!Array.isArray(users)) return undefined;
  for (const user of users) {
    const regex: unknown = (user as { regex?: unknown } | null)?.regex;
    const prefix = typeof regex === "string" ? /^\^?@([a-z0-9._=/-]+?)(\.\*|\.\+|\[)/.exec(regex)?.[1] : undefined;
    if (prefix !== undefined) return prefix.replaceAll("\\", "");
  }
  return undefined;
}
