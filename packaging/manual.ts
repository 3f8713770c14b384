// muster(1) and muster.yaml(5), made from the tables that the program itself runs on: the verbs and the config's keys.

import { exampleConfig } from "#cli/config/example.ts";
import type { Field, SectionField } from "#cli/config/fields.ts";
import { CONFIG } from "#cli/config/table.ts";
import type { VerbOutline } from "#cli/verbs.ts";
import { bold, indented, item, page, paragraph, plain, prose, section, subsection, verbatim } from "./roff.ts";

export interface Edition {
  readonly version: string;
  /** `2026-11-23` */
  readonly date: string;
}

export function commandManual(program: VerbOutline, { version, date }: Edition): string {
  return [
    page("MUSTER", 1, date, version, "Muster"),
    section("NAME", "muster \\- gateway between Meshtastic radios and Matrix rooms\n"),
    section("SYNOPSIS", `${bold("muster")} [${bold("--config")} \\fIfile\\fR] \\fIverb\\fR [\\fIoptions\\fR]\n`),
    section(
      "DESCRIPTION",
      paragraph(
        prose(
          "Muster stands between the handheld radios of a neighbourhood and its Matrix rooms. As a service it is started by systemd (muster.service); " +
            "the other verbs ask the running service over its control socket, or its database when none runs.",
        ),
      ),
      paragraph(prose("With --json, standard output is one JSON value; words for people go to standard error.")),
    ),
    section("OPTIONS", ...program.options.map(optionItem)),
    section("VERBS", ...program.verbs.map((verb) => verbSection(verb, ""))),
    section(
      "EXIT STATUS",
      item("0", "fine"),
      item("1", "a finding or a failure"),
      item("2", "wrong usage, or a gateway that runs elsewhere by now"),
    ),
    section("FILES", ...FILES.map(([file, words]) => item(`\\fI${plain(file)}\\fR`, plain(words)))),
    section(
      "SEE ALSO",
      `${bold("muster.yaml")}(5), ${bold("systemctl")}(1), ${bold("journalctl")}(1), ${bold("age")}(1)\n`,
    ),
  ].join("");
}

const FILES: readonly (readonly [string, string])[] = [
  ["/etc/muster/muster.yaml", "the config"],
  [
    "/etc/muster/credentials/",
    "secrets that the service is handed by systemd, named in the config by their bare names",
  ],
  ["/etc/muster/environment", "variables for the service"],
  ["/var/lib/muster/", "the database and its hourly copy"],
  ["/dev/muster-radio", "the radio, wherever it is plugged in"],
  ["/opt/muster/docs/", "the documentation"],
];

function verbSection(verb: VerbOutline, parents: string): string {
  const name = `${parents}${verb.name}`;
  const typed = [name, ...verb.arguments.map((each) => each.flags)].join(" ");
  const own =
    verb.verbs.length > 0 && verb.options.length + verb.arguments.length === 0
      ? ""
      : subsection(
          typed,
          paragraph(prose(`${verb.about}.`)),
          ...verb.arguments
            .filter((each) => each.about !== "")
            .map((each) => item(bold(each.flags), prose(each.about))),
          ...verb.options.map(optionItem),
        );
  return own + verb.verbs.map((child) => verbSection(child, `${name} `)).join("");
}

function optionItem(option: VerbOutline["options"][number]): string {
  const told = option.default === undefined ? "" : ` (default ${option.default})`;
  return item(bold(option.flags), prose(`${option.about}${told}`));
}

export function configManual({ version, date }: Edition): string {
  return [
    page("MUSTER.YAML", 5, date, version, "Muster"),
    section("NAME", "muster.yaml \\- configuration of muster\n"),
    section(
      "DESCRIPTION",
      paragraph(
        prose(
          "YAML, read strictly: an unknown key, a wrong type or an unreadable file is an error with line and the nearest right name, and all of them are told at once " +
            "(muster config check). Relative paths start at the file's folder. Without --config, ./muster.yaml is read, then /etc/muster/muster.yaml.",
        ),
      ),
      paragraph(
        prose(
          "Any key can come from the environment, as JSON where it parses: MUSTER__NODE__NAME, MUSTER__UPLINKS__0__HOMESERVER. A file named without a slash is a systemd credential, " +
            "from /etc/muster/credentials.",
        ),
      ),
    ),
    section("KEYS", ...Object.entries(CONFIG.keys).map(([key, field]) => keyEntry(key, field))),
    section("EXAMPLE", verbatim(exampleConfig())),
    section("SEE ALSO", `${bold("muster")}(1)\n`),
  ].join("");
}

function keyEntry(key: string, field: Field): string {
  if (field.kind === "section") return item(bold(key), "") + keysOf(field);
  if (field.kind === "list" && field.of.kind === "section")
    return item(bold(key), prose(`a list. ${field.about ?? ""}`)) + keysOf(field.of);
  const words = [kindWords(field), field.about ?? "", defaultWords(field)].filter((each) => each !== "");
  return item(bold(key), prose(words.join(". ")));
}

function keysOf(field: SectionField): string {
  return indented(...Object.entries(field.keys).map(([key, child]) => keyEntry(key, child)));
}

function kindWords(field: Field): string {
  if (field.kind === "choice") return `one of: ${field.of.join(", ")}`;
  if (field.kind === "flag") return "true or false";
  if (field.kind === "number") return `a ${field.integer ? "whole " : ""}number from ${field.min} to ${field.max}`;
  if (field.kind === "list") return `a list; each ${kindWords(field.of)}`;
  return "a text";
}

function defaultWords(field: Field): string {
  if (field.kind === "section") return "";
  if (field.default !== undefined) return `Default ${JSON.stringify(field.default)}`;
  return "optional" in field && field.optional ? "Optional" : "Required";
}
