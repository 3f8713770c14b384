// Changes to a radio's settings between begin_edit_settings and commit_edit_settings: the firmware has them in memory only, and
// a restart before the commit brings back what was there (firmware modules/AdminModule.cpp).

import type { ConfigKind } from "./handshake.ts";
import type { MeshNode } from "./node.ts";
import type { Plain } from "./proto.ts";

/** Everything of a radio that a restart finds in its flash. */
interface Flash {
  readonly node: MeshNode;
  readonly config: Record<ConfigKind, Plain>;
  readonly modules: Plain[];
  canned: Uint8Array;
}

export class Drafts {
  #undo: (() => void) | undefined;

  get open(): boolean {
    return this.#undo !== undefined;
  }

  begin(radio: Flash): void {
    const { canned } = radio;
    const { user, channels } = radio.node;
    const [config, modules, table] = [{ ...radio.config }, [...radio.modules], [...channels]];
    this.#undo ??= () => {
      Object.assign(radio.config, config);
      radio.modules.splice(0, Infinity, ...modules);
      channels.splice(0, Infinity, ...table);
      radio.node.user = user;
      radio.canned = canned;
    };
  }

  commit(): void {
    this.#undo = undefined;
  }

  /** The radio restarts. */
  forget(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
}
