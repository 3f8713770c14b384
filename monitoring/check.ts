// npm run monitoring:check: the alert rules and the Prometheus config, checked and tried by promtool.
//
// promtool comes out of Debian's package, which is downloaded and unpacked into .cache and not installed. Needs apt and a network the first time.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const here = import.meta.dirname;
const cache = resolve(here, "../.cache/promtool");
const promtool = join(cache, "usr/bin/promtool");

function run(program: string, parameters: readonly string[], cwd: string): boolean {
  return spawnSync(program, parameters, { cwd, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

if (!existsSync(promtool)) {
  mkdirSync(cache, { recursive: true });
  const file = (): string | undefined => readdirSync(cache).find((name) => name.endsWith(".deb"));
  if (file() === undefined) run("apt-get", ["download", "-q", "prometheus"], cache);
  const deb = file();
  if (deb === undefined || !run("dpkg-deb", ["-x", deb, "."], cache)) {
    console.error("promtool is not here: it needs apt-get download prometheus (Debian, Ubuntu), and a network.");
    process.exit(1);
  }
}

const checks = [
  ["check", "rules", "alerts.yaml"],
  ["check", "config", "prometheus.yaml"],
  ["test", "rules", "alerts.test.yaml"],
];
process.exitCode = checks.every((parameters) => run(promtool, parameters, here)) ? 0 : 1;
