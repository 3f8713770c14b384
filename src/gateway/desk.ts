// Every question and change of the command line that is answered from the gateway's rows, by its verb. The same for the running
// service and for the command line without one: each runs in one transaction of the caller.

import { KNOWLEDGE_DESK } from "./knowledge/desk.ts";
import { AID_DESK } from "./aid/desk.ts";
import { PAGE_DESK } from "./calltree/desk.ts";
import { HOUSE_DESK } from "./welfare/house-desk.ts";
import { PEOPLE_DESK } from "./people/desk.ts";
import { REPORT_DESK } from "./reports/desk.ts";
import { ROLL_DESK } from "./welfare/roll-desk.ts";
import type { Desk } from "./desk-verb.ts";

export const DESK: Desk = {
  ...PEOPLE_DESK,
  ...PAGE_DESK,
  ...HOUSE_DESK,
  ...REPORT_DESK,
  ...ROLL_DESK,
  ...KNOWLEDGE_DESK,
  ...AID_DESK,
};
