// The archive inside a backup: ustar (POSIX.1-1988), written and read as a stream, so that `age -d FILE | tar xz` opens it without us.
// Only plain files with short names; anything else in an archive is refused.

const BLOCK = 512;
/** ustar's field for a size holds eleven octal digits. */
const LARGEST = 0o77777777777;

export interface TarFile {
  /** At most 100 bytes, without `..` and not from the root. */
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What was read is no archive of ours. */
export class TarRefusal extends Error {
  override name = "TarRefusal";
}

const NAME = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[\x21-\x7e]{1,100}$/;

/** The archive's bytes. Throws when a file is not as long as it was said to be. */
export async function* packTar(files: Iterable<TarFile>): AsyncGenerator<Uint8Array> {
  for (const { name, size, content } of files) {
    if (!NAME.test(name) || size > LARGEST) throw new Error(`${name} cannot be a file of an archive`);
    yield header(name, size);
    let written = 0;
    for await (const chunk of content) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== size) throw new Error(`${name} changed while it was being read`);
    yield new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

function header(name: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(`${value.toString(8).padStart(digits, "0")}\0`, at, "ascii");
  };
  block.write(name, 0, "ascii");
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.write("0", 156, "ascii");
  block.write("ustar\x0000", 257, "ascii");
  block.write("        ", 148, "ascii");
  octal(sumOf(block), 148, 6);
  return block;
}

/** Of all bytes, the sum's own field taken as blanks. */
function sumOf(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/**
 * Hands each file to `take`, piece by piece and in order; the last piece of each is empty. Throws TarRefusal for what is not such
 * an archive, or ends too soon.
 */
export async function unpackTar(
  stream: AsyncIterable<Uint8Array>,
  take: (name: string, piece: Uint8Array) => void,
): Promise<void> {
  let held = Buffer.alloc(0);
  let file: { name: string; left: number; padding: number } | undefined;
  let ended = false;
  for await (const chunk of stream) {
    held = Buffer.concat([held, chunk]);
    while (!ended) {
      if (file === undefined) {
        if (held.length < BLOCK) break;
        const block = held.subarray(0, BLOCK);
        held = held.subarray(BLOCK);
        if (block.every((byte) => byte === 0)) ended = true;
        else file = readHeader(block);
      } else if (file.left > 0) {
        if (held.length === 0) break;
        const piece = held.subarray(0, file.left);
        take(file.name, piece);
        file.left -= piece.length;
        held = held.subarray(piece.length);
      } else {
        if (held.length < file.padding) break;
        take(file.name, new Uint8Array(0));
        held = held.subarray(file.padding);
        file = undefined;
      }
    }
  }
  if (!ended) throw new TarRefusal("it ends too soon");
}

function readHeader(block: Buffer): { name: string; left: number; padding: number } {
  const text = (at: number, length: number): string => block.toString("latin1", at, at + length).replace(/\0.*$/s, "");
  const name = text(0, 100);
  const size = parseInt(text(124, 12).trim(), 8);
  const kind = text(156, 1);
  if (parseInt(text(148, 8).trim(), 8) !== sumOf(block)) throw new TarRefusal("a header is damaged");
  if (!NAME.test(name) || !Number.isSafeInteger(size) || (kind !== "0" && kind !== ""))
    throw new TarRefusal("it holds something else than plain files");
  return { name, left: size, padding: (BLOCK - (size % BLOCK)) % BLOCK };
}
