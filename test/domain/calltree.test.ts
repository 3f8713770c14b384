// Any tree, any people, any order of things: what a page never does.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  heardOf,
  newPage,
  pageWakesAt,
  visitsOf,
  type PageInput,
  type PagePlan,
  type PageState,
  type PlanNode,
} from "#domain/calltree/plan.ts";
import { pageStep } from "#domain/calltree/page.ts";

const MINUTE = 60_000;

/** Trees of up to 25 nodes over up to 30 people who may be in several of them. */
const PLANS = fc
  .array(
    fc.record({
      parent: fc.nat(),
      root: fc.boolean(),
      contacts: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
      alternates: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 2 }),
      ways: fc.constantFrom(["radio"], ["radio", "matrix"], ["matrix"], ["foot"]) as fc.Arbitrary<PlanNode["ways"]>,
      minutes: fc.integer({ min: 1, max: 15 }),
      take: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined, freq: 6 }),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .chain((nodes) =>
    fc.record({
      urgent: fc.boolean(),
      gather: fc.constantFrom(0, 20_000),
      deadline: fc.constantFrom(30 * MINUTE, 10_000 * MINUTE),
      nodes: fc.constant(
        nodes.map(({ parent, root, take, ...node }, index): PlanNode => ({
          id: `n${index}`,
          ...node,
          ...(index === 0 || root ? {} : { parent: `n${parent % index}` }),
          ...(take === undefined || take > node.contacts.length ? {} : { take }),
        })),
      ),
    }),
  );

interface Deed {
  readonly after: number;
  readonly input: PageInput;
}

const DEEDS: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 8 * MINUTE }),
    input: fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant("answer" as const), person: fc.integer({ min: 1, max: 30 }) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("decline" as const), person: fc.integer({ min: 1, max: 30 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant("done" as const), person: fc.integer({ min: 1, max: 30 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("heard" as const), person: fc.integer({ min: 1, max: 30 }) }),
      },
      { weight: 1, arbitrary: fc.constant({ kind: "text" as const }) },
      { weight: 3, arbitrary: fc.constant({ kind: "time" as const }) },
    ),
  }),
  { maxLength: 40 },
);

interface Told {
  readonly at: number;
  readonly person: number;
}

/** Lives through the deeds, waking when the page asks to be woken; then until it asks no more. `look` sees every step. */
function live(
  plan: PagePlan,
  deeds: readonly Deed[],
  look: (input: PageInput, sent: readonly Told[], state: PageState, tell: readonly number[]) => void = () => undefined,
  between: (state: PageState) => PageState = (state) => state,
): { state: PageState; sent: Told[]; now: number } {
  let state = newPage(plan);
  let now = 0;
  const sent: Told[] = [];
  const give = (input: PageInput): void => {
    const step = pageStep(plan, between(state), input, now);
    state = step.state;
    const these = step.send.map(({ person }) => ({ at: now, person }));
    sent.push(...these);
    look(input, these, state, step.tell);
  };
  const until = (end: number): void => {
    for (let wakes = 0; ; wakes++) {
      const at = pageWakesAt(plan, state);
      if (at === undefined || at > end) break;
      if (wakes > 10_000) throw new Error("it wakes for ever");
      now = Math.max(now, at);
      give({ kind: "time" });
    }
    now = Math.max(now, end === Infinity ? now : end);
  };
  give({ kind: "start" });
  for (const { after, input } of deeds) {
    until(now + after);
    give(input);
  }
  until(Infinity);
  return { state, sent, now };
}

/** The same time passes, and no radio is heard. */
const silenced = (deeds: readonly Deed[]): Deed[] =>
  deeds.map(({ after, input }) => ({ after, input: input.kind === "heard" ? { kind: "time" } : input }));

describe("a page over any tree", () => {
  it("asks nobody who has answered", () => {
    fc.assert(
      fc.property(PLANS, DEEDS, (plan, deeds) => {
        const answered = new Set<number>();
        live(plan, deeds, (input, sent) => {
          if (input.kind === "answer") answered.add(input.person);
          for (const { person } of sent) expect(answered).not.toContain(person);
        });
      }),
    );
  });

  it("lets no branch wait for ever, and names everybody silent", () => {
    fc.assert(
      fc.property(PLANS, DEEDS, (plan, deeds) => {
        const { state, now, sent } = live(plan, deeds);
        expect(state.phase).toBe("finished");
        const open = Object.values(state.nodes).filter(({ phase }) => ["idle", "due", "asked"].includes(phase));
        expect(open).toEqual([]);
        const longest = plan.nodes.length * 5 * (2 * 15 * MINUTE + 60_000) + 40 * 8 * MINUTE;
        expect(now).toBeLessThanOrEqual(longest);
        const visits = new Set(visitsOf(state));
        for (const node of plan.nodes) {
          if (state.nodes[node.id]!.phase !== "skipped") continue;
          // Whoever is behind a skipped node has said something, or is to be visited.
          for (const person of node.contacts)
            expect(visits.has(person) || state.people[person]?.said !== undefined || state.people[person]?.seen).toBe(
              true,
            );
        }
        for (const { person } of sent) expect(heardOf(state)).toContain(person);
      }),
    );
  });

  it("says nothing more once it is stopped, but to those who heard of it", () => {
    fc.assert(
      fc.property(PLANS, DEEDS, fc.nat(40), DEEDS, (plan, before, at, after) => {
        const stop: Deed = { after: 0, input: { kind: "stop" } };
        const deeds = [...before.slice(0, at), stop, ...after];
        let stopped = false;
        const heard = new Set<number>();
        live(plan, deeds, (input, sent, state, tell) => {
          expect(stopped ? sent : []).toEqual([]);
          for (const { person } of sent) heard.add(person);
          if (input.kind === "answer" || input.kind === "decline" || input.kind === "done") heard.add(input.person);
          if (input.kind !== "stop") return;
          stopped = state.phase === "stopped";
          for (const person of tell) expect(heard).toContain(person);
        });
      }),
    );
  });

  it("goes on from what was written down as if nothing had been", () => {
    fc.assert(
      fc.property(PLANS, DEEDS, (plan, deeds) => {
        const writtenDown = live(plan, deeds, undefined, (state) => JSON.parse(JSON.stringify(state)) as PageState);
        expect(writtenDown).toEqual(live(plan, deeds));
      }),
    );
  });

  it("asks nobody more than once because their radio was heard, and nobody beyond the deadline", () => {
    fc.assert(
      fc.property(PLANS, DEEDS, (plan, deeds) => {
        const asked = (all: readonly Deed[]): Map<number, number> => {
          const times = new Map<number, number>();
          for (const { at, person } of live(plan, all).sent) {
            expect(at).toBeLessThan(plan.deadline);
            times.set(person, (times.get(person) ?? 0) + 1);
          }
          return times;
        };
        const deaf = asked(silenced(deeds));
        // Being heard changes nothing for anybody but one more question at most.
        for (const [person, times] of asked(deeds)) expect(times).toBeLessThanOrEqual((deaf.get(person) ?? 0) + 1);
      }),
    );
  });

  it("after an absence of any length takes one step with each node, not all that were missed", () => {
    fc.assert(
      fc.property(PLANS, fc.integer({ min: 1, max: 5_000 }), (given, minutes) => {
        const plan = { ...given, deadline: 1e12 };
        const { state } = pageStep(plan, newPage(plan), { kind: "start" }, 0);
        const { send } = pageStep(plan, state, { kind: "time" }, minutes * MINUTE);
        const people = send.map(({ person }) => person);
        expect(new Set(people).size).toBe(people.length);
      }),
    );
  });
});

const node = (id: string, contacts: number[], more: Partial<PlanNode> = {}): PlanNode => ({
  id,
  contacts,
  alternates: [],
  ways: ["radio", "matrix"],
  minutes: 5,
  ...more,
});

const planOf = (nodes: PlanNode[], urgent = false): PagePlan => ({ nodes, urgent, gather: 0, deadline: 1e9 });

describe("one node after the other", () => {
  const tree = planOf([
    node("top", [1], { alternates: [2] }),
    node("a", [3], { parent: "top" }),
    node("b", [4], { parent: "top" }),
  ]);

  it("moves on with the answer, and pulls the alternate at once for a refusal", () => {
    const begun = pageStep(tree, newPage(tree), { kind: "start" }, 0);
    expect(begun.send).toEqual([{ node: "top", person: 1, ways: ["radio"], again: false }]);
    const refused = pageStep(tree, begun.state, { kind: "decline", person: 1 }, 10);
    const alternate = pageStep(tree, refused.state, { kind: "time" }, 10);
    expect(alternate.send.map(({ person }) => person)).toEqual([2]);
    const taken = pageStep(tree, alternate.state, { kind: "answer", person: 2 }, 20);
    expect(pageStep(tree, taken.state, { kind: "time" }, 20).send.map(({ person }) => person)).toEqual([3, 4]);
  });

  it("tries the silent again by another way, then the alternate, then those below, and keeps them for a visit", () => {
    const { sent, state } = live(tree, []);
    expect(sent.slice(0, 6)).toEqual([
      { at: 0, person: 1 },
      { at: 5 * MINUTE, person: 1 },
      { at: 10 * MINUTE, person: 2 },
      { at: 15 * MINUTE, person: 2 },
      { at: 20 * MINUTE, person: 3 },
      { at: 20 * MINUTE, person: 4 },
    ]);
    expect(visitsOf(state)).toEqual([1, 2, 3, 4]);
  });

  it("uses all ways at once only when it is urgent", () => {
    const urgent = { ...tree, urgent: true };
    expect(pageStep(urgent, newPage(urgent), { kind: "start" }, 0).send[0]!.ways).toEqual(["radio", "matrix"]);
  });

  it("closes a branch with done, and takes a named home off the list for visits", () => {
    const begun = pageStep(tree, newPage(tree), { kind: "start" }, 0);
    const done = pageStep(tree, begun.state, { kind: "done", person: 1 }, 5);
    expect(done.state.phase).toBe("finished");
    const silent = live(tree, []).state;
    const seen = pageStep(tree, silent, { kind: "done", person: 1, nodes: ["a"] }, 1e8).state;
    expect(visitsOf(seen)).toEqual([1, 2, 4]);
    expect(seen.nodes["a"]).toMatchObject({ phase: "answered", by: 1, reported: true });
  });

  it("asks the next group only if too few of the first took it in time", () => {
    const groups = planOf([node("g1", [1, 2, 3], { take: 2 }), node("g2", [4, 5], { take: 1, parent: "g1" })]);
    const taken = live(
      groups,
      [1, 2].map((person) => ({ after: 1, input: { kind: "answer" as const, person } })),
    );
    expect(taken.sent.map(({ person }) => person)).toEqual([1, 2, 3]);
    expect(taken.state.nodes["g2"]!.phase).toBe("spared");
    const short = live(groups, [{ after: 1, input: { kind: "answer", person: 1 } }]);
    expect(short.sent.map(({ person }) => person)).toEqual([1, 2, 3, 4, 5]);
  });

  it("asks whoever was silent once more when their radio is heard, and together with others", () => {
    const street = { ...tree, gather: 1000 };
    const silent = live(street, []).state;
    expect(silent.phase).toBe("finished");
    const at = 100 * MINUTE + 1;
    const heard = (state: PageState, person: number, now: number): PageState =>
      pageStep(street, state, { kind: "heard", person }, now).state;
    const both = heard(heard(silent, 3, at), 4, at + 1000);
    const leaves = pageWakesAt(street, both)!;
    expect(leaves - at).toBeLessThanOrEqual(20_000);
    const again = pageStep(street, both, { kind: "time" }, leaves);
    expect(again.send.map(({ person, ways }) => [person, ways])).toEqual([
      [3, ["radio"]],
      [4, ["radio"]],
    ]);
    expect(pageWakesAt(street, again.state)).toBeUndefined();
    expect(pageWakesAt(street, heard(again.state, 3, leaves + MINUTE))).toBeUndefined();
    const answered = pageStep(street, again.state, { kind: "answer", person: 3 }, leaves + MINUTE).state;
    expect(visitsOf(answered)).toEqual([1, 2, 4]);
    expect(answered.nodes["a"]).toMatchObject({ phase: "answered", by: 3 });
    const stopped = pageStep(street, both, { kind: "stop" }, at + 2000);
    expect(pageStep(street, stopped.state, { kind: "time" }, leaves).send).toEqual([]);
  });

  it("counts what was heard while somebody was still being asked once they turn out to be silent", () => {
    const alone = planOf([node("only", [1])]);
    const asked = pageStep(alone, newPage(alone), { kind: "start" }, 0).state;
    const heard = pageStep(alone, asked, { kind: "heard", person: 1 }, MINUTE).state;
    const due = pageStep(alone, heard, { kind: "time" }, 5 * MINUTE).state;
    const second = pageStep(alone, due, { kind: "time" }, 5 * MINUTE).state;
    // It was heard before the second try: that one has told them.
    const silent = pageStep(alone, second, { kind: "time" }, 10 * MINUTE).state.people[1];
    expect(silent).toMatchObject({ asked: 2, silent: true });
    expect(silent?.again).toBeUndefined();
    const meanwhile = pageStep(alone, second, { kind: "heard", person: 1 }, 6 * MINUTE).state;
    const last = pageStep(alone, meanwhile, { kind: "time" }, 10 * MINUTE);
    expect(last.send).toMatchObject([{ person: 1, again: true }]);
    expect(last.state.people[1]).toMatchObject({ asked: 3, silent: true, again: true });
  });

  it("lets nobody overrule what somebody told us themselves, and counts the same answer once", () => {
    const begun = pageStep(tree, newPage(tree), { kind: "start" }, 0).state;
    const through = (state: PageState, kind: "answer" | "decline" | "done", at: number): PageState =>
      pageStep(tree, state, { kind, person: 1, through: 77 }, at).state;
    const first = through(begun, "answer", 1);
    expect(first.people[1]).toMatchObject({ said: "answered", saidAt: 1, through: 77 });
    expect(through(first, "answer", 2)).toEqual(first);
    const own = pageStep(tree, first, { kind: "decline", person: 1 }, 3).state;
    expect(own.people[1]).toMatchObject({ said: "declined", saidAt: 3 });
    expect(own.people[1]?.through).toBeUndefined();
    expect(through(own, "answer", 4)).toEqual(own);
    expect(through(own, "done", 4)).toEqual(own);
    const yes = pageStep(tree, begun, { kind: "answer", person: 1 }, 1).state;
    expect(through(yes, "decline", 2)).toEqual(yes);
    expect(through(yes, "done", 2)).toMatchObject({ phase: "finished", nodes: { top: { closed: true } } });
  });

  it("takes a refusal that comes late for an answer", () => {
    const late = pageStep(tree, live(tree, []).state, { kind: "decline", person: 3 }, 1e8).state;
    expect(late.nodes["a"]!.phase).toBe("declined");
    expect(visitsOf(late)).toEqual([1, 2, 4]);
  });

  it("gives whoever could not be sent to their time anew", () => {
    const begun = pageStep(tree, newPage(tree), { kind: "start" }, 0);
    const late = pageStep(tree, begun.state, { kind: "unsent", people: [1] }, 4 * MINUTE);
    expect(pageStep(tree, late.state, { kind: "time" }, 6 * MINUTE).send).toEqual([]);
    expect(pageWakesAt(tree, late.state)).toBe(9 * MINUTE);
  });
});
