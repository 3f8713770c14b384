// The table of rooms: which may import which, and where each npm package lives. The picture is in docs/ARCHITECTURE.md.

export interface Room {
  /** Other rooms whose code may be imported. */
  readonly imports: readonly string[];
  /** Other rooms of which only types may be imported: they are gone when the program runs. */
  readonly types?: readonly string[];
  /** npm packages that live here, and nowhere else. */
  readonly packages?: readonly string[];
  /** Node's own modules; "any" for the edges. */
  readonly node?: readonly string[] | "any";
  /** Whether `async` and `await` may be written here. */
  readonly async?: true;
}

const PURE_ROOMS = ["base", "domain", "wire", "delivery", "store", "gateway"] as const;

/** `main` and `pump` are src/main.ts and src/pump.ts. */
export const ROOMS: Readonly<Record<string, Room>> = {
  base: { imports: [], node: ["crypto"] },
  domain: { imports: ["base"] },
  wire: {
    imports: ["base", "domain"],
    packages: ["cbor-x", "csv-parse", "csv-stringify", "ical.js", "marked", "minisearch"],
    node: ["buffer", "crypto"],
  },
  delivery: { imports: ["base"] },
  store: {
    imports: ["base", "domain", "delivery"],
    packages: ["better-sqlite3"],
    node: ["crypto", "fs", "path", "zlib"],
  },
  gateway: { imports: ["base", "domain", "wire", "delivery", "store"], node: ["crypto", "zlib"] },
  radio: { imports: ["base"], packages: ["@meshtastic/js", "@bufbuild/protobuf"] },
  serial: {
    imports: ["base", "radio"],
    types: ["gateway"],
    packages: ["serialport", "@serialport/parser-readline"],
    node: "any",
    async: true,
  },
  matrix: { imports: ["base"], types: ["gateway"], packages: ["matrix-bot-sdk"], node: "any", async: true },
  web: { imports: ["base", "domain"], types: ["gateway"], packages: ["webdav"], node: "any", async: true },
  emulator: { imports: ["base"], packages: ["protobufjs"], node: ["fs", "zlib"] },
  pump: { imports: ["base", "gateway", "store"], async: true },
  sim: { imports: [...PURE_ROOMS, "radio", "emulator", "pump"], node: ["crypto", "fs", "path"] },
  cli: {
    imports: [...PURE_ROOMS, "radio", "serial", "matrix", "web", "emulator", "pump", "sim"],
    packages: ["age-encryption", "commander", "pdfkit", "qrcode", "yaml"],
    node: "any",
    async: true,
  },
  main: { imports: ["cli"], node: "any", async: true },
};

/** Packages that nobody imports, and why they are here. */
export const UNIMPORTED: Readonly<Record<string, string>> = {
  "@fontsource/dejavu-sans": "a font: cli/report/paper.ts reads its files",
  "@matrix-org/matrix-sdk-crypto-nodejs": "our own workspace package, which matrix-bot-sdk imports",
};

/** The only files that may take the time, set a timer or roll dice. */
export const TIME_AND_CHANCE = ["src/base/clock.ts", "src/base/calendar.ts", "src/base/random.ts", "src/pump.ts"];

export const LONGEST_FILE = 400;
export const LONGEST_FUNCTION = 70;
