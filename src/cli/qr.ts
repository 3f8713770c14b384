// QR codes of links: for a terminal, and as a file to print. A channel's link holds its keys, so the file is for its owner
// alone (mode 0600) until somebody decides otherwise.

import { writeFileSync } from "node:fs";
import { toBuffer, toString } from "qrcode";
import { Failure } from "./verb.ts";

/** Half blocks, two rows to a line; dark on light, as phones want it. */
export function qrForTerminal(text: string): Promise<string> {
  return toString(text, { type: "utf8", errorCorrectionLevel: "L" });
}

/** Writes `file`.svg or .png. Throws `Failure` in words. */
export async function writeQr(file: string, text: string): Promise<void> {
  const ending = /\.(svg|png)$/i.exec(file)?.[1]?.toLowerCase();
  if (ending === undefined) throw new Failure(`${file}: the name has to end in .svg or .png.`);
  const options = { errorCorrectionLevel: "M", margin: 4 } as const;
  const image =
    ending === "svg"
      ? await toString(text, { ...options, type: "svg" })
      : await toBuffer(text, { ...options, scale: 8 });
  writePrivate(file, image, "w");
}

/** A file for its owner alone. `flag` "wx": one that is there already is not replaced. */
export function writePrivate(file: string, content: string | Uint8Array, flag: "w" | "wx"): void {
  try {
    writeFileSync(file, content, { mode: 0o600, flag });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Failure(
      code === "EEXIST" ? `${file} is there already; name another.` : `${file} cannot be written (${code}).`,
    );
  }
}
