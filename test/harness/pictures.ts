// Pictures of what people are given, as other programs draw it: PDFs by poppler (Debian's poppler-utils), pages by Chromium.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Shares of all pixels, 0 to 1. */
  readonly dark: number;
  readonly light: number;
}

/** The pages of a PDF. */
export function picturesOf(pdf: string): Picture[] {
  return inFolder((folder) => {
    execFileSync("pdftoppm", ["-r", "50", "-gray", pdf, join(folder, "page")]);
    return readdirSync(folder)
      .toSorted()
      .map((name) => greymap(readFileSync(join(folder, name))));
  });
}

/** What a PDF says, as a reader's program finds it. */
export function textOfPdf(pdf: string): string {
  return execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8" });
}

/** A binary PGM (P5) of 8 bits, as pdftoppm writes it. */
function greymap(bytes: Buffer): Picture {
  const [, width = "", height = ""] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString("latin1", 0, 40)) ?? [];
  const pixels = bytes.subarray(bytes.length - Number(width) * Number(height));
  return { width: Number(width), height: Number(height), ...shares(pixels) };
}

function shares(grey: Uint8Array): { dark: number; light: number } {
  let dark = 0;
  let light = 0;
  for (const value of grey) {
    if (value < 80) dark++;
    if (value > 200) light++;
  }
  return { dark: dark / grey.length, light: light / grey.length };
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "muster-pictures-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A page as Chromium prints it (Debian's chromium); `file` is written. Whatever its scripts do has happened by then. */
export function printPage(page: string, file: string): void {
  inFolder((folder) => {
    writeFileSync(join(folder, "page.html"), page);
    const profile = `--user-data-dir=${join(folder, "profile")}`;
    const options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", profile];
    execFileSync("chromium", [...options, `--print-to-pdf=${file}`, `file://${join(folder, "page.html")}`], {
      stdio: "ignore",
      timeout: 100_000,
    });
  });
}
