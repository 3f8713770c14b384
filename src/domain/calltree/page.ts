// A page on its way down a tree, as a pure machine: (plan, state, input, now) -> state and what is to be sent. The state is plain
// JSON, so it can be written down after every input and gone on with by another process.
//
// Invariants: nobody who has answered is asked again in this page. Whoever is asked has a moment at which their silence counts, so
// no branch waits for ever. An overdue moment never makes the next one overdue: after a long absence each node takes one step.
// Once the page is stopped or cleared nothing of it is sent but the word that it is. Whoever was silent is asked once more when
// their radio is heard, also after all others are done (the page is finished), but not after its deadline.
//
// The way of a node: idle (its parent has not answered) -> due (its packet leaves at `until`, together with others) -> asked (until
// `until`) -> answered, declined or skipped, and its children are due. A group that was taken spares its children instead.

import type { Millis } from "#base/clock.ts";
import {
  heardOf,
  LIVE,
  OPEN,
  peopleOf,
  type NodePhase,
  type NodeState,
  type PagePlan,
  type PageInput,
  type PageSend,
  type PageState,
  type PageStep,
  type PersonState,
  type PlanNode,
} from "./plan.ts";
import { branchOf, childrenOf, type Way } from "./tree.ts";

/** Somebody silent is asked so often before the next one. */
export const TRIES = 2;
/** A second try has less hurry: it waits for so many times as many others. */
const RETRY_SLOTS = 6;
/**
 * And whoever was silent before their radio was heard has less still: so many times as many others for the first packet, twice as many for the
 * next, and AGAIN_MOST times as many in the end. They come back one by one over hours, and shall share a packet.
 */
const AGAIN_SLOTS = 20;
const AGAIN_MOST = 4;
const MINUTE: Millis = 60_000;

export function pageStep(plan: PagePlan, state: PageState, input: PageInput, now: Millis): PageStep {
  const run = new Run(plan, state, now);
  run.take(input);
  return run.result();
}

/** One input's work on a copy of the state. */
class Run {
  readonly #plan: PagePlan;
  readonly #now: Millis;
  readonly #nodes: Record<string, NodeState>;
  readonly #people: Record<string, PersonState>;
  readonly #send: PageSend[] = [];
  #phase: PageState["phase"];
  #finishedAt: Millis | undefined;
  #agains: number;
  #tell: readonly number[] = [];

  constructor(plan: PagePlan, state: PageState, now: Millis) {
    this.#plan = plan;
    this.#now = now;
    this.#nodes = { ...state.nodes };
    this.#people = { ...state.people };
    this.#phase = state.phase;
    this.#finishedAt = state.finishedAt;
    this.#agains = state.agains ?? 0;
  }

  result(): PageStep {
    const state: PageState = {
      phase: this.#phase,
      nodes: this.#nodes,
      people: this.#people,
      ...(this.#finishedAt === undefined ? {} : { finishedAt: this.#finishedAt }),
      ...(this.#agains === 0 ? {} : { agains: this.#agains }),
    };
    return { state, send: this.#send, tell: this.#tell };
  }

  take(input: PageInput): void {
    const { kind } = input;
    if (kind === "start") return this.#start();
    if (this.#phase === "ready") return;
    if (kind === "stop" || kind === "all-clear" || kind === "text") return this.#word(kind);
    if (this.#phase === "cleared") return;
    if ("through" in input && this.#deniedBy(input)) return;
    if (kind === "answer") this.#answered(input.person, input.through);
    else if (kind === "decline") this.#declined(input.person, input.through);
    else if (kind === "done") this.#done(input.person, input.nodes, input.through);
    else if (kind === "heard") this.#heard(input.person);
    else if (kind === "unsent") this.#unsent(new Set(input.people));
    else this.#time();
    this.#finish();
  }

  get #running(): boolean {
    return this.#phase === "running";
  }

  get #live(): boolean {
    return LIVE.has(this.#phase);
  }

  #person(person: number): PersonState {
    return this.#people[person] ?? { asked: 0 };
  }

  #mark(person: number, change: Partial<PersonState>): void {
    this.#people[person] = { ...this.#person(person), ...change };
  }

  // ── beginning and ending ──

  #start(): void {
    if (this.#phase !== "ready") return;
    this.#phase = "running";
    for (const root of childrenOf(this.#plan.nodes)) this.#ask(root, 0);
    this.#time();
    this.#finish();
  }

  #finish(): void {
    if (!this.#running || Object.values(this.#nodes).some(({ phase }) => OPEN.has(phase))) return;
    this.#phase = "finished";
    this.#finishedAt = this.#now;
  }

  #word(kind: "stop" | "all-clear" | "text"): void {
    if (this.#phase === "cleared" || (kind === "stop" && !this.#live) || (kind === "text" && !this.#running)) return;
    if (kind !== "text") {
      if (this.#running) this.#finishedAt = this.#now;
      this.#phase = kind === "stop" ? "stopped" : "cleared";
    }
    this.#tell = heardOf({ phase: this.#phase, nodes: this.#nodes, people: this.#people });
  }

  // ── time ──

  #time(): void {
    if (!this.#live) return;
    if (this.#now >= this.#plan.deadline) return this.#tooLate();
    for (const node of this.#running ? this.#plan.nodes : []) {
      const { phase, until } = this.#nodes[node.id]!;
      if (until === undefined || until > this.#now) continue;
      if (phase === "asked") this.#silent(node);
      else this.#sendTo(node);
    }
    this.#askAgain();
  }

  /** Who was still to be asked is to be visited: no one is waited for beyond the deadline. */
  #tooLate(): void {
    for (const node of this.#plan.nodes) {
      if (!OPEN.has(this.#nodes[node.id]!.phase)) continue;
      for (const person of node.contacts)
        if (this.#person(person).said === undefined) this.#mark(person, { silent: true });
      this.#nodes[node.id] = { ...this.#settledAs(node, "skipped") };
    }
    for (const person of this.#comingAgain()) this.#notAgain(person);
  }

  #unsent(people: ReadonlySet<number>): void {
    for (const node of this.#plan.nodes) {
      const at = this.#nodes[node.id]!;
      const waitsFor = node.take === undefined ? [peopleOf(node)[at.turn]!] : node.contacts;
      if (at.phase === "asked" && waitsFor.some((person) => people.has(person)))
        this.#nodes[node.id] = { ...at, until: this.#now + node.minutes * MINUTE };
    }
  }

  // ── asking ──

  /** The next who has not been heard, from this place on; if somebody has answered already, that is the answer. */
  #ask(node: PlanNode, from: number): void {
    const people = peopleOf(node);
    for (let turn = from; turn < people.length; turn++) {
      const person = people[turn]!;
      const { said } = this.#person(person);
      if (said === "answered") return this.#settle(node, "answered", person);
      if (said === "declined") continue;
      if (node.take === undefined && this.#onFoot(node, person)) {
        this.#mark(person, { silent: true });
        continue;
      }
      this.#nodes[node.id] = { phase: "due", turn, tries: 0, until: this.#leavesAt() };
      return;
    }
    const declined = people.some((person) => this.#person(person).said === "declined");
    this.#settle(node, declined ? "declined" : "skipped");
  }

  #onFoot({ ways }: PlanNode, person: number): boolean {
    return ways.every((way) => way === "foot") || (this.#plan.onFoot?.includes(person) ?? false);
  }

  /** Packets leave at the same moments, so that what is for many can go as one. */
  #leavesAt(slots = 1): Millis {
    const gather = this.#plan.gather * slots;
    return gather === 0 ? this.#now : Math.ceil(this.#now / gather) * gather;
  }

  #sendTo(node: PlanNode): void {
    const at = this.#nodes[node.id]!;
    const whom = node.take === undefined ? [peopleOf(node)[at.turn]!] : node.contacts;
    for (const person of whom) {
      const { said, askedAt } = this.#person(person);
      // Whoever is in two nodes at once is asked once.
      if (said !== undefined || askedAt === this.#now) continue;
      const again = this.#person(person).asked > 0;
      this.#send.push({ node: node.id, person, ways: this.#waysOf(node, at.tries), again });
      this.#mark(person, { asked: this.#person(person).asked + 1, askedAt: this.#now });
    }
    const until = this.#now + node.minutes * MINUTE;
    this.#nodes[node.id] = { ...at, phase: "asked", tries: at.tries + 1, until };
  }

  #waysOf({ ways }: PlanNode, tries: number): readonly Way[] {
    const sendable = ways.filter((way) => way !== "foot");
    return this.#plan.urgent || sendable.length === 0 ? sendable : [sendable[tries % sendable.length]!];
  }

  #silent(node: PlanNode): void {
    const at = this.#nodes[node.id]!;
    if (node.take !== undefined) {
      for (const person of node.contacts) if (this.#person(person).said === undefined) this.#fallsSilent(person);
      return this.#settle(node, "skipped");
    }
    const person = peopleOf(node)[at.turn]!;
    if (at.tries < TRIES) {
      this.#nodes[node.id] = { ...at, phase: "due", until: this.#leavesAt(RETRY_SLOTS) };
      return;
    }
    this.#fallsSilent(person);
    this.#ask(node, at.turn + 1);
  }

  // ── heard again ──

  /** Whoever is still being asked is not hurried: what was heard counts when they turn out to be silent. */
  #heard(person: number): void {
    const { asked, askedAt = 0, said, silent, seen, again, heardAt = 0 } = this.#person(person);
    if (!this.#live || this.#now >= this.#plan.deadline || asked === 0 || said !== undefined || again) return;
    if (silent) {
      if (!seen && this.#byRadio(person)) this.#mark(person, { again: true, againAt: this.#againAt() });
    } else if (heardAt <= askedAt) this.#mark(person, { heardAt: this.#now });
  }

  #fallsSilent(person: number): void {
    this.#mark(person, { silent: true });
    const { askedAt = 0, heardAt = 0 } = this.#person(person);
    if (heardAt > askedAt) this.#heard(person);
  }

  /** With those who are to be asked again already. */
  #againAt(): Millis {
    const others = this.#comingAgain().map((person) => this.#person(person).againAt!);
    if (others.length > 0) return Math.min(...others);
    const wait = this.#plan.gather * AGAIN_SLOTS * Math.min(2 ** this.#agains, AGAIN_MOST);
    return this.#now + wait;
  }

  #byRadio(person: number): PlanNode | undefined {
    return this.#plan.nodes.find((node) => node.ways.includes("radio") && peopleOf(node).includes(person));
  }

  #comingAgain(): number[] {
    return Object.keys(this.#people)
      .map(Number)
      .filter((person) => this.#person(person).againAt !== undefined);
  }

  #notAgain(person: number): void {
    const { againAt: _, ...rest } = this.#person(person);
    this.#people[person] = rest;
  }

  #askAgain(): void {
    const before = this.#send.length;
    for (const person of this.#comingAgain()) {
      const { againAt = 0, asked, askedAt, said, seen } = this.#person(person);
      if (againAt > this.#now) continue;
      this.#notAgain(person);
      // Somebody in two nodes may have been asked in the other one meanwhile.
      if (said !== undefined || seen || askedAt === this.#now) continue;
      this.#send.push({ node: this.#byRadio(person)!.id, person, ways: ["radio"], again: true });
      this.#mark(person, { asked: asked + 1, askedAt: this.#now });
    }
    if (this.#send.length > before) this.#agains++;
  }

  // ── answers ──

  /** What somebody told us themselves stands against what others say they said; being done is more of the same. */
  #deniedBy({ kind, person }: { readonly kind: PageInput["kind"]; readonly person: number }): boolean {
    const { said, through } = this.#person(person);
    if (said === undefined || through !== undefined) return false;
    return !(kind === "done" && said === "answered");
  }

  /** The same once more is nothing new. */
  #says(person: number, said: "answered" | "declined", through: number | undefined): void {
    const { through: before, ...rest } = this.#person(person);
    if (rest.said === said && (before === undefined || through !== undefined)) return;
    this.#people[person] = { ...rest, said, saidAt: this.#now, ...(through === undefined ? {} : { through }) };
  }

  #answered(person: number, through?: number): void {
    this.#says(person, "answered", through);
    for (const node of this.#plan.nodes) {
      const { phase, turn, takers = [] } = this.#nodes[node.id]!;
      if (node.take !== undefined) {
        if (OPEN.has(phase) && node.contacts.includes(person) && !takers.includes(person)) this.#took(node, person);
      } else if (phase === "answered" || phase === "spared") continue;
      else if (
        node.contacts.includes(person) ||
        (OPEN.has(phase) && phase !== "idle" && peopleOf(node)[turn] === person)
      )
        this.#settle(node, "answered", person);
    }
  }

  #took(node: PlanNode, person: number): void {
    const at = this.#nodes[node.id]!;
    const takers = [...(at.takers ?? []), person];
    this.#nodes[node.id] = { ...at, takers };
    if (takers.length >= node.take!) this.#settle(node, "answered", person);
  }

  #declined(person: number, through?: number): void {
    this.#says(person, "declined", through);
    for (const node of this.#plan.nodes) {
      const { phase, turn, takers = [] } = this.#nodes[node.id]!;
      // Too late for the next one, who was asked long ago, but it is an answer.
      if (phase === "skipped" && node.take === undefined && peopleOf(node).includes(person))
        this.#nodes[node.id] = this.#settledAs(node, "declined");
      if (phase !== "due" && phase !== "asked") continue;
      if (node.take !== undefined) {
        const left = node.contacts.filter((each) => this.#person(each).said !== "declined" || takers.includes(each));
        if (left.length < node.take) this.#settle(node, "declined");
      } else if (peopleOf(node)[turn] === person) this.#ask(node, turn + 1);
    }
  }

  /** Somebody says of others that they were reached, or that their own branch is done. */
  #done(person: number, named: readonly string[] | undefined, through?: number): void {
    if (named === undefined) this.#answered(person, through);
    for (const node of this.#plan.nodes) {
      const theirs = named === undefined ? peopleOf(node).includes(person) : named.includes(node.id);
      if (!theirs) continue;
      const branch = named === undefined ? branchOf(this.#plan.nodes, node) : [node];
      for (const below of branch) this.#report(below, person, named !== undefined);
      this.#nodes[node.id] = { ...this.#nodes[node.id]!, closed: true };
    }
  }

  /** Whoever is on the list for a visit stays there unless they were named. */
  #report(node: PlanNode, by: number, seen: boolean): void {
    const { phase } = this.#nodes[node.id]!;
    if (seen) for (const person of peopleOf(node)) if (this.#people[person]?.silent) this.#mark(person, { seen: true });
    if (!OPEN.has(phase) && !(seen && (phase === "skipped" || phase === "declined"))) return;
    this.#settle(node, "answered", by);
    this.#nodes[node.id] = { ...this.#nodes[node.id]!, reported: true };
  }

  #settledAs(node: PlanNode, phase: NodePhase, by?: number): NodeState {
    const { until: _, ...at } = this.#nodes[node.id]!;
    return { ...at, phase, at: this.#now, ...(by === undefined ? {} : { by }) };
  }

  #settle(node: PlanNode, phase: "answered" | "declined" | "skipped", by?: number): void {
    this.#nodes[node.id] = this.#settledAs(node, phase, by);
    const below = childrenOf(this.#plan.nodes, node.id);
    if (node.take !== undefined && phase === "answered") {
      for (const child of below.flatMap((each) => branchOf(this.#plan.nodes, each)))
        if (this.#nodes[child.id]!.phase === "idle") this.#nodes[child.id] = this.#settledAs(child, "spared");
      return;
    }
    if (!this.#running) return;
    for (const child of below) if (this.#nodes[child.id]!.phase === "idle") this.#ask(child, 0);
  }
}
