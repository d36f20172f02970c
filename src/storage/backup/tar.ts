import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ConveyError } from '../../errors.ts';

/** Plain tar (POSIX ustar), so that a backup can be looked into and taken apart on any machine. */

const block = 512;
/** A number of a header, filled up to the length of its field. */
const plainOctal = /^ *[0-7]+[ \0]*$/;
const octalLimit = 0o777_7777_7777;

export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** An entry of a file that is there. */
export interface TarFileEntry {
  readonly name: string;
  readonly bytes: number;
  /** Reads it from the file. */
  content(): AsyncIterable<Buffer>;
}

/** How long the archive of entries of these lengths is, in bytes. */
export function tarSize(lengths: readonly number[]): number {
  return lengths.reduce((sum, bytes) => sum + block + bytes + padding(bytes), 2 * block);
}

/** @throws where the content of an entry is not as long as was said. */
export async function* packTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>, at: Date): AsyncGenerator<Uint8Array> {
  for await (const { name, bytes, content } of entries) {
    yield header(name, bytes, at);
    let sent = 0;
    for await (const chunk of content) {
      sent += chunk.byteLength;
      yield chunk;
    }
    if (sent !== bytes) throw new Error(`${name} has ${sent} bytes and was to have ${bytes}`);
    yield Buffer.alloc(padding(bytes));
  }
  yield Buffer.alloc(2 * block);
}

/** The entries of a file, in order. @throws ConveyError where it is no tar file, or not whole. */
export async function* readTarEntries(file: string): AsyncGenerator<TarFileEntry> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    for (let at = 0; ; ) {
      const head = await readBlock(handle, at);
      if (head.every((byte) => byte === 0) && head.byteLength === block) return;
      const found = readHeader(head);
      const start = at + block;
      if (!found || start + found.bytes > size) {
        throw new ConveyError(
          `${file} is not a whole backup of Convey`,
          'Use another backup, or fetch this one again from where it came',
        );
      }
      const end = start + found.bytes;
      yield {
        ...found,
        content: async function* () {
          if (found.bytes > 0) yield* createReadStream(file, { start, end: end - 1 });
        },
      };
      at = end + padding(found.bytes);
    }
  } finally {
    await handle.close();
  }
}

function padding(bytes: number): number {
  return (block - (bytes % block)) % block;
}

function header(name: string, bytes: number, at: Date): Buffer {
  const head = Buffer.alloc(block);
  head.write(name, 0, 100);
  head.write('0000600\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  writeLength(head, bytes);
  head.write(`${octal(Math.floor(at.getTime() / 1_000), 11)}\0`, 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\0', 257);
  head.write('00', 263);
  head.write(`${octal(sumOf(head), 6)}\0 `, 148);
  return head;
}

/** Over 8 GiB the length is written in base 256, as every tar of today reads it. */
function writeLength(head: Buffer, bytes: number): void {
  if (bytes <= octalLimit) head.write(`${octal(bytes, 11)}\0`, 124);
  else {
    head[124] = 0x80;
    head.writeBigUInt64BE(BigInt(bytes), 128);
  }
}

function readHeader(head: Buffer): { readonly name: string; readonly bytes: number } | undefined {
  if (head.byteLength < block || head.toString('latin1', 257, 262) !== 'ustar') return undefined;
  const sum = Number.parseInt(head.toString('latin1', 148, 156), 8);
  const unsummed = Buffer.from(head);
  unsummed.write('        ', 148);
  if (sum !== sumOf(unsummed)) return undefined;
  const [name = ''] = head.toString('utf8', 0, 100).split('\0');
  const bytes = readLength(head);
  return Number.isSafeInteger(bytes) ? { name, bytes } : undefined;
}

function readLength(head: Buffer): number {
  if (head[124] === 0x80) return Number(head.readBigUInt64BE(128));
  const digits = head.toString('latin1', 124, 136);
  return plainOctal.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

async function readBlock(handle: FileHandle, at: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(block), 0, block, at);
  return buffer.subarray(0, bytesRead);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function sumOf(head: Buffer): number {
  return head.reduce((sum, byte) => sum + byte, 0);
}
