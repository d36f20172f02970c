import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packTar, readTarEntries } from './tar.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-tar-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** The names and lengths of a file whose first entry has this as its length, under a checksum that is right. */
async function readWith(length: string): Promise<readonly string[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packTar([{ name: 'a', bytes: 8, content: [Buffer.from('12345678')] }], new Date(0)))
    chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  bytes.write(length.padEnd(12, '\0'), 124, 'latin1');
  bytes.write('        ', 148);
  const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const file = join(dir, 'some.tar');
  writeFileSync(file, bytes);
  const found: string[] = [];
  for await (const entry of readTarEntries(file)) {
    found.push(`${entry.name} ${entry.bytes}`);
    if (found.length > 3) throw new Error('the same entry is read for ever');
  }
  return found;
}

it('reads an entry whose length is plain octal, however it is filled up', async () => {
  for (const length of ['00000000010', '0000000010 ', '         10']) expect(await readWith(length)).toEqual(['a 8']);
});

it('refuses an entry whose length is negative, or no number alone', async () => {
  for (const length of ['-0000001000', '-1', '10x', '', '0x8', '8', '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\x00'])
    await expect(readWith(length)).rejects.toThrow('is not a whole backup');
});
