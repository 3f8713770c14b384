// npm run drill:restore: makes a community, backs it up, destroys it, restores it elsewhere with another radio, goes on with its roll call.

import { restoreDrill } from "./restore.ts";

const report = await restoreDrill((words) => console.error(words));
console.log(JSON.stringify(report, null, 2));
const good =
  report.sameCall &&
  report.otherRadio &&
  report.accountedRestored === report.accountedBefore &&
  report.accountedAfter === report.accountedBefore + 1 &&
  report.oldBox.code === 2;
console.error(good ? "The drill went well." : "The drill failed: see the report.");
process.exitCode = good ? 0 : 1;
