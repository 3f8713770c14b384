// An appservice at the test's Synapse: its registration on disk, made by the program's own verb.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRegistration } from "#cli/matrix/registration.ts";
import type { Registration } from "#gateway/settings.ts";
import { PROGRAM } from "./muster.ts";

export interface TestAppservice {
  /** "127.0.0.1:PORT". */
  readonly listen: string;
  readonly file: string;
  readonly registration: Registration;
}

/** Run before Synapse starts: it reads the file once. */
export async function testAppservice(): Promise<TestAppservice> {
  const file = join(mkdtempSync(join(tmpdir(), "muster-as-")), "registration.yaml");
  const listen = `127.0.0.1:${await freePort()}`;
  const made = spawnSync(PROGRAM, ["matrix", "registration", "--out", file, "--url", `http://${listen}`], {
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(made.stderr);
  const registration = readRegistration(readFileSync(file, "utf8"));
  if (typeof registration === "string") throw new Error(registration);
  return { listen, file, registration };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address ? address.port : 0;
}
