// A room's timeline as a Matrix client shows it, for messages whose formatted_body is trusted as little as a client would
// trust it: it is put into the page as it is, so whatever in it could run would run.

export interface ShownMessage {
  readonly sender: string;
  readonly formattedBody: string;
}

/** Sizes and colours are those of Element's desktop client: 15 px text, a 640 px column. */
export function timelinePage(messages: readonly ShownMessage[]): string {
  const tiles = messages.map(
    ({ sender, formattedBody }) =>
      `<div class="tile"><div class="avatar">M</div><div><div class="sender">${sender}</div><div class="body">${formattedBody}</div></div></div>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>untouched</title><style>
body { margin: 0; font: 15px/22px Inter, "DejaVu Sans", sans-serif; color: #1b1d22; background: #fff; }
.timeline { width: 640px; padding: 16px; }
.tile { display: flex; gap: 12px; margin-bottom: 20px; }
.avatar { flex: none; width: 30px; height: 30px; border-radius: 50%; background: #0dbd8b; color: #fff; text-align: center; line-height: 30px; }
.sender { font-weight: 600; color: #0467dd; }
h4 { font-size: 16px; margin: 8px 0 4px; } h5 { font-size: 14px; margin: 10px 0 2px; } p { margin: 4px 0; } ul { margin: 0; padding-left: 22px; }
blockquote { border-left: 4px solid #ddd; margin: 6px 0; padding-left: 8px; color: #454545; }
</style><div class="timeline">${tiles.join("\n")}</div>`;
}
