// Lists of people as CSV, as communities keep them in spreadsheets: one line a person; what belongs to the household stands on
// its first line and may be left out on the others. The whole file is read before anything is believed; every mistake is named
// with its line.

import { stringify } from "csv-stringify/sync";
import { fromHex, toHex } from "#base/bytes.ts";
import { nodeId, parseNodeId } from "#base/ids.ts";
import { parsed, refused, type Parsed } from "#base/parsed.ts";
import { emptyHousehold, ROLES, type Household, type Role } from "#domain/people/people.ts";
import type { House } from "#domain/wire-words.ts";
import { readCsv, type Mistake } from "./csv.ts";
import { isHouse } from "./houses.ts";

/** The column guide: name, what goes in, an example. The first four are enough to start with. */
export const COLUMNS = [
  ["household", "short number that is said on the air: 1 to 9999 and perhaps a letter", "14"],
  ["name", "the person; empty for a household nobody is named of", "Ana Ruiz"],
  ["zone", "number of the block, 1 to 999", "1"],
  ["radios", "radios by number, several separated by spaces; =key after one pins its public key (hex)", "!a1b2c3d4"],
  [
    "role",
    "resident, captain, deputy, coordinator or operator; captain and deputy of the household's zone",
    "resident",
  ],
  ["zone_name", "name of the block", "Elm Street North"],
  ["people", "how many live there", "4"],
  ["animals", "how many animals", "2"],
  ["languages", "codes, the preferred first", "es en"],
  ["language", "the person's own, if another", "es"],
  ["needs_power", "yes if somebody depends on electricity", "yes"],
  ["mobility", "in words", "wheelchair"],
  ["medical", "in words; shown only where it may be", "insulin"],
  ["medical_readers", "who else may read that: roles or Matrix ids", "coordinator"],
  ["contacts", "in words, outside the area too", "sister +1 555 0100"],
  ["address", "shown only where it may be", "14 Elm Street"],
  ["matrix", "the person's Matrix ids, separated by spaces", "@ana:street.lan"],
] as const;

type Column = (typeof COLUMNS)[number][0];
const NAMES: readonly string[] = COLUMNS.map(([name]) => name);

export const CSV_ROLES = [...ROLES, "deputy"] as const;
export type CsvRole = Role | "deputy";

export interface CsvMember {
  readonly line: number;
  readonly house: House;
  readonly name: string;
  readonly role: CsvRole;
  readonly language?: string;
  readonly matrix: readonly string[];
  readonly radios: readonly { readonly node: number; readonly publicKey?: Uint8Array }[];
}

export interface CsvPeople {
  readonly zones: ReadonlyMap<number, string | undefined>;
  readonly households: readonly Household[];
  readonly members: readonly CsvMember[];
}

/** Every mistake of the file at once; nothing is taken from a file that has one. */
export function readPeople(text: string): Parsed<CsvPeople, readonly Mistake[]> {
  const lines = readCsv(text, COLUMNS, ["household"], "there is no person in it");
  if (!lines.ok) return lines;
  const reader = new Reader();
  for (const { record, line } of lines.value) reader.read(record, line);
  return reader.mistakes.length > 0 ? refused(reader.mistakes) : parsed(reader.people());
}

class Reader {
  readonly mistakes: Mistake[] = [];
  readonly #households = new Map<House, Household>();
  readonly #zones = new Map<number, string | undefined>();
  readonly #members: CsvMember[] = [];
  readonly #radios = new Map<number, number>();
  #record: Readonly<Record<string, string>> = {};
  #line = 0;

  people(): CsvPeople {
    return { zones: this.#zones, households: [...this.#households.values()], members: this.#members };
  }

  read(record: Readonly<Record<string, string>>, line: number): void {
    this.#record = record;
    this.#line = line;
    const house = this.#field("household").toLowerCase();
    if (!isHouse(house)) return this.#wrong("household", `"${String(house)}" is no short number like 14 or 16a`);
    this.#readHousehold(house);
    this.#readMember(house);
  }

  #field(name: Column): string {
    return this.#record[name] ?? "";
  }

  #wrong(column: Column, what: string): void {
    this.mistakes.push({ line: this.#line, column, what });
  }

  #list(name: Column): string[] {
    return this.#field(name)
      .split(/\s+/)
      .filter((word) => word !== "");
  }

  #count(name: Column, most: number): number | undefined {
    const text = this.#field(name);
    if (text === "") return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    this.#wrong(name, `"${text}" is no number from 0 to ${most}`);
    return undefined;
  }

  #readHousehold(house: House): void {
    const before = this.#households.get(house) ?? emptyHousehold(house);
    const zone = this.#count("zone", 999);
    if (zone !== undefined) this.#zones.set(zone, this.#field("zone_name") || this.#zones.get(zone));
    const power = this.#field("needs_power").toLowerCase();
    if (!["", "yes", "no", "1", "0", "true", "false", "si", "sí"].includes(power))
      this.#wrong("needs_power", `"${power}" is neither yes nor no`);
    const said = {
      zone,
      people: this.#count("people", 999),
      animals: this.#count("animals", 999),
      languages: this.#list("languages"),
      needsPower: ["yes", "1", "true", "si", "sí"].includes(power),
      mobility: this.#field("mobility"),
      medical: this.#field("medical"),
      medicalReaders: this.#list("medical_readers"),
      contacts: this.#field("contacts"),
      address: this.#field("address"),
    };
    const merged: Record<string, unknown> = { ...before };
    for (const [key, value] of Object.entries(said)) {
      if (value === undefined || value === "" || value === false || (Array.isArray(value) && value.length === 0))
        continue;
      const old = merged[key];
      const empty = old === undefined || old === "" || old === false || (Array.isArray(old) && old.length === 0);
      if (!empty && JSON.stringify(old) !== JSON.stringify(value))
        this.#wrong("household", `household ${house} has another ${key} on an earlier line`);
      merged[key] = value;
    }
    this.#households.set(house, merged as unknown as Household);
  }

  #readMember(house: House): void {
    const name = this.#field("name");
    const radios = this.#list("radios").flatMap((text) => this.#radio(text));
    const role = this.#field("role").toLowerCase() || "resident";
    if (name === "") {
      if (radios.length > 0) this.#wrong("name", "a radio needs a person: write a name");
      return;
    }
    if (!(CSV_ROLES as readonly string[]).includes(role))
      return this.#wrong("role", `"${role}" is none of ${CSV_ROLES.join(", ")}`);
    const zoned = this.#households.get(house)?.zone !== undefined;
    if ((role === "captain" || role === "deputy") && !zoned) this.#wrong("zone", `a ${role} needs a zone`);
    const language = this.#field("language").toLowerCase();
    const matrix = this.#list("matrix");
    for (const user of matrix)
      if (!/^@[^\s:]+:\S+$/.test(user)) this.#wrong("matrix", `"${user}" is no Matrix id like @ana:street.lan`);
    if (this.#members.some((other) => other.house === house && other.name === name))
      this.#wrong("name", `${name} of household ${house} is on an earlier line already`);
    this.#members.push({
      line: this.#line,
      house,
      name,
      role: role as CsvRole,
      matrix,
      radios,
      ...(language === "" ? {} : { language }),
    });
  }

  #radio(text: string): { node: number; publicKey?: Uint8Array }[] {
    const [id = "", hex] = text.split("=");
    const node = parseNodeId(id);
    const key = hex === undefined ? undefined : fromHex(hex);
    if (node === undefined) this.#wrong("radios", `"${id}" is no radio's number like !a1b2c3d4`);
    else if (hex !== undefined && key?.length !== 32)
      this.#wrong("radios", `the key of ${id} is not 64 hexadecimal digits`);
    else if (this.#radios.has(node))
      this.#wrong("radios", `${id} is somebody else's on line ${this.#radios.get(node)}`);
    else {
      this.#radios.set(node, this.#line);
      return [{ node, ...(key === undefined ? {} : { publicKey: key }) }];
    }
    return [];
  }
}

/** The same file again: importing it changes nothing. A cell that a spreadsheet would compute gets a quote in front. */
export function writePeople(people: CsvPeople): string {
  const rows: Partial<Record<Column, string>>[] = [];
  for (const home of people.households) {
    const members = people.members.filter(({ house }) => house === home.house);
    const about: Partial<Record<Column, string>> = {
      household: home.house,
      zone: home.zone === undefined ? "" : String(home.zone),
      zone_name: (home.zone === undefined ? undefined : people.zones.get(home.zone)) ?? "",
      people: home.people === undefined ? "" : String(home.people),
      animals: home.animals === undefined ? "" : String(home.animals),
      languages: home.languages.join(" "),
      needs_power: home.needsPower ? "yes" : "",
      mobility: home.mobility,
      medical: home.medical,
      medical_readers: home.medicalReaders.join(" "),
      contacts: home.contacts,
      address: home.address,
    };
    if (members.length === 0) rows.push(about);
    members.forEach((member, index) => {
      rows.push({ ...(index === 0 ? about : { household: home.house }), ...memberFields(member) });
    });
  }
  return stringify(rows, { header: true, columns: NAMES.slice(), escape_formulas: true });
}

function memberFields(member: CsvMember): Partial<Record<Column, string>> {
  return {
    name: member.name,
    role: member.role,
    language: member.language ?? "",
    matrix: member.matrix.join(" "),
    radios: member.radios
      .map(({ node, publicKey }) => nodeId(node) + (publicKey === undefined ? "" : `=${toHex(publicKey)}`))
      .join(" "),
  };
}
