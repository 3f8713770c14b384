// What trainings give to the skills register: whoever attended one that gives a skill which the taxonomy knows is entered there as
// somebody with that skill, once.

import type { Member } from "#domain/people/people.ts";
import type { TrainingRow } from "#store/calendar.ts";
import { TAXONOMY, termFor } from "#wire/taxonomy.ts";
import { openItem } from "#gateway/aid/items.ts";
import { airName, partyOfHouse } from "#gateway/aid/people.ts";
import type { Turn } from "#gateway/turn.ts";

/** Whether the register knows now that this member has the skill of the training. */
export function registerSkill(turn: Turn, { skill, title }: TrainingRow, { number, name, house }: Member): boolean {
  const code = termFor(TAXONOMY, skill, turn.settings.node.language)?.code;
  if (code === undefined || house === undefined) return false;
  const owner = { ...partyOfHouse(turn, house), name: airName(name), member: number };
  return (
    openItem(turn, { kind: "skill", code, urgency: "ordinary", details: { endless: false }, owner, note: title }) !==
    undefined
  );
}
