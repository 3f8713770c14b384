// A filled tree as a Debian package. dpkg-deb packs it; with SOURCE_DATE_EPOCH, root as the owner of all and the times set
// before, the same tree gives the same bytes.

import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { lstatSync } from "node:fs";
import { CONFFILES, settle, walk, type Build } from "./tree.ts";

const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"];

/** Writes the control files into the tree and packs it to `file`. */
export function packDeb(build: Build, file: string, compression = "xz"): void {
  const bytes = settle(build);
  const control = join(build.root, "DEBIAN");
  mkdirSync(control);
  const fill = (name: string): string =>
    readFileSync(join(build.source, "packaging/deb", name), "utf8")
      .replaceAll("@VERSION@", build.version)
      .replaceAll("@ARCH@", build.arch)
      .replaceAll("@SIZE@", String(Math.ceil(bytes / 1024)));
  writeFileSync(join(control, "control"), fill("control"));
  writeFileSync(join(control, "conffiles"), CONFFILES.map((each) => `${each}\n`).join(""));
  writeFileSync(join(control, "md5sums"), sums(build.root));
  for (const name of SCRIPTS) writeFileSync(join(control, name), fill(name));
  settle(build);
  for (const name of SCRIPTS) chmodSync(join(control, name), 0o755);
  const { status, stderr } = spawnSync(
    "dpkg-deb",
    ["--root-owner-group", `-Z${compression}`, "--build", build.root, file],
    { env: { ...surroundings(), SOURCE_DATE_EPOCH: String(build.epoch) }, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`dpkg-deb failed (it comes with Debian and Ubuntu): ${stderr ?? ""}`);
}

/** DPKG_DEB_COMPRESSOR_LEVEL and the like of whoever builds would make other bytes (dpkg-deb(1)). */
function surroundings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DPKG_")));
}

function sums(root: string): string {
  return walk(root)
    .filter((path) => lstatSync(path).isFile() && !relative(root, path).startsWith("DEBIAN/"))
    .map((path) => `${createHash("md5").update(readFileSync(path)).digest("hex")}  ${relative(root, path)}\n`)
    .join("");
}
