// The doctor's checks of radio, homeservers and rooms, whoever looked at them: the running service, or the doctor itself.

import type { Diagnosis, RoomSeen } from "#gateway/diagnosis.ts";
import type { Settings } from "#gateway/settings.ts";
import type { RadioFacts } from "#gateway/turn.ts";
import { firmwareAdvice } from "#radio/firmware.ts";
import type { Check, CheckFinding } from "./check.ts";

type Found = Omit<CheckFinding, "check">;

export const LINK_CHECKS: Readonly<Record<string, Check>> = {
  radio: ({ seen, running }) => (seen ? [radioFound(seen.radio, running)] : []),
  firmware: withFacts((facts) => {
    const advice = firmwareAdvice(facts.firmware);
    if (!advice) return [{ ok: true, finding: `firmware ${facts.firmware}` }];
    return [
      { ok: advice.level === "warning", finding: advice.words, advice: "Update it with flasher.meshtastic.org." },
    ];
  }),
  region: withFacts((facts) =>
    facts.region === "UNSET"
      ? [
          {
            ok: false,
            finding: "the radio's region is not set, so it neither sends nor receives",
            advice: "Set it: muster radio provision --region NAME (or in the Meshtastic app: Settings, LoRa, Region).",
          },
        ]
      : [{ ok: true, finding: `${facts.region}, ${facts.modemPreset}` }],
  ),
  channels: withFacts(channelsFound),
  keys: withFacts(keysFound),
  uplinks: ({ seen, settings }) => (seen ? seen.uplinks.map((uplink) => uplinkFound(uplink, settings)) : []),
  rooms: ({ seen }) => (seen ? seen.rooms.map(roomFound) : []),
};

function withFacts(look: (facts: RadioFacts, settings: Settings) => Found[]): Check {
  return ({ seen, settings }) => (seen?.radio.facts && settings ? look(seen.radio.facts, settings) : []);
}

// ───────────────────────────── the radio ─────────────────────────────

/** What to do about a reason that the link gave; the first that fits. */
const RADIO_REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /no permission/,
    "Add the gateway's user to the group that owns the port: sudo usermod -aG dialout USER, then restart the service.",
  ],
  [
    /is busy/,
    "Another program has the port open: sudo fuser -v PORT shows which. Only one program can talk to the radio.",
  ],
  [
    /is not a serial port/,
    "Write the radio's path into meshtastic.serial_port; ls /dev/serial/by-id shows what is there.",
  ],
  [/is not there|unplugged/, "Plug the radio in, with a cable that carries data. Muster finds it again by itself."],
  [
    /nothing listens|cannot be (reached|found)|does not answer|closed the connection/,
    "Look whether the radio is on and in the network, and whether meshtastic.host and port are right.",
  ],
];

const RADIO_STATES: Readonly<Record<string, string>> = {
  down: "Look at the check named port; Muster tries again by itself and needs no restart.",
  opening: "Wait a few seconds and ask again. If it stays, another program may hold the port: sudo fuser -v PORT",
  configuring:
    "The port is open, but nothing there answers as a Meshtastic radio. Is it the right device, and is Serial enabled in its security settings?",
  silent:
    "The port is open but nothing answers. Is it a Meshtastic radio (ls -l /dev/serial/by-id)? Then take its power away for a moment; look for its screen or light.",
};

function radioFound({ state, reason, facts }: Diagnosis["radio"], running: boolean): Found {
  if (state === "ready") return { ok: true, finding: `a radio with firmware ${facts?.firmware ?? "unknown"} is ready` };
  const advice =
    RADIO_REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? RADIO_STATES[state] ?? "Look into the log.";
  const wait = running ? " The running service goes on trying." : "";
  return {
    ok: false,
    finding: `the radio is ${state}${reason === "" ? "" : `: ${reason}`}`,
    advice: `${advice}${wait}`,
  };
}

function channelsFound(facts: RadioFacts, { uplinks }: Settings): Found[] {
  const bridged = new Set(uplinks.flatMap(({ matrixRooms }) => matrixRooms.map((room) => room.meshtasticChannel)));
  const active = facts.channels.filter(({ role }) => role !== "disabled").map(({ index }) => index);
  const missing = [...bridged].filter((channel) => !active.includes(channel));
  if (missing.length === 0) return [{ ok: true, finding: `every bridged channel is set on the radio` }];
  return missing.map((channel) => ({
    ok: false,
    finding: `channel ${channel} is bridged to a room, but the radio has no such channel (it has ${active.join(", ")})`,
    advice: "Add the channel to the radio with the Meshtastic app, or correct meshtastic_channel in the config.",
  }));
}

/** A public key keeps nobody out; that may be wanted, so it is a warning. */
function keysFound(facts: RadioFacts): Found[] {
  return facts.channels
    .filter(({ role }) => role !== "disabled")
    .map(({ index, name, pskLength }) => {
      const label = `channel ${index}${name === "" ? "" : ` (${name})`}`;
      if (pskLength >= 16) return { ok: true, finding: `${label} has a key of its own` };
      return {
        ok: true,
        finding: `warning: ${label} has ${pskLength === 0 ? "no key" : "a public default key"}: anybody nearby can read it and write on it`,
        advice: "For a street's own words, add a channel with a key of its own to all radios.",
      };
    });
}

// ───────────────────────────── homeservers and rooms ─────────────────────────────

const UPLINK_REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /token|M_UNKNOWN_TOKEN|M_MISSING_TOKEN|401|log ?in/i,
    "The homeserver does not know our token. Make a new one and write it into access_token_file (mode 600).",
  ],
  [
    /registration|M_FORBIDDEN|M_EXCLUSIVE/i,
    "Install the registration on the homeserver and restart it: muster matrix registration",
  ],
];

const APPSERVICE_ADVICE =
  "The homeserver has not read our registration: give it a copy (Synapse: app_service_config_files in homeserver.yaml), and restart it.";

const UPLINK_STATES: Readonly<Record<string, string>> = {
  down: "Look whether the homeserver runs and can be reached from here (curl URL/_matrix/client/versions); messages wait in the queue meanwhile.",
  connecting: "Wait a minute and ask again; look whether the homeserver can be reached from here.",
  held: "Correct what the reason says; the queue goes on by itself.",
};

function uplinkFound({ name, state, reason }: Diagnosis["uplinks"][number], settings: Settings | undefined): Found {
  if (state === "ready") return { ok: true, finding: `${name} is ready` };
  const known = state === "held" ? UPLINK_REASONS.find(([pattern]) => pattern.test(reason))?.[1] : undefined;
  const isAppservice = settings?.uplinks.some((uplink) => uplink.name === name && uplink.mode === "appservice");
  const said = known !== undefined && isAppservice ? APPSERVICE_ADVICE : known;
  const advice = said ?? UPLINK_STATES[state] ?? "Look into the log.";
  return { ok: false, finding: `${name} is ${state}${reason === "" ? "" : `: ${reason}`}`, advice };
}

function roomFound({ uplink, room, joined, maySpeak, encrypted, reason }: RoomSeen): Found {
  const because = reason === "" ? "" : `: ${reason}`;
  if (encrypted)
    return {
      ok: false,
      finding: `${uplink}: ${room} is encrypted, which Muster cannot read or write`,
      advice: "Encryption cannot be switched off again. Make a new room without it and put that one into the config.",
    };
  if (!joined)
    return {
      ok: false,
      finding: `${uplink}: not in ${room}${because}`,
      advice: "Invite Muster's user into the room; it accepts by itself.",
    };
  if (!maySpeak)
    return {
      ok: false,
      finding: `${uplink}: may not speak in ${room}${because}`,
      advice: "Give Muster's user the power level that messages need there (room settings, Roles).",
    };
  return { ok: true, finding: `${uplink}: in ${room}, may speak` };
}
