// The gateway's settings after the config file has been read and checked: complete, every default filled in.
// Names as in the config (docs: README, `muster config example`); camel case here, snake case there.

export interface Settings {
  readonly node: {
    readonly name: string;
    readonly timezone: string;
    readonly language: string;
    /** 0 to 15, another on each gateway of a community; none: it shares nothing with others. */
    readonly gatewayNumber?: number;
  };
  readonly meshtastic: MeshtasticSettings;
  readonly uplinks: readonly UplinkSettings[];
  readonly access: AccessSettings;
  readonly airtime: AirtimeSettings;
  readonly notices: NoticeSettings;
  readonly knowledge: KnowledgeSettings;
  readonly services: readonly ServiceSettings[];
  readonly database: { readonly path: string };
  readonly control: { readonly socket: string };
  readonly http: { readonly listen: string };
  readonly logging: { readonly level: "error" | "warn" | "info" | "debug" };
  readonly retention: { readonly messagesDays: number };
  readonly backup?: BackupSettings;
  /** A page to everybody needs a second person's yes; so it does where nothing is said. */
  readonly pages?: { readonly secondPerson: boolean };
}

export interface BackupSettings {
  /** Folders, sticks by their labels (`usb:LABEL`), folders on a WebDAV server (`https://…`). */
  readonly to: readonly string[];
  readonly webdavUser: string;
  /** Never logged. */
  readonly webdavPassword: string;
  /** Public age keys. */
  readonly recipients: readonly string[];
  /** Instead of keys. Never logged. */
  readonly passphrase?: string;
  /** Backups kept at each place. */
  readonly keep: number;
  /** Files that a new box needs too, by the names that the config gives them. */
  readonly secretFiles: readonly { readonly named: string; readonly text: string }[];
}

export interface MeshtasticSettings {
  readonly connectionType: "serial" | "tcp";
  readonly serialPort: string;
  readonly host: string;
  readonly port: number;
  /** Seconds between texts handed to the radio; at least 2.5 (the firmware drops texts less than 2 s apart), 0 only with rate limits off. */
  readonly messageDelay: number;
  /** Matrix → channel; "" for none. Variables as mmrelay's: {display}, {displayN}, {user}, {username}, {server}. */
  readonly prefixFormat: string;
  readonly privatePort: number;
  /** Channels that only machines listen on: there a message for machines may go as an armoured text. */
  readonly machineChannels?: readonly number[];
  /** Prove what gateways say to each other (src/wire); the first is used to say, all to check. Never logged. */
  readonly groupKeys?: readonly { readonly id: number; readonly secret: Uint8Array }[];
  /** Words from Matrix that waited longer are not sent any more. */
  readonly staleAfterHours: number;
}

export interface AccessSettings {
  /** Globs; none: whoever may speak in the room. */
  readonly matrixUsers: readonly string[];
  readonly airtimeSharePerUser: number;
  /** Globs of node ids ("!a1b2c3d4") whose bell calls a whole room. */
  readonly bellNodes: readonly string[];
}

/** Percent; what of the hour the gateway may use (field.md §3c, delivery/budget.ts). */
export interface AirtimeSettings {
  /** For everything that the gateway says. */
  readonly budgetPercent: number;
  /** On top of it, for distress and pages alone. */
  readonly emergencyReservePercent: number;
  /** Channel utilisation from which information waits. */
  readonly utilisationCeiling: number;
  /** Channel utilisation from which everything but distress, pages and roll calls waits. */
  readonly urgentCeiling: number;
}

/** What operators are told about radios; 0 is never. */
export interface NoticeSettings {
  readonly lowBatteryPercent: number;
  readonly silentHours: number;
  /** The homeserver tells operators of a gateway that was silent for so long. */
  readonly deadManMinutes?: number;
}

export interface KnowledgeSettings {
  /** The folder of procedures, "" for none. */
  readonly folder: string;
  /** The folder on a WebDAV server that is kept in step with it, "" for none. */
  readonly webdavUrl: string;
  readonly webdavUser: string;
  /** Read from its file, a systemd credential or the environment; never logged. */
  readonly webdavPassword: string;
  readonly syncMinutes: number;
}

/** A service that the neighbourhood shares. */
export interface ServiceSettings {
  /** One word: what is said on the air. */
  readonly name: string;
  readonly owner: string;
  readonly deputy?: string;
  /** "http://…", "tcp://host:port", "ntp://host", "file:/path" (holds 1), "clock"; none: nobody looks. */
  readonly check?: string;
}

export type Marked = "addresses" | "medical";

export interface UplinkSettings {
  readonly name: string;
  readonly homeserver: string;
  readonly mode: "bot" | "appservice";
  readonly userId?: string;
  readonly accessTokenFile?: string;
  /** Read from the file, a systemd credential or the environment; never logged. */
  readonly accessToken?: string;
  readonly registrationFile?: string;
  /** Read from the registration file; never logged. */
  readonly registration?: Registration;
  readonly listen?: string;
  readonly operatorsRoom?: string;
  readonly directMessages: boolean;
  readonly operatorsMayShow: readonly Marked[];
  /** A room that the gateway alone writes in: boards for everybody. */
  readonly boardsRoom?: string;
  readonly boardsMayShow?: readonly Marked[];
  readonly matrixRooms: readonly RoomSettings[];
}

/** An appservice's registration at its homeserver (spec, "Application Service API: Registration"). */
export interface Registration {
  readonly id: string;
  readonly asToken: string;
  readonly hsToken: string;
  readonly senderLocalpart: string;
  /** Local parts of ghosts begin with this. */
  readonly ghostPrefix: string;
}

export interface RoomSettings {
  /** "#alias:server" or "!id:server". */
  readonly id: string;
  readonly meshtasticChannel: number;
  readonly mayShow: readonly Marked[];
  /** mesh → Matrix; "" for none. Variables: {long}, {longN}, {short}, {mesh}, {meshN}. */
  readonly prefixFormat: string;
}
