// The command line as somebody types it, in this process: starting one costs more than what most verbs do.

import { muster } from "#cli/muster.ts";

export interface Ended {
  readonly code: number;
  /** Standard output: the answer. */
  readonly out: string;
  /** Standard error: words for people. */
  readonly err: string;
}

export async function typed(...argv: readonly string[]): Promise<Ended> {
  let out = "";
  let err = "";
  const code = await muster([...argv], {
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    environment: {},
  });
  return { code, out, err };
}
