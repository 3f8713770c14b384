// The process whose disk is recorded: the real store, gateway and pump on a database file, with edges that take everything.
// Arguments: folder, seed, number of messages.
//
// Beside the database it writes marks, one JSON line each, at the very moment when somebody else may rely on a row: a
// homeserver's event was accepted, a packet is handed to the radio, a request to a homeserver. A radio is told of nothing,
// so what it said, and what a homeserver answered, must be on the disk when the next thing leaves.

import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "#base/bytes.ts";
import { below, pick, seededRandom } from "#base/random.ts";
import type { MeshSend } from "#gateway/inputs.ts";
import { ANA, arrival, Bench, BEN, DIRECT, STREET } from "#test/harness/gateway.ts";
import { openStore } from "#store/open.ts";

/** An acknowledged row, by what finds it again. */
export interface Mark {
  /** Stands in an inbox row's raw bytes. */
  readonly accepted?: string;
  /** Packet id of an attempt. */
  readonly packet?: number;
  /** Row of the Matrix outbox. */
  readonly request?: number;
  /** So many ledger rows have an event id. */
  readonly events?: number;
}

const [folder, seed, messages] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const marks = openSync(join(folder!, "run.marks"), "a");
const mark = (what: Mark): void => void writeSync(marks, `${JSON.stringify(what)}\n`);

const bench = new Bench({}, openStore(join(folder!, "muster.db"))).ready();
/** True already, and relied upon as soon as anything leaves. */
const soon: Mark[] = [];
const leaves = (what: Mark): void => [...soon.splice(0), what].forEach(mark);
onPush(bench.sent, ({ packetId }: MeshSend) => leaves({ packet: packetId }));
onPush(bench.asked, ({ sendId }) => leaves({ request: sendId }));

for (let count = 0; count < Number(messages); count++) {
  const token = `w${count}.`;
  const text = token + " water at the school".repeat(below(random, 4));
  const by = pick(random, [ANA, BEN]);
  const said = pick(random, [
    () => arrival(by, text, { id: 5000 + count }),
    () => arrival(by, text, { id: 5000 + count }),
    () => arrival(by, `sos ${text}`, { id: 5000 + count }),
    () => arrival(by, text, { id: 5000 + count, ...DIRECT }),
    () => written(text, count),
  ])();
  if (bench.pump.accept([said])) {
    if (said.kind === "matrix") mark({ accepted: token });
    else soon.push({ accepted: token });
  }
  bench.clock.advance(below(random, 8_000));
  const events = bench.store.get<{ n: number }>("SELECT count(*) AS n FROM ledger WHERE event_id IS NOT NULL")!.n;
  soon.push({ events });
}

function written(text: string, count: number) {
  const content = { msgtype: "m.text", body: text };
  const event = { type: "m.room.message", event_id: `$w${count}`, sender: "@maria:example.org", content };
  return { kind: "matrix", uplink: "street", room: STREET, event, senderName: "Maria", raw: utf8("") } as const;
}

/** The bench's edges keep what they are handed in arrays; the mark is made before they answer. */
function onPush<T>(list: T[], then: (item: T) => void): void {
  list.push = (...items: T[]): number => {
    for (const item of items) then(item);
    return Array.prototype.push.apply(list, items);
  };
}
