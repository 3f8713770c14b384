// What a manual page is written with: man(7) macros, and text that roff takes as it is.

/** Text as roff shows it: its own signs defused, and a dash that can be copied into a shell. */
export function plain(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("→", "\\(->").replaceAll("…", "...");
  return escaped.replaceAll(/^(['.])/gm, "\\&$1");
}

/** Words in lines that a person can read in the source too; no line begins with a sign that roff would obey. */
export function prose(text: string): string {
  const lines = [""];
  for (const word of plain(text).split(/\s+/)) {
    const longer = lines.at(-1) === "" ? word : `${lines.at(-1)} ${word}`;
    if (longer.length <= LINE || lines.at(-1) === "") lines[lines.length - 1] = longer;
    else lines.push(/^['.]/.test(word) ? `\\&${word}` : word);
  }
  return lines.join("\n");
}

/** mandoc -T lint, STYLE: input text line longer than 80 bytes. */
const LINE = 78;

export const bold = (text: string): string => `\\fB${plain(text)}\\fR`;

export function page(title: string, section: number, date: string, version: string, about: string): string {
  return `.TH ${title} ${section} "${date}" "muster ${version}" "${about}"\n`;
}

export const section = (name: string, ...parts: readonly string[]): string => `.SH ${name}\n${first(parts)}`;

export const subsection = (name: string, ...parts: readonly string[]): string =>
  `.SS "${plain(name)}"\n${first(parts)}`;

/** A heading begins a paragraph by itself; mandoc -T lint, WARNING: skipping paragraph macro: PP after SH. */
const first = (parts: readonly string[]): string => parts.join("").replace(/^\.PP\n/, "");

export const paragraph = (text: string): string => `.PP\n${text}\n`;

/** A term with its explanation beneath, indented. */
export const item = (term: string, words: string): string => `.TP\n${term}\n${words === "" ? "\\&" : words}\n`;

export const indented = (...parts: readonly string[]): string => `.RS\n${parts.join("")}.RE\n`;

/** Lines as they are. */
export function verbatim(text: string): string {
  return `.PP\n.nf\n${plain(text.trimEnd())}\n.fi\n`;
}
