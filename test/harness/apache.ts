// Apache's httpd with mod_dav (Debian: apache2-bin) as a process of its own, with its own config, port and folder: a real WebDAV
// server. A full quota is simulated by the server itself answering 507, because a small file system needs root.

import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./synapse.ts";

const PROGRAM = "/usr/sbin/apache2";
const MODULES_AT = "/usr/lib/apache2/modules";
const MODULES =
  "mpm_event authn_core authn_file authz_core authz_user auth_basic dav dav_fs dav_lock mime rewrite alias".split(" ");

export const SHARE_USER = "muster";
export const SHARE_PASSWORD = "correct horse";

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export class Apache {
  readonly root: string;
  readonly files: string;
  readonly port: number;
  #child: ChildProcess | undefined;

  private constructor(root: string, port: number) {
    this.root = root;
    this.files = join(root, "files");
    this.port = port;
  }

  static async start(): Promise<Apache> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing (Debian: apt install apache2-bin)`);
    const apache = new Apache(mkdtempSync(join(tmpdir(), "muster-apache-")), await freePort());
    for (const folder of ["files", "locks"]) mkdirSync(join(apache.root, folder), { mode: 0o777 });
    for (const folder of [".", "files", "locks"]) chmodSync(join(apache.root, folder), 0o777);
    const sum = createHash("sha1").update(SHARE_PASSWORD).digest("base64");
    writeFileSync(join(apache.root, "passwords"), `${SHARE_USER}:{SHA}${sum}\n`);
    writeFileSync(join(apache.root, "httpd.conf"), apache.#config());
    await apache.up();
    return apache;
  }

  #config(): string {
    const { root, port } = this;
    const asNobody = process.getuid?.() === 0 ? ["User nobody", "Group nogroup"] : [];
    return [
      ...MODULES.map((name) => `LoadModule ${name}_module ${MODULES_AT}/mod_${name}.so`),
      ...asNobody,
      `ServerRoot ${root}`,
      "ServerName localhost",
      `Listen 127.0.0.1:${port}`,
      `PidFile ${root}/pid`,
      `ErrorLog ${root}/error.log`,
      "StartServers 1",
      "TypesConfig /dev/null",
      `DavLockDB ${root}/locks/db`,
      `DocumentRoot ${root}/files`,
      "RewriteEngine On",
      `RewriteCond ${root}/full -f`,
      "RewriteCond %{REQUEST_METHOD} =PUT",
      "RewriteRule .* - [R=507,L]",
      `<Directory ${root}/files>`,
      "  Dav On",
      "  AuthType Basic",
      "  AuthName share",
      `  AuthUserFile ${root}/passwords`,
      "  Require valid-user",
      "</Directory>",
      "",
    ].join("\n");
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Nothing is left there, and there is room again. */
  empty(): void {
    for (const name of readdirSync(this.files)) rmSync(join(this.files, name), { recursive: true });
    this.full = false;
  }

  async up(): Promise<void> {
    if (this.#child && this.#child.exitCode === null && this.#child.signalCode === null) return;
    const child = spawn(PROGRAM, ["-f", join(this.root, "httpd.conf"), "-DFOREGROUND"], { stdio: "ignore" });
    this.#child = child;
    await until("Apache to answer", async () => {
      if (child.exitCode !== null) throw new Error(`Apache ended with ${child.exitCode}: ${this.log()}`);
      return (await fetch(this.url).catch(() => undefined))?.status === 401;
    });
  }

  async down(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }

  log(): string {
    const path = join(this.root, "error.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** The quota is used up: whatever is to be stored is answered with 507. */
  set full(full: boolean) {
    if (full) writeFileSync(join(this.root, "full"), "");
    else rmSync(join(this.root, "full"), { force: true });
  }

  /** What lies there, by path. */
  held(folder = ""): Record<string, string> {
    const at = join(this.files, folder);
    if (!existsSync(at)) return {};
    const names = readdirSync(at, { withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.name.startsWith("."),
    );
    return Object.fromEntries(names.map(({ name }) => [folder + name, readFileSync(join(at, name), "utf8")]));
  }

  /** Somebody else writes there, through the server as everybody does. */
  async write(path: string, text: string): Promise<void> {
    await this.#ask("PUT", path, text);
  }

  async remove(path: string): Promise<void> {
    await this.#ask("DELETE", path);
  }

  async rename(path: string, to: string): Promise<void> {
    await this.#ask("MOVE", path, undefined, { destination: this.url + to });
  }

  async #ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${SHARE_USER}:${SHARE_PASSWORD}`).toString("base64")}`;
    const init = { method, headers: { authorization, ...headers }, ...(body === undefined ? {} : { body }) };
    const response = await fetch(this.url + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${this.log()}`);
  }

  async end(): Promise<void> {
    await this.down();
    rmSync(this.root, { recursive: true, force: true });
  }
}
