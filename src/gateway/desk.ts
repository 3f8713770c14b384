// Every question and change of the command line that is answered from the gateway's rows, by its verb. The same for the running
// service and for the command line without one: each runs in one transaction of the caller.

import { KNOWLEDGE_DESK } from "./knowledge-desk.ts";
import { AID_DESK } from "./aid-desk.ts";
import { PAGE_DESK } from "./page-desk.ts";
import { HOUSE_DESK } from "./house-desk.ts";
import { PEOPLE_DESK } from "./people-desk.ts";
import { REPORT_DESK } from "./report-desk.ts";
import { ROLL_DESK } from "./roll-desk.ts";
import type { Turn } from "./turn.ts";

export type Args = Readonly<Record<string, unknown>>;

export type Desk = Readonly<
  Record<
    string,
    {
      /** Undefined or false: only looks. */
      readonly changes: boolean;
      /** Only the running service can do it: it says something by radio. */
      readonly live?: true;
      readonly answer: (turn: Turn, args: Args) => unknown;
    }
  >
>;

export const DESK: Desk = {
  ...PEOPLE_DESK,
  ...PAGE_DESK,
  ...HOUSE_DESK,
  ...REPORT_DESK,
  ...ROLL_DESK,
  ...KNOWLEDGE_DESK,
  ...AID_DESK,
};
