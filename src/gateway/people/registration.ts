// "i am 14 ana, 3 people": residents put themselves on the list. Believed only where nobody else can be harmed by it: from a
// radio that proves its key, for a household that has no members yet. Everything else is shown to people, who decide.

import { nodeId } from "#base/ids.ts";
import { isProven } from "#domain/people/trust.ts";
import { emptyHousehold } from "#domain/people/people.ts";
import type { Intention } from "#wire/grammar/intention.ts";
import { addMember, bindRadio, household, membersOfHouse, setHousehold } from "#store/people.ts";
import type { MeshPacket } from "#gateway/inputs.ts";
import { defuseName } from "#wire/text.ts";
import { tellOperators } from "#gateway/say.ts";
import type { Speaker } from "./speaker.ts";
import type { Turn } from "#gateway/turn.ts";
import { WELFARE_WORDS } from "#gateway/welfare/words.ts";

type Outcome = "done" | "elsewhere" | "unsure";
type Heard = Pick<MeshPacket, "from" | "pkiEncrypted" | "publicKey">;

/** What would come of it; changes nothing. */
export function registrationOf(turn: Turn, heard: Heard, speaker: Speaker, { households }: Intention): Outcome {
  const house = households[0]!;
  if (speaker.house === house) return "done";
  if (speaker.house !== undefined) return "elsewhere";
  const believed = heard.pkiEncrypted && heard.publicKey !== undefined && speaker.trust === "unpinned";
  return believed && membersOfHouse(turn.store, house).length === 0 ? "done" : "unsure";
}

export function registered(turn: Turn, heard: Heard, speaker: Speaker, intention: Intention): Outcome {
  const { store, now } = turn;
  const house = intention.households[0]!;
  const outcome = registrationOf(turn, heard, speaker, intention);
  const name = defuseName(intention.name ?? speaker.name);
  const id = nodeId(speaker.node);
  if (outcome !== "done") {
    const why =
      outcome === "elsewhere"
        ? WELFARE_WORDS.otherHouse(speaker.house!)
        : heard.pkiEncrypted
          ? WELFARE_WORDS.taken
          : WELFARE_WORDS.unproven;
    tellOperators(turn, WELFARE_WORDS.wantsHouse(name, id, house, why));
    return outcome;
  }
  // Anybody can say a member's words under their number: their own list is changed by what proves to be theirs.
  if (speaker.house === house && !isProven(speaker.trust)) return outcome;
  const before = household(store, house) ?? emptyHousehold(house);
  const counts = {
    ...(intention.people === undefined ? {} : { people: intention.people }),
    ...(intention.animals === undefined ? {} : { animals: intention.animals }),
  };
  setHousehold(store, { ...before, ...counts }, now);
  if (speaker.house === undefined) {
    const member = addMember(store, { name, house, role: "resident", language: intention.language, matrix: [] }, now);
    bindRadio(store, { node: heard.from, member, ...(heard.publicKey ? { publicKey: heard.publicKey } : {}) }, now);
    tellOperators(turn, WELFARE_WORDS.registered(name, id, house));
  }
  return outcome;
}
