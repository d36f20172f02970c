import { createReadStream } from 'node:fs';
import { createUnreadableError } from '../csv-rows.ts';

/** A line of a file. `bytes` is absent if the line is longer than `longestLine`. */
export interface FileLine {
  readonly line: number;
  readonly bytes?: Buffer;
}

/** The longest line of JSON, in bytes. */
export const longestLine = 64 * 1024;

const newline = 0x0a;

/** Reads the lines of a file as a stream, and holds at most one of them. @throws ConveyError */
export async function* readLines(path: string, remedy: string): AsyncGenerator<FileLine> {
  let line = 1;
  let parts: Buffer[] = [];
  let length = 0;
  const take = (): FileLine => {
    const found = length > longestLine ? { line } : { line, bytes: Buffer.concat(parts) };
    line += 1;
    parts = [];
    length = 0;
    return found;
  };
  const keep = (part: Buffer) => {
    length += part.length;
    if (length <= longestLine) parts.push(part);
    else parts = [];
  };
  try {
    for await (const chunk of createReadStream(path)) {
      if (!Buffer.isBuffer(chunk)) continue;
      let from = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
        keep(chunk.subarray(from, end));
        from = end + 1;
        yield take();
      }
      keep(chunk.subarray(from));
    }
  } catch (error) {
    throw createUnreadableError(error, remedy);
  }
  if (length > 0) yield take();
}
