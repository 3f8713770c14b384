// The doctor's check of the dead-man's switch: who would be told if this box burned down? A homeserver that cannot tell is no fault
// of the gateway: it works without, so what is found is a hint.

import { silentLog } from "#base/log.ts";
import type { Millis } from "#base/clock.ts";
import type { UplinkSettings } from "#gateway/settings.ts";
import { hindrance } from "#matrix/dead-man.ts";
import { Homeserver } from "#matrix/homeserver.ts";
import type { Check, CheckFinding } from "./check.ts";

const DEADLINE: Millis = 5_000;

export const DEAD_MAN_CHECK: Readonly<Record<string, Check>> = {
  "dead-man": ({ settings }) => {
    const watched = settings?.uplinks.filter(({ operatorsRoom }) => operatorsRoom !== undefined) ?? [];
    const minutes = settings?.notices.deadManMinutes ?? 0;
    if (minutes === 0) return [];
    return Promise.all(watched.map((uplink) => look(uplink, minutes)));
  },
};

async function look(uplink: UplinkSettings, minutes: number): Promise<Omit<CheckFinding, "check">> {
  const token = uplink.registration?.asToken ?? uplink.accessToken ?? "";
  const homeserver = new Homeserver(uplink.homeserver, token, { request: DEADLINE, poll: DEADLINE }, silentLog);
  const reason = await hindrance(homeserver, minutes * 60_000);
  homeserver.close();
  if (reason === undefined)
    return { ok: true, finding: `${uplink.name} tells operators when this gateway is silent for ${minutes} minutes` };
  return {
    ok: true,
    finding: `hint: ${uplink.name} will not tell anybody when this gateway falls silent: ${reason}; docs/operator.md says how its admin changes that`,
    advice: "Synapse: max_event_delay_duration: 24h in homeserver.yaml, and a restart.",
  };
}
