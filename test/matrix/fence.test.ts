// Two copies of one gateway at a homeserver that keeps account data.

import { describe, expect, test } from "vitest";
import { parsed, refused } from "#base/parsed.ts";
import type { Fault } from "#matrix/faults.ts";
import { checkFence, type Claim } from "#matrix/fence.ts";
import type { Asked } from "#matrix/homeserver.ts";
import type { Json } from "#matrix/json.ts";

describe("the fence", () => {
  /** A homeserver that keeps account data, or is in trouble. */
  class Account {
    readonly data = new Map<string, Json>();
    fault: Fault | undefined;
    async act(method: string, path: string, body?: Json): Promise<Asked<Json>> {
      if (this.fault) return refused(this.fault);
      if (method === "PUT") this.data.set(path, body!);
      const found = this.data.get(path);
      return found ? parsed(found) : refused({ is: "not-found", reason: "no such data" });
    }
  }
  const claim = (over: Partial<Claim> = {}): Claim => ({ gatewayId: "a1", epoch: 1, machine: "pi", ...over });
  const ME = "@muster:lan";

  test("the first copy marks its place, and finds it again", async () => {
    const account = new Account();
    for (let time = 0; time < 3; time++) expect(await checkFence(account, ME, claim())).toBeUndefined();
    expect([...account.data]).toEqual([
      ["/v3/user/%40muster%3Alan/account_data/org.muster.gateway.a1", { epoch: 1, machine: "pi" }],
    ]);
  });

  test("a restored copy takes over, and the old one is told to stop, also after a restart", async () => {
    const account = new Account();
    await checkFence(account, ME, claim());
    expect(await checkFence(account, ME, claim({ epoch: 2, machine: "new" }))).toBeUndefined();
    for (let time = 0; time < 2; time++) expect(await checkFence(account, ME, claim())).toContain("copy 2 runs now");
    expect(await checkFence(account, ME, claim({ epoch: 2, machine: "new" }))).toBeUndefined();
  });

  test("a cloned disk stops, and goes on once it has taken over", async () => {
    const account = new Account();
    await checkFence(account, ME, claim());
    expect(await checkFence(account, ME, claim({ machine: "clone" }))).toContain("another machine");
    expect(await checkFence(account, ME, claim({ machine: "clone", epoch: 2 }))).toBeUndefined();
    expect(await checkFence(account, ME, claim())).toContain("copy 2");
  });

  test("another gateway of the same user has a mark of its own", async () => {
    const account = new Account();
    await checkFence(account, ME, claim({ epoch: 7 }));
    expect(await checkFence(account, ME, claim({ gatewayId: "b2", machine: "other" }))).toBeUndefined();
  });

  test.each(["transient", "forbidden", "limited", "refused"] as const)(
    "a homeserver that answers %s fences nobody off",
    async (is) => {
      const account = new Account();
      account.fault = { is, reason: "trouble" };
      expect(await checkFence(account, ME, claim())).toBeUndefined();
    },
  );
});
