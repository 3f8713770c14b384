// Log lines for people and for journald: one line each, `level room: words key=value …`, on standard error.

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  error(words: string, fields?: LogFields): void;
  warn(words: string, fields?: LogFields): void;
  info(words: string, fields?: LogFields): void;
  debug(words: string, fields?: LogFields): void;
  /** The same log, its lines headed by another room's name. */
  room(name: string): Log;
}

/** systemd reads these as priorities when they head a line (sd-daemon(3)). */
const JOURNAL_PRIORITY: Record<LogLevel, string> = { error: "<3>", warn: "<4>", info: "<6>", debug: "<7>" };

/** Writes lines at or above `level` with `write`. Never pass secrets or message texts at info level or above. */
export function createLog(
  level: LogLevel,
  write: (line: string) => void,
  options: { journal?: boolean; room?: string } = {},
): Log {
  const shown = LOG_LEVELS.indexOf(level);
  const line = (at: LogLevel) => (words: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(at) > shown) return;
    const tail = Object.entries(fields ?? {})
      .filter(([, value]) => value !== undefined)
      .map(
        ([key, value]) =>
          ` ${key}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`,
      )
      .join("");
    const head = options.journal ? JOURNAL_PRIORITY[at] : `${at.padEnd(5)} `;
    write(`${head}${options.room ? `${options.room}: ` : ""}${words}${tail}`.replaceAll(/[\r\n]+/g, " ⏎ "));
  };
  return {
    error: line("error"),
    warn: line("warn"),
    info: line("info"),
    debug: line("debug"),
    room: (name) => createLog(level, write, { ...options, room: name }),
  };
}

export const silentLog: Log = createLog("error", () => undefined);
