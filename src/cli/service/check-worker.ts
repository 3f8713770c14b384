// Looks through a database file in a thread of its own: a check reads all of it, and the loop must not wait for that.

import { parentPort, workerData } from "node:worker_threads";
import { openStore } from "#store/open.ts";

function check(path: string): string | undefined {
  try {
    const store = openStore(path, { readonly: true });
    try {
      return store.quickCheck() ? undefined : "its structure is damaged";
    } finally {
      store.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(check(workerData as string));
