import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { ConveyError } from '../../errors.ts';

/** Reads and writes plain tar (POSIX ustar), so that any machine can unpack a backup. */

const blockBytes = 512;

export interface TarEntry {
  readonly name: string;
  readonly bytes: number;
  readonly content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface TarFileEntry {
  readonly name: string;
  readonly bytes: number;
  /** Must be read before the next entry, if at all. */
  readonly content: AsyncIterable<Buffer>;
}

/** Returns the size in bytes of an archive whose entries have these sizes. */
export function tarSize(sizes: readonly number[]): number {
  const blocks = sizes.reduce((sum, bytes) => sum + 1 + Math.ceil(bytes / blockBytes), 2);
  return blocks * blockBytes;
}

/** Packs the entries one after the other. The archive fails if the content of an entry is not as long as its `bytes`. */
export function packTar(entries: AsyncIterable<TarEntry> | Iterable<TarEntry>, at: Date): AsyncIterable<Uint8Array> {
  const archive = pack();
  const fill = async () => {
    for await (const { name, bytes, content } of entries)
      await pipeline(content, archive.entry({ name, size: bytes, mode: 0o600, mtime: at }));
    archive.finalize();
  };
  fill().catch((error: Error) => archive.destroy(error));
  return toChunks(archive);
}

/** Yields the entries of an archive in order. @throws ConveyError if it is not an archive, incomplete, or has entries other than files. */
export async function* readTarEntries(file: string): AsyncGenerator<TarFileEntry> {
  const { size } = await stat(file);
  const archive = extract();
  const source = createReadStream(file);
  let diskError: Error | undefined;
  source.once('error', (error) => {
    diskError = error;
  });
  pipeline(source, archive).catch(() => {}); // the archive reports the error
  async function* translateErrors<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    try {
      yield* items;
    } catch {
      throw diskError ?? brokenArchive(file);
    }
  }

  const sizes: number[] = [];
  for await (const entry of translateErrors(archive)) {
    const { name, type, size: bytes = 0 } = entry.header;
    if (type !== 'file') throw brokenArchive(file);
    sizes.push(bytes);
    yield { name, bytes, content: translateErrors(toChunks(entry)) };
    entry.resume();
  }
  if (size < tarSize(sizes)) throw brokenArchive(file);
}

/** Types the chunks of a stream: the library's types leave them unknown. */
function toChunks(stream: AsyncIterable<unknown>): AsyncIterable<Buffer> {
  return stream as AsyncIterable<Buffer>;
}

function brokenArchive(file: string): ConveyError {
  return new ConveyError(`${file} is not a complete Convey backup`, 'Use another backup, or copy this one again from its source');
}
