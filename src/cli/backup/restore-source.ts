// Which backup is to be restored: a file, or one of those at a place, `latest` for the newest. What lies on a WebDAV server is brought
// here first. On a new box there is no config yet: who we are there is told by options, or asked.

import { existsSync, readFileSync } from "node:fs";
import { accountFor, checkAddresses, newestOf, placeOf, type Account } from "./places.ts";
import { isWebdav } from "#cli/config/checks.ts";
import { loadConfig } from "#cli/config/config.ts";
import { Prompt } from "#cli/prompt.ts";
import { Failure, UsageError, type Cli } from "#cli/verb.ts";

export interface SourceOptions {
  readonly from?: string;
  readonly webdavUser?: string;
  readonly webdavPasswordFile?: string;
}

const LATEST = "latest";

/** A file of this machine that holds the backup; one that has to be brought lies in `scratch`. Throws `Failure` in words. */
export async function backupFile(cli: Cli, asked: string, options: SourceOptions, scratch: string): Promise<string> {
  const { from, name } = sourceOf(asked, options.from);
  if (from === undefined) {
    if (!existsSync(name)) throw new Failure(`${name} is not there.`);
    return name;
  }
  checkAddresses([from], "--from");
  const place = placeOf(from, scratch, isWebdav(from) ? await accountOf(cli, from, options) : undefined);
  return place.bring(name === LATEST ? newestOf(await place.names(), from) : name);
}

/** The address of a backup on a server is its folder and its name. */
function sourceOf(asked: string, from: string | undefined): { from: string | undefined; name: string } {
  const address = /^(https?:\/\/.+)\/([^/]+)$/.exec(asked);
  if (from === undefined && address) return { from: address[1]!, name: address[2]! };
  if (from === undefined && asked === LATEST)
    throw new UsageError("The latest of which place? Give --from FOLDER, --from usb:LABEL or --from https://…");
  if (from !== undefined && asked.includes("/"))
    throw new UsageError("With --from, name the file alone, or write latest.");
  return { from, name: asked };
}

/** Without --webdav-user as the config has it, if there is one already. */
async function accountOf(cli: Cli, from: string, options: SourceOptions): Promise<Account | undefined> {
  const { webdavUser, webdavPasswordFile } = options;
  if (webdavUser === undefined) {
    if (webdavPasswordFile !== undefined) throw new UsageError("Give --webdav-user with --webdav-password-file.");
    const config = loadConfig(cli.configFile, cli.environment);
    return config.ok ? accountFor(from, config.settings.backup) : undefined;
  }
  if (webdavPasswordFile !== undefined) return { webdavUser, webdavPassword: readText(webdavPasswordFile).trim() };
  const prompt = Prompt.open();
  if (!prompt) throw new UsageError("Give --webdav-password-file FILE with --webdav-user.");
  try {
    return { webdavUser, webdavPassword: await prompt.ask("Password", (typed) => typed, { secret: true }) };
  } finally {
    prompt.close();
  }
}

/** The text of a file that an option names. Throws `Failure` in words. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
