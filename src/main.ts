// The program. bin/muster starts it with the right Node; everything else is in cli/.

import { muster } from "#cli/muster.ts";

// `muster messages | head` closes our output early; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await muster(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  environment: process.env,
});
