import { expect, test } from "vitest";

import type { RadioArrival } from "#gateway/inputs.ts";
import { Held } from "#serial/held.ts";

const arrival = (id: number, portnum: number): RadioArrival =>
  ({ kind: "radio", raw: new Uint8Array(100), packet: { id, portnum }, replayed: false }) as unknown as RadioArrival;

test("what is kept is bounded; texts are given up last, the oldest first", () => {
  const held = new Held();
  for (let id = 0; id < 10_000; id++) held.add([arrival(id, id % 2 === 0 ? 1 : 67)]);
  expect(held.size).toBeLessThan(4_000);
  expect(held.dropped + held.size).toBe(10_000);
  const ids = held.all().map(({ packet }) => packet.id);
  expect(new Set(held.all().map(({ packet }) => packet.portnum))).toEqual(new Set([1]));
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(ids.at(-1)).toBe(9_998);
  held.clear();
  expect(held.size).toBe(0);
});
