// Every key of the config file, once: what it is, its default, its comment in the sample file. (contract: Configuration)

import * as checks from "./checks.ts";
import type { Draft, SectionField, ValueOf } from "./fields.ts";

/** Languages the gateway can speak towards residents. */
const LANGUAGES = ["en", "es"] as const;

const MARKED = { kind: "choice", of: ["addresses", "medical"] } as const;

const PERCENT = { kind: "number", min: 0, max: 100 } as const;

const MATRIX_ROOM = {
  kind: "section",
  keys: {
    id: {
      kind: "text",
      check: checks.matrixRoom,
      sample: "#street:street.lan",
      about: '"#alias:server" or "!id:server", in quotes',
    },
    meshtastic_channel: { kind: "number", integer: true, min: 0, max: 7, sample: 0, about: "index on the radio, 0-7" },
    may_show: { kind: "list", of: MARKED, default: [], about: "addresses, medical; default none" },
    prefix_format: {
      kind: "text",
      optional: true,
      check: checks.prefixFormat(["long", "short", "mesh"], ["long", "mesh"]),
      about: 'mesh -> Matrix; bot default "[{long}/{mesh}]: ", appservice default ""',
    },
  },
} as const satisfies SectionField;

const SERVICE = {
  kind: "section",
  keys: {
    name: { kind: "text", check: checks.serviceName, sample: "wiki", about: "one word: what is said on the air" },
    owner: { kind: "text", sample: "Ana (14)", about: "whom to ask when it is down" },
    deputy: { kind: "text", optional: true, sample: "Ben (20)", about: "and who else" },
    check: {
      kind: "text",
      optional: true,
      check: checks.serviceCheck,
      sample: "http://127.0.0.1:8080/",
      about: "http(s)://…, tcp://HOST:PORT, ntp://HOST, file:/PATH (up while it holds 1), clock",
    },
  },
} as const satisfies SectionField;

const UPLINK = {
  kind: "section",
  keys: {
    name: { kind: "text", check: checks.uplinkName, sample: "street", about: "yours to choose; shown in status" },
    homeserver: { kind: "text", check: checks.homeserver, sample: "http://127.0.0.1:8008" },
    mode: { kind: "choice", of: ["bot", "appservice"], sample: "bot", about: "bot | appservice" },
    user_id: { kind: "text", optional: true, check: checks.matrixUser, about: "bot" },
    access_token_file: {
      kind: "text",
      optional: true,
      check: checks.someFile,
      about: "bot; a path, or the name of a systemd credential",
    },
    access_token: { kind: "text", optional: true, check: checks.someFile },
    registration_file: { kind: "text", optional: true, check: checks.someFile, about: "appservice" },
    listen: {
      kind: "text",
      optional: true,
      check: checks.listenAddress,
      about: "appservice: transactions arrive here",
    },
    operators_room: { kind: "text", optional: true, check: checks.matrixRoom, about: "optional" },
    direct_messages: {
      kind: "flag",
      optional: true,
      about: "default: only the first uplink with an operators' room",
    },
    operators_may_show: { kind: "list", of: MARKED, default: [], about: "addresses, medical; default none" },
    boards_room: {
      kind: "text",
      optional: true,
      check: checks.matrixRoom,
      about: "optional; boards for everybody, nobody is answered there",
    },
    boards_may_show: { kind: "list", of: MARKED, default: [], about: "addresses, medical; default none" },
    matrix_rooms: { kind: "list", of: MATRIX_ROOM, default: [] },
  },
} as const satisfies SectionField;

/** Shown, commented out, in the sample file. */
const SAMPLE_UPLINKS = [
  {
    name: "street",
    homeserver: "http://127.0.0.1:8008",
    mode: "appservice",
    registration_file: "/etc/muster/registration.yaml",
    listen: "127.0.0.1:9470",
    operators_room: "#muster-ops:street.lan",
    direct_messages: true,
    operators_may_show: ["addresses", "medical"],
    boards_room: "#muster-boards:street.lan",
    matrix_rooms: [{ id: "#street:street.lan", meshtastic_channel: 0, may_show: [], prefix_format: "" }],
  },
  {
    name: "internet",
    homeserver: "https://matrix.example.org",
    mode: "bot",
    user_id: "@muster:example.org",
    access_token_file: "/etc/muster/token",
    operators_room: "!abc:example.org",
    matrix_rooms: [{ id: "!def:example.org", meshtastic_channel: 0 }],
  },
];

export const CONFIG = {
  kind: "section",
  keys: {
    node: {
      kind: "section",
      keys: {
        name: { kind: "text", default: "Muster", check: checks.shortLine, about: "shown to people" },
        timezone: { kind: "text", default: "UTC", check: checks.timezone, about: "for example America/Los_Angeles" },
        language: {
          kind: "choice",
          of: LANGUAGES,
          default: "en",
          about: `default language towards residents: ${LANGUAGES.join(", ")}`,
        },
        gateway_number: {
          kind: "number",
          integer: true,
          min: 0,
          max: 15,
          optional: true,
          about: "0-15, another on each gateway of a community; with group_key_file they share needs, offers and pages",
        },
      },
    },
    meshtastic: {
      kind: "section",
      keys: {
        connection_type: { kind: "choice", of: ["serial", "tcp"], default: "serial", about: "serial | tcp" },
        serial_port: {
          kind: "text",
          optional: true,
          check: checks.absolutePort,
          sample: "/dev/serial/by-id/usb-Silicon_Labs_CP2102-if00-port0",
          about: "needed with serial",
        },
        host: { kind: "text", default: "127.0.0.1", check: checks.hostName, about: "with tcp" },
        port: { kind: "number", integer: true, min: 1, max: 65_535, default: 4403 },
        message_delay: {
          kind: "number",
          min: 0,
          max: 600,
          default: 2.5,
          check: checks.messageDelay,
          about: "seconds between texts handed to the radio, minimum 2.5",
        },
        prefix_format: {
          kind: "text",
          default: "{display5}[M]: ",
          check: checks.prefixFormat(["display", "user", "username", "server"], ["display"]),
          about: 'Matrix -> channel: {display} {display5} {user} {username} {server}; "" for none',
        },
        private_port: {
          kind: "number",
          integer: true,
          min: 257,
          max: 511,
          default: 293,
          check: checks.privatePort,
          about: "257-511, the same on every gateway",
        },
        machine_channels: {
          kind: "list",
          of: { kind: "number", integer: true, min: 0, max: 7 },
          default: [],
          about: "channels on which only machines listen",
        },
        group_key_file: {
          kind: "text",
          optional: true,
          check: checks.someFile,
          about:
            'proves what gateways say to each other: a file with "ID:64 hexadecimal digits", the same on all of them',
        },
        stale_after_hours: {
          kind: "number",
          min: 0.01,
          max: 8_760,
          default: 12,
          about: "words from Matrix that waited longer are not sent; their writer is told",
        },
      },
    },
    uplinks: {
      kind: "list",
      of: UPLINK,
      default: [],
      sample: SAMPLE_UPLINKS,
      about: "any number; each has its own rooms, queue and health. Put entries like these in place of []:",
    },
    access: {
      kind: "section",
      keys: {
        matrix_users: {
          kind: "list",
          of: { kind: "text", check: checks.userGlob },
          default: [],
          about: 'who may write to the mesh: ["@*:street.lan"]; empty: whoever has power to speak in the room',
        },
        airtime_share_per_user: {
          kind: "number",
          min: 0.001,
          max: 1,
          default: 0.1,
          about: "of the gateway's hourly budget",
        },
        bell_nodes: {
          kind: "list",
          of: { kind: "text", check: checks.nodeGlob },
          default: [],
          about: 'radios whose bell mentions a whole room: ["!a1b2c3d4"]; operators always hear a bell',
        },
      },
    },
    airtime: {
      kind: "section",
      keys: {
        budget_percent: { ...PERCENT, default: 8, about: "of each hour, for all that the gateway says" },
        emergency_reserve_percent: { ...PERCENT, default: 4, about: "on top, for distress and pages alone" },
        utilisation_ceiling: { ...PERCENT, default: 25, about: "channel this busy: information waits" },
        urgent_ceiling: { ...PERCENT, default: 40, about: "all waits but distress, pages and roll calls" },
      },
    },
    knowledge: {
      kind: "section",
      keys: {
        folder: { kind: "text", default: "", about: "the procedures, as Markdown files (muster knowledge check)" },
        webdav_url: {
          kind: "text",
          default: "",
          check: checks.webdavUrl,
          about: "a folder on a WebDAV server (Nextcloud, Apache) that is kept in step with it",
        },
        webdav_user: { kind: "text", default: "" },
        webdav_password_file: {
          kind: "text",
          optional: true,
          check: checks.someFile,
          about: "a path, or the name of a systemd credential",
        },
        sync_minutes: { kind: "number", min: 0.05, max: 1_440, default: 10 },
      },
    },
    services: {
      kind: "list",
      of: SERVICE,
      default: [],
      about: "what the neighbourhood shares (homeserver, wiki, clock, power): name, owner, deputy, check",
    },
    notices: {
      kind: "section",
      keys: {
        low_battery_percent: {
          kind: "number",
          integer: true,
          min: 0,
          max: 100,
          default: 0,
          about: "operators are told once of a radio's battery at or below this; 0 never",
        },
        silent_hours: {
          kind: "number",
          min: 0,
          max: 336,
          default: 0,
          about: "operators are told once of a radio not heard for so long; 0 never",
        },
        dead_man_minutes: {
          kind: "number",
          min: 0,
          max: 1440,
          default: 15,
          about: "the homeserver tells operators of a gateway silent for so long, where it has delayed events; 0 never",
        },
      },
    },
    database: {
      kind: "section",
      keys: { path: { kind: "text", default: "/var/lib/muster/muster.db", check: checks.someFile } },
    },
    backup: {
      kind: "section",
      keys: {
        to: {
          kind: "list",
          of: { kind: "text", check: checks.backupPlace },
          default: [],
          about:
            'folders, sticks by label, WebDAV: ["/srv/backup", "usb:MUSTER", "https://cloud.lan/…/backup"]; docs/backup.md',
        },
        webdav_user: { kind: "text", default: "" },
        webdav_password_file: {
          kind: "text",
          optional: true,
          check: checks.someFile,
          about: "for WebDAV; a path, or the name of a systemd credential",
        },
        recipients: {
          kind: "list",
          of: { kind: "text", check: checks.ageRecipient },
          default: [],
          about: "public age keys that open it: muster backup --make-key FILE",
        },
        passphrase_file: {
          kind: "text",
          optional: true,
          check: checks.someFile,
          about: "instead of keys; a path, or the name of a systemd credential",
        },
        keep: { kind: "number", integer: true, min: 1, max: 1000, default: 14, about: "at each place" },
      },
    },
    control: {
      kind: "section",
      keys: { socket: { kind: "text", default: "/run/muster/control.sock", check: checks.socketPath } },
    },
    http: {
      kind: "section",
      keys: {
        listen: { kind: "text", default: "127.0.0.1:8470", check: checks.listenAddress, about: "/healthz and /readyz" },
      },
    },
    logging: {
      kind: "section",
      keys: {
        level: {
          kind: "choice",
          of: ["error", "warn", "info", "debug"],
          default: "info",
          about: "error | warn | info | debug",
        },
      },
    },
    pages: {
      kind: "section",
      keys: {
        second_person: {
          kind: "flag",
          default: true,
          about: "a page to everybody needs a second person's yes; docs/calltree.md",
        },
      },
    },
    retention: {
      kind: "section",
      keys: {
        messages_days: {
          kind: "number",
          integer: true,
          min: 1,
          max: 36_500,
          default: 90,
          about: "settled messages are forgotten after so many days",
        },
      },
    },
  },
} as const satisfies SectionField;

/** The config once it has been read, before the rules between its keys have filled in the rest. */
export type Config = ValueOf<typeof CONFIG>;

export type ConfigDraft = Draft<Config>;
