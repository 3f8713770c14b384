// A line to a radio: bytes both ways, over a serial port or TCP. One object per attempt, never opened twice: a serialport
// object that is opened again holds the lock and reads nothing (reliability-facts §2c).

export interface LineEvents {
  opened(): void;
  data(bytes: Uint8Array): void;
  /** Once, whether it ever opened or not, when the device is free again. Nothing follows. Reason in words. */
  closed(reason: string): void;
}

export interface Line {
  /** `done` once the bytes have left or not; it may never be called when the line closes meanwhile. */
  write(bytes: Uint8Array, done: (failure?: string) => void): void;
  /** Drops DTR for a moment, RTS staying up: nRF52 boards take it as a new client, ESP32 boards reset. Nothing over TCP. */
  pulse(): void;
  /** `closed(reason)` follows. */
  close(reason: string): void;
}

/** Opening a line and freeing it are given up after this long (ms, wall time). */
export const OPEN_DEADLINE = 10_000;
export const CLOSE_DEADLINE = 2_000;

type Words = readonly (readonly [RegExp, (where: string) => string])[];

/** What the system says when a line cannot be opened or breaks, and what people are told. */
const WORDS: Words = [
  [/ENOENT|no such file|ENXIO|ENODEV|no such device/i, (where) => `${where} is not there`],
  [
    /EACCES|EPERM|permission denied|not permitted/i,
    (where) => `no permission to open ${where}: add the gateway's user to the group dialout`,
  ],
  [/cannot lock|EBUSY|device or resource busy/i, (where) => `${where} is busy: another program has it open`],
  [/ENOTTY|inappropriate ioctl|EISDIR|is a directory/i, (where) => `${where} is not a serial port`],
  [/ECONNREFUSED/, (where) => `nothing listens at ${where}`],
  [/ENOTFOUND|EAI_AGAIN/, (where) => `the address of ${where} cannot be found`],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/, (where) => `${where} cannot be reached`],
  [/ECONNRESET|EPIPE/, (where) => `${where} closed the connection`],
  [/EIO|input\/output error|EBADF|bad file descriptor|disconnected/i, (where) => `${where} was unplugged`],
];

/** The system's words for an error, in ours. */
export function failureWords(error: Error, where: string): string {
  const told = "code" in error && typeof error.code === "string" ? `${error.code} ${error.message}` : error.message;
  return WORDS.find(([pattern]) => pattern.test(told))?.[1](where) ?? `${where}: ${error.message}`;
}
