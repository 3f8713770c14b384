// The running service's ear for its own command line: a unix socket that only its user may open.
//
// One JSON object per line: {"verb", "args"} in, {"ok": true, "value"} or {"ok": false, "error"} out, in the order asked.
// Deadlines are wall time: a real peer answers at the other end.

import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { wallClock, type Millis } from "#base/clock.ts";
import { Failure } from "#cli/verb.ts";

export type ControlHandler = (verb: string, args: Readonly<Record<string, unknown>>) => unknown;

type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

/** A question is a verb and its options; nothing of ours is longer. */
const LONGEST_QUESTION = 1024 * 1024;

/** Longer than any handler of ours takes; the command line says so instead of hanging. */
const ANSWER_WITHIN: Millis = 30_000;

/**
 * Listens at `path` (its folder is made, its mode is 0600) and answers with what `handle` returns or resolves to; what it
 * throws is the error's words. A socket that a dead process left is replaced; rejects with `Failure` when a living one answers.
 */
export async function serveControl(path: string, handle: ControlHandler): Promise<{ close(): Promise<void> }> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  await clear(path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    answerLines(socket, handle);
  });
  await listenPrivately(server, path);
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function clear(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket())
    throw new Failure(`${path} is in the way and is no socket. Move it, or change control.socket.`);
  if (await answers(path)) throw new Failure(`Another Muster is running and answers at ${path}.`);
  rmSync(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The socket appears inside listen(); the mask keeps others out from its first moment.
    const mask = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve();
    });
    process.umask(mask);
  });
}

function answerLines(socket: Socket, handle: ControlHandler): void {
  let waiting = "";
  let turn = Promise.resolve();
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    waiting += text;
    const lines = waiting.split("\n");
    waiting = lines.pop()!;
    if (waiting.length > LONGEST_QUESTION) socket.destroy();
    for (const line of lines) turn = answerAfter(turn, socket, line, handle);
  });
}

/** Answers come in the order of the questions. */
async function answerAfter(turn: Promise<void>, socket: Socket, line: string, handle: ControlHandler): Promise<void> {
  await turn;
  const reply = await replyTo(line, handle);
  if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
}

async function replyTo(line: string, handle: ControlHandler): Promise<Reply> {
  let question: { verb?: unknown; args?: unknown } | null;
  try {
    question = JSON.parse(line) as typeof question;
  } catch {
    return { ok: false, error: "That line is not JSON." };
  }
  if (typeof question?.verb !== "string") return { ok: false, error: 'A question is {"verb": "…", "args": {…}}.' };
  const args = typeof question.args === "object" && question.args !== null ? question.args : {};
  try {
    return { ok: true, value: (await handle(question.verb, args as Record<string, unknown>)) ?? null };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** What asking came to. `silent`: nobody listens there, so the service is not running. */
export type ControlAnswer =
  | { readonly is: "answered"; readonly value: unknown }
  | { readonly is: "refused"; readonly error: string }
  | { readonly is: "silent" };

/** Asks the running service. Never rejects: a socket that may not be opened and a missing answer are refusals in words. */
export function askControl(
  path: string,
  verb: string,
  args: Readonly<Record<string, unknown>> = {},
  within: Millis = ANSWER_WITHIN,
): Promise<ControlAnswer> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answer: ControlAnswer): void => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    const cancel = wallClock.after(within, () =>
      end({ is: "refused", error: `The running Muster did not answer within ${within / 1000} s.` }),
    );
    let text = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify({ verb, args })}\n`));
    socket.on("data", (more: string) => {
      text += more;
      if (more.includes("\n")) end(readReply(text));
    });
    socket.on("error", (error: NodeJS.ErrnoException) => end(whySilent(error, path)));
    socket.on("close", () => end({ is: "refused", error: "The running Muster closed the line without an answer." }));
  });
}

function whySilent(error: NodeJS.ErrnoException, path: string): ControlAnswer {
  if (error.code === "ENOENT" || error.code === "ECONNREFUSED" || error.code === "ENOTDIR") return { is: "silent" };
  if (error.code === "EACCES")
    return {
      is: "refused",
      error: `This user may not ask the running Muster at ${path}. Try it as its user, or with sudo.`,
    };
  return { is: "refused", error: `${path} cannot be reached: ${error.message}` };
}

function readReply(line: string): ControlAnswer {
  try {
    const reply = JSON.parse(line) as Reply;
    return reply.ok ? { is: "answered", value: reply.value } : { is: "refused", error: reply.error };
  } catch {
    return { is: "refused", error: "What answers there is not Muster." };
  }
}
