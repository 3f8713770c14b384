// What is wrong with a gateway radio's settings: the law, the firmware, and what differs from the advice. Findings are the
// doctor's, so that people and programs read them the same way.

import { firmwareAdvice } from "#radio/firmware.ts";
import { channelIn, hasSetting, settingIn, type RadioSettings } from "#radio/settings.ts";
import { unlawful } from "./plan.ts";
import { GATEWAY } from "./profile.ts";
import type { CheckFinding } from "#cli/doctor/check.ts";

const PROVISION = "muster radio provision shows what it would change, and asks.";

export function checkRadio(settings: RadioSettings, firmware: string): CheckFinding[] {
  const found: CheckFinding[] = [];
  const advice = firmwareAdvice(firmware);
  found.push({
    check: "firmware",
    ok: advice?.level !== "alarm",
    finding: advice?.words ?? `firmware ${firmware}`,
    ...(advice && { advice: "Update it with flasher.meshtastic.org; make a backup first: muster radio backup FILE" }),
  });
  const against = unlawful(settings);
  for (const finding of against) found.push({ check: "law", ok: false, finding, advice: PROVISION });
  const region = settingIn(settings, "lora.region");
  if (against.length === 0)
    found.push({ check: "law", ok: true, finding: `${region}, ${settingIn(settings, "lora.modem_preset")}` });
  for (const { setting, value, why } of GATEWAY) {
    if (!hasSetting(settings, setting) || settingIn(settings, setting) === value) continue;
    const finding = `${setting} is ${settingIn(settings, setting)}, better ${value}: ${why}`;
    found.push({ check: "settings", ok: false, finding, advice: PROVISION });
  }
  if (!found.some(({ check }) => check === "settings"))
    found.push({ check: "settings", ok: true, finding: "as a gateway's ought to be" });
  found.push(ownChannel(settings));
  return found;
}

function ownChannel(settings: RadioSettings): CheckFinding {
  const own = settings.channels.findIndex((each) => {
    const { role, psk } = channelIn(each);
    return role !== "disabled" && psk.length >= 16;
  });
  if (own !== -1) return { check: "channels", ok: true, finding: `channel ${own} has a key of its own` };
  return {
    check: "channels",
    ok: false,
    finding: "no channel has a key of its own: anybody nearby reads all",
    advice: PROVISION,
  };
}
