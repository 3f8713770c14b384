// The rules of the config's `backup`: what locks it, and what goes into it beside the database.

import type { Settings } from "#gateway/settings.ts";
import { isWebdav } from "./checks.ts";
import type { Complain } from "./read.ts";
import type { Config, ConfigDraft } from "./table.ts";
import type { Path } from "./tree.ts";
import type { Surroundings } from "./surroundings.ts";

export function backupSettings(config: Config, surroundings: Surroundings): NonNullable<Settings["backup"]> {
  const { passphraseFile, webdavPasswordFile, ...rest } = config.backup;
  const secretIn = (file: string | undefined): string | undefined => {
    const read = file === undefined ? undefined : surroundings.readSecret(file);
    return read && "text" in read ? read.text.trim() : undefined;
  };
  const named = [
    config.meshtastic.groupKeyFile,
    config.knowledge.webdavPasswordFile,
    webdavPasswordFile,
    ...config.uplinks.flatMap((uplink) => [uplink.accessTokenFile, uplink.registrationFile]),
  ].filter((each) => each !== undefined);
  const secretFiles = [...new Set(named)].flatMap((name) => {
    const read = surroundings.readSecret(name);
    return "text" in read ? [{ named: name, text: read.text }] : [];
  });
  const passphrase = secretIn(passphraseFile);
  const webdavPassword = secretIn(webdavPasswordFile) ?? "";
  return { ...rest, webdavPassword, ...(passphrase === undefined ? {} : { passphrase }), secretFiles };
}

export function checkBackup({ backup }: ConfigDraft, surroundings: Surroundings, complain: Complain): void {
  const { passphraseFile, webdavPasswordFile, recipients = [], to = [] } = backup ?? {};
  const password = webdavPasswordFile === undefined ? undefined : surroundings.readSecret(webdavPasswordFile);
  if (password && !("text" in password)) complain(["backup", "webdav_password_file"], password);
  const servers = new Set(
    to.filter((each) => each !== undefined && isWebdav(each)).map((each) => URL.parse(each!)?.host),
  );
  if (servers.size > 1)
    complain(["backup", "to"], {
      message: `names WebDAV folders on ${servers.size} servers (${[...servers].join(", ")}), and there is one webdav_user with one password. Keep one.`,
    });
  const at: Path = ["backup", "passphrase_file"];
  if (passphraseFile !== undefined && recipients.length > 0)
    return complain(at, {
      message: "and backup.recipients cannot be combined: a backup has a passphrase or keys. Keep one.",
    });
  if (to.length > 0 && passphraseFile === undefined && recipients.length === 0)
    return complain(["backup", "to"], {
      message:
        "names places, but nothing to lock backups with. Add backup.recipients (muster backup --make-key FILE) or backup.passphrase_file.",
    });
  if (passphraseFile === undefined) return;
  const secret = surroundings.readSecret(passphraseFile);
  if (!("text" in secret)) return complain(at, secret);
  if (secret.text.trim().length < SHORTEST_PASSPHRASE)
    complain(at, {
      message: `is "${passphraseFile}", whose passphrase is short. Use four random words or ${SHORTEST_PASSPHRASE} characters.`,
    });
}

/** A backup can be tried by anybody who finds the stick, as often as they like. */
const SHORTEST_PASSPHRASE = 12;
