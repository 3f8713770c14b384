// Noticing that a serial port was pulled out.
//
// A terminal whose far end is gone reads as "nothing, at once" for ever. serialport 13 (bindings-cpp, unix-read.js) takes that
// for "nothing yet" and reads again at once: when the plug is pulled while a read is under way, and not while it waits,
// nobody is ever told and a processor is kept busy for nothing (measured on a pty: 15,000 reads a second). A port opened
// without blocking and with VMIN 1, as serialport does, says EAGAIN when there is nothing yet, so nothing at all means gone.

import { read } from "node:fs";
import { promisify } from "node:util";

const readSome = promisify(read);

/** What serialport's Linux binding shows of an open port. */
type OpenPort = {
  readonly fd: number | null;
  readonly poller: { once(event: "readable", call: (error: Error | null) => void): unknown };
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
};

/** Replaces the port's way of reading by one that ends with an error when the far end is gone. Call it once, when open. */
export function noticeHangup(port: object): void {
  if (isLinuxPort(port)) port.read = (buffer, offset, length) => readOrFail(port, buffer, offset, length);
}

function isLinuxPort(port: object): port is OpenPort {
  return "fd" in port && "poller" in port && "read" in port;
}

async function readOrFail(
  port: OpenPort,
  buffer: Buffer,
  offset: number,
  length: number,
): Promise<{ buffer: Buffer; bytesRead: number }> {
  for (;;) {
    if (port.fd === null) throw Object.assign(new Error("the port is not open"), { canceled: true });
    const bytesRead = await readSome(port.fd, buffer, offset, length, null).then(
      (result) => result.bytesRead,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EAGAIN" || error.code === "EINTR") return undefined;
        throw error;
      },
    );
    if (bytesRead === 0) throw new Error("disconnected");
    if (bytesRead !== undefined) return { buffer, bytesRead };
    await new Promise<void>((resolve, reject) => {
      port.poller.once("readable", (error) => (error ? reject(error) : resolve()));
    });
  }
}
