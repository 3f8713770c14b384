// What others' work the package holds: each npm package of the production tree with version, licence and the hash that npm
// checked it against; as a CycloneDX 1.6 list of components and as a page for people.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One package of package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly resolved?: string;
}

export interface Component {
  /** Where it lies: `node_modules/ms`. */
  readonly place: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly integrity: string | undefined;
  /** The text of its licence, where it brought one. */
  readonly licenceText: string | undefined;
}

/** Licences that may be combined with ours (GPL-3.0-or-later). Anything else stops the package from being built. */
const COMPATIBLE = new Set([
  "MIT",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "GPL-3.0-only",
  "GPL-3.0-or-later",
  "BlueOak-1.0.0",
  "Unlicense",
  "0BSD",
  "CC0-1.0",
  "AFL-2.1",
  "MPL-2.0",
  // Fonts in the printed pages.
  "OFL-1.1",
]);

/** Whether an SPDX expression can be satisfied: all of an AND, any of an OR. */
export function isCompatible(expression: string): boolean {
  const words = expression.replaceAll(/[()]/g, "");
  return words.split(" OR ").some((choice) => choice.split(" AND ").every((each) => COMPATIBLE.has(each.trim())));
}

/** The packages that lie in the tree at `root`, in the order of their names. Throws when one has no licence that may be combined. */
export function components(root: string): Component[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const found = Object.entries(lock.packages)
    .filter(([place, { link }]) => place !== "" && !link && existsSync(join(root, place, "package.json")))
    .map(([place, locked]) => componentAt(root, place, locked));
  const refused = found.filter(({ license }) => !isCompatible(license));
  if (refused.length > 0)
    throw new Error(
      `These may not be shipped with us: ${refused.map((each) => `${each.name} (${each.license})`).join(", ")}`,
    );
  return found.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.place < b.place ? -1 : 1));
}

function componentAt(root: string, place: string, locked: LockedPackage): Component {
  const folder = join(root, place);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version?: string;
    license?: string;
  };
  const text = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|$|-)/i.test(name));
  const licenceText = text === undefined ? undefined : readFileSync(join(folder, text), "utf8").trim();
  return {
    place,
    name: manifest.name,
    version: manifest.version ?? locked.version ?? "0",
    license: locked.license ?? manifest.license ?? recognised(licenceText),
    integrity: locked.integrity,
    licenceText,
  };
}

/** Some say it in words only. */
function recognised(text: string | undefined): string {
  return text !== undefined && /Permission is hereby granted, free of charge/.test(text) ? "MIT" : "unknown";
}

/** CycloneDX 1.6 (cyclonedx.org/docs/1.6/json), without serial number and moment, so that two builds are the same. */
export function bill(all: readonly Component[], version: string, arch: string): string {
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `muster@${version}`,
        name: "muster",
        version,
        licenses: [{ license: { id: "GPL-3.0-or-later" } }],
        properties: [{ name: "muster:architecture", value: arch }],
      },
    },
    components: all.map(({ name, version: own, license, integrity, place }) => ({
      type: "library",
      "bom-ref": place,
      name,
      version: own,
      purl: `pkg:npm/${name.replace("@", "%40")}@${own}`,
      licenses: [license.includes(" ") ? { expression: license } : { license: { id: license } }],
      ...(integrity === undefined ? {} : { hashes: [{ alg: "SHA-512", content: hexOf(integrity) }] }),
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** npm's `sha512-BASE64` as CycloneDX wants it. */
function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
}

/** The licences in full, each text once, under the names of the packages that have it. */
export function licencePage(all: readonly Component[]): string {
  const byText = new Map<string, Component[]>();
  for (const each of all) {
    const text = each.licenceText ?? `(no text of its own; its package.json says ${each.license})`;
    byText.set(text, [...(byText.get(text) ?? []), each]);
  }
  const list = all.map(({ name, version, license }) => `${name} ${version}: ${license}`).join("\n");
  const texts = [...byText].map(
    ([text, users]) => `${users.map(({ name, version }) => `${name} ${version}`).join("\n")}\n\n${text}`,
  );
  return `What others made of this package, and under which licence.\n\n${list}\n\n${texts.map((text) => `${"=".repeat(72)}\n${text}`).join("\n\n")}\n`;
}
