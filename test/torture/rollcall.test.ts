// SIGKILL in the middle of roll calls, with a radio on a pty.

import { expect, it } from "vitest";
import { rollcall } from "./rollcall.ts";

const SEED = 4;

it("killed 10 times, goes on where it was: no answer is lost, nobody is asked twice for nothing", async () => {
  const result = await rollcall.run({ size: 10, seed: SEED });
  expect(result).toMatchObject({ lost: 0, duplicated: 0, kills: 10, integrity: "ok", ok: true, broken: [] });
}, 420_000);

it("notices a gateway that forgets where it was", async () => {
  const result = await rollcall.run({ size: 4, seed: SEED, control: "forget-roll" });
  expect(result.duplicated).toBeGreaterThan(0);
}, 420_000);
