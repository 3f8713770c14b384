// HTML that cannot do anything but be read: what is put into a template is escaped, so text that strangers wrote never
// becomes markup. Only the template itself can hold tags.

/** Made by `html` alone, so that markup and text cannot be taken for one another. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Piece = string | number | Html;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ESCAPES[char]!);
}

/** A piece that `html` made before stays as it is; a list is put in piece by piece; everything else is text. */
export function html(parts: TemplateStringsArray, ...values: readonly (Piece | readonly Piece[])[]): Html {
  const written = values.map((value) => [value].flat().map(pieceOf).join(""));
  return new Html(parts.map((part, index) => part.replaceAll(BREAK, " ") + (written[index] ?? "")).join(""));
}

/** How a template is laid out in the source is nothing that a reader sees. */
const BREAK = /\s*\n\s*/g;

const pieceOf = (piece: Piece): string => (piece instanceof Html ? piece.markup : escapeHtml(String(piece)));
