// muster init: from a radio on a cable and an account on a homeserver to a gateway that the doctor finds well.
//
// Eight questions at most: radio, name, language, region (or whether to set the radio), homeserver, account, secret, operators.
// Nothing is written before the radio and the homeserver have answered; the radio alone is set earlier, after its question. The
// end is the doctor's word: all green, or the next step.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { stringify } from "yaml";
import { nodeId } from "#base/ids.ts";
import type { RadioSettings } from "#radio/settings.ts";
import { channelIn, settingIn } from "#radio/settings.ts";
import { parseConfig } from "#cli/config/config.ts";
import { timezone } from "#cli/config/checks.ts";
import { diagnose, findingLine } from "#cli/doctor/doctor.ts";
import { handOver, makeWay, placesFor, writeConfig, writeSecret, type Places } from "./files.ts";
import { Interview, readAccount, readLanguage, readOperators, readRegion, readStreet } from "./questions.ts";
import { makeRooms, type Rooms } from "./rooms.ts";
import { appserviceLogin, checkPeople, findHomeserver, logIn, type Login } from "./matrix-setup.ts";
import { Prompt, readYesNo, Unfit } from "#cli/prompt.ts";
import { readPlace, serialPorts } from "#cli/radio/place.ts";
import { planFor } from "#cli/radio/plan.ts";
import { OwnLine, storeKeeper } from "#cli/radio/own-line.ts";
import { RadioSession } from "#cli/radio/session.ts";
import { provisionRadio, share } from "#cli/radio/write.ts";
import { newRegistration, readRegistration } from "#cli/matrix/registration.ts";
import { Failure, UsageError, type Cli } from "#cli/verb.ts";

const APPSERVICE_LISTEN = "127.0.0.1:9470";
const UPLINK = "street";

interface Options {
  readonly radio?: string;
  readonly name?: string;
  readonly language?: string;
  readonly region?: string;
  readonly setRadio?: string;
  readonly homeserver?: string;
  readonly account?: string;
  readonly secretFile?: string;
  readonly operators?: string;
  readonly timezone?: string;
  readonly force?: boolean;
}

export function defineInit(command: Command, cli: Cli): void {
  command
    .option("--radio <place>", "where the radio is: /dev/…, or HOST:PORT")
    .option("--name <text>", "the street's name, at most 24 bytes")
    .option("--language <code>", "the residents' language: en, es")
    .option("--region <name>", "the radio's region, where it has none: US, EU_868, …")
    .option("--set-radio <yes|no>", "whether to set the radio as a gateway's ought to be")
    .option("--homeserver <url>", "the Matrix homeserver")
    .option("--account <id>", "the gateway's account there, or appservice")
    .option(
      "--secret-file <file>",
      "a file with its password or access token; with appservice: whether it is registered, yes or later",
    )
    .option("--operators <ids>", "who is invited into the rooms that are made; none: make no rooms")
    .option("--timezone <name>", "default: this machine's")
    .option("--force", "begin anew although there is a config; it is kept")
    .action((options: Options) => init(cli, options));
}

async function init(cli: Cli, options: Options): Promise<void> {
  const places = placesFor(cli.configFile);
  const zone = options.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const wrongZone = timezone(zone);
  if (wrongZone) throw new UsageError(`--timezone ${wrongZone.message}`);
  makeWay(places, options.force === true);
  const prompt = Prompt.open();
  let made = false;
  try {
    const interview = new Interview(prompt, flagsOf(options), cli.say);
    const radio = await askRadio(cli, places, interview);
    const matrix = await askMatrix(cli, places, interview, { ...radio });
    writeAll(cli, places, { ...radio, ...matrix, zone });
    made = matrix.rooms !== undefined;
  } finally {
    prompt?.close();
  }
  await conclude(cli, places, made);
}

function flagsOf(options: Options): Readonly<Record<string, string | undefined>> {
  const { setRadio, secretFile, radio, name, language, region, homeserver, account, operators } = options;
  const given = { radio, name, language, region, homeserver, account, operators, "set-radio": setRadio };
  if (secretFile === undefined) return given;
  if (account === "appservice") return { ...given, "secret-file": secretFile };
  try {
    return { ...given, "secret-file": readFileSync(secretFile, "utf8").trim() };
  } catch (error) {
    throw new Failure(`${secretFile} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

// ───────────────────────────── the radio ─────────────────────────────

interface RadioAnswers {
  readonly street: string;
  readonly language: string;
  readonly meshtastic: Readonly<Record<string, unknown>>;
  readonly channels: readonly { readonly index: number; readonly name: string }[];
}

async function askRadio(cli: Cli, places: Places, interview: Interview): Promise<RadioAnswers> {
  const ports = serialPorts();
  if (ports.length > 0) cli.say(`Serial ports here:\n${ports.map((each) => `  ${each}`).join("\n")}`);
  const { place, session } = await interview.put({
    flag: "radio",
    words: "Where is the radio? A port like /dev/ttyACM0, or HOST:PORT in the network",
    ...(ports[0] === undefined ? {} : { fallback: ports[0] }),
    read: (typed) => openThere(cli, places, typed),
  });
  try {
    const { info } = session;
    cli.say(`  It is ${nodeId(info.node)}, firmware ${info.firmware}, region ${info.region}.`);
    const street = await interview.put({
      flag: "name",
      words: "What is the street or neighbourhood called?",
      read: readStreet,
    });
    const words = "Which language do most residents write, en or es?";
    const language = await interview.put({ flag: "language", words, fallback: "en", read: readLanguage });
    const settings = await setRadio(cli, interview, session, street);
    const channels = settings.channels.flatMap((each, index) => {
      const { role, name } = channelIn(each);
      return role === "disabled" ? [] : [{ index, name: name || String(settingIn(settings, "lora.modem_preset")) }];
    });
    await share(cli, session, settings);
    const { connectionType, serialPort, host, port } = place;
    const meshtastic =
      connectionType === "serial"
        ? { connection_type: "serial", serial_port: serialPort }
        : { connection_type: "tcp", host, port };
    return { street, language, meshtastic, channels };
  } finally {
    await session.close();
  }
}

async function openThere(
  cli: Cli,
  places: Places,
  typed: string,
): Promise<{ place: ReturnType<typeof readPlace>; session: RadioSession }> {
  try {
    if (typed === "") throw new Unfit("Nothing was typed. Plug the radio in; ls /dev/serial/by-id shows its port.");
    const place = readPlace(typed);
    cli.say("  Asking the radio; some take half a minute …");
    return { place, session: new RadioSession(await OwnLine.open(place, storeKeeper(places.database))) };
  } catch (error) {
    if (error instanceof UsageError || error instanceof Failure) throw new Unfit(error.message);
    throw error;
  }
}

/** One question: the region where the radio has none, otherwise whether to set what differs; none where nothing does. */
async function setRadio(cli: Cli, interview: Interview, session: RadioSession, street: string): Promise<RadioSettings> {
  const now = await session.settings();
  const asked = { handheld: false, name: street };
  if (settingIn(now, "lora.region") === "UNSET") {
    const words = "Which region's law holds here (US, EU_868, ANZ, …)? The radio is then set as a gateway's";
    const region = await interview.put({ flag: "region", words, read: readRegion });
    return (await provisionRadio(cli, session, { ...asked, region, hops: 3 }, { yes: true }))!;
  }
  const { changes, refusals } = planFor(now, session.info.firmware, asked, () => new Uint8Array(32));
  if (changes.length === 0) return now;
  cli.say(
    ["  To be set on the radio:", ...changes.map(({ what, now: is, will }) => `    ${what}: ${is} -> ${will}`)].join(
      "\n",
    ),
  );
  for (const refusal of refusals) cli.say(`  ${refusal}`);
  const words = "Set the radio like this? It restarts (yes/no)";
  const agrees = await interview.put({ flag: "set-radio", words, fallback: "yes", read: readYesNo });
  if (!agrees || refusals.length > 0) return now;
  return (await provisionRadio(cli, session, asked, { yes: true })) ?? now;
}

// ───────────────────────────── Matrix ─────────────────────────────

interface MatrixAnswers {
  readonly uplink: Readonly<Record<string, unknown>>;
  readonly rooms: Rooms | undefined;
}

async function askMatrix(
  cli: Cli,
  places: Places,
  interview: Interview,
  radio: Pick<RadioAnswers, "street" | "channels">,
): Promise<MatrixAnswers> {
  const homeserver = await interview.put({
    flag: "homeserver",
    words: "Where is the Matrix homeserver?",
    fallback: "http://127.0.0.1:8008",
    read: findHomeserver,
  });
  const account = await interview.put({
    flag: "account",
    words: "Which account does the gateway have there, like @muster:example.org? On a server of your own: appservice",
    read: readAccount,
  });
  const login =
    account === "appservice"
      ? await registered(cli, places, interview, homeserver)
      : await interview.put({
          flag: "secret-file",
          words: `Password or access token of ${account} (not shown)`,
          secret: true,
          read: (typed) => logIn(homeserver, account, typed),
        });
  const operators = login
    ? await interview.put({
        flag: "operators",
        words:
          "Whose Matrix ids run the gateway? They are invited into the rooms that are made now (none: make no rooms)",
        read: async (typed) => {
          const people = readOperators(typed);
          await checkPeople(login, people);
          return people;
        },
      })
    : [];
  const rooms = login && operators.length > 0 ? await makeRooms(cli, login, radio, operators) : undefined;
  return { uplink: uplinkOf(places, homeserver, account, login), rooms };
}

function uplinkOf(
  places: Places,
  homeserver: string,
  account: string,
  login: Login | undefined,
): Record<string, unknown> {
  const common = { name: UPLINK, homeserver };
  if (account === "appservice") {
    const registration_file = places.credential("registration.yaml");
    return { ...common, mode: "appservice", registration_file, listen: APPSERVICE_LISTEN };
  }
  writeSecret(places, "token", `${login!.token}\n`);
  return { ...common, mode: "bot", user_id: login!.userId, access_token_file: places.credential("token") };
}

/** Writes the registration unless there is one, waits until the homeserver has read it. Undefined: later. */
async function registered(
  cli: Cli,
  places: Places,
  interview: Interview,
  homeserver: string,
): Promise<Login | undefined> {
  const file = join(places.credentials, "registration.yaml");
  if (!existsSync(file)) writeSecret(places, "registration.yaml", newRegistration(`http://${APPSERVICE_LISTEN}`));
  const registration = readRegistration(readFileSync(file, "utf8"));
  if (typeof registration === "string") throw new Failure(`${file} ${registration}`);
  cli.say(`  The homeserver needs a copy of ${file}.`);
  cli.say("  Synapse: name the copy in homeserver.yaml under app_service_config_files, and restart it.");
  return interview.put({
    flag: "secret-file",
    words: "Is that done? Then press Enter; or write later",
    fallback: "yes",
    read: async (typed) => {
      if (/^later$/i.test(typed)) return undefined;
      if (!readYesNo(typed)) throw new Unfit("Then do it now, or write later.");
      return appserviceLogin(homeserver, registration.asToken, registration.senderLocalpart);
    },
  });
}

// ───────────────────────────── the end ─────────────────────────────

function writeAll(cli: Cli, places: Places, answers: RadioAnswers & MatrixAnswers & { readonly zone: string }): void {
  const { street, language, zone, meshtastic, uplink, rooms } = answers;
  const text = `# Made by muster init. Every key: muster config example\n${stringify({
    node: { name: street, timezone: zone, language },
    meshtastic,
    uplinks: [{ ...uplink, ...rooms?.keys, matrix_rooms: rooms?.matrixRooms ?? [] }],
    ...places.own,
  })}`;
  writeConfig(places, text);
  const read = parseConfig(text, places.config);
  if (!read.ok)
    throw new Failure(
      `${places.config} was written, but: ${read.findings.map((each) => `${each.path} ${each.message}`).join("; ")}`,
    );
  cli.say(`\nWrote ${places.config}.`);
}

async function conclude(cli: Cli, places: Places, withRooms: boolean): Promise<void> {
  const findings = await diagnose({ ...cli, configFile: places.config, environment: cli.environment });
  handOver(places);
  for (const finding of findings) cli.answer(findingLine(finding));
  const wrong = findings.find((each) => !each.ok);
  cli.say(
    "\nResidents: docs/resident.en.md and docs/resident.es.md are the pages to hand out, with the QR code above.",
  );
  const rooms = "No rooms were made: muster init --force makes them, or write yours into matrix_rooms.";
  if (!withRooms) cli.say(`\n${rooms}`);
  if (wrong) {
    cli.say(`\nNext step: ${wrong.advice ?? wrong.finding}\nThen ask again: muster --config ${places.config} doctor`);
    return cli.finish(1);
  }
  const start = places.config.startsWith("/etc/")
    ? "sudo systemctl start muster"
    : `muster --config ${places.config} run`;
  cli.say(`\nAll green. Start it: ${start}`);
}
