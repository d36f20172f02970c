import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packTar, readTarEntries, type TarEntry, tarSize } from './tar.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'convey-tar-'));
  file = join(dir, 'some.tar');
});
afterEach(() => rmSync(dir, { recursive: true }));

const toEntry = (name: string, text: string): TarEntry => ({ name, bytes: text.length, content: [Buffer.from(text)] });
const packEntries = (...entries: readonly TarEntry[]) => buffer(packTar(entries, new Date(0)));

async function readNames(): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, bytes } of readTarEntries(file)) {
    names.push(`${name} ${bytes}`);
    if (names.length > 3) throw new Error('the reader does not end');
  }
  return names;
}

async function readTexts(): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { content } of readTarEntries(file)) texts.push((await buffer(content)).toString());
  return texts;
}

/** Reads an archive whose first entry has this length, under a correct checksum. */
async function readWithLength(length: string): Promise<readonly string[]> {
  const bytes = await packEntries(toEntry('a', '12345678'));
  bytes.write(length.padEnd(12, '\0'), 124, 'latin1');
  bytes.write('        ', 148);
  const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  writeFileSync(file, bytes);
  return readNames();
}

it('reads an entry whose length is plain octal, with any padding', async () => {
  for (const length of ['00000000010', '0000000010 ', '         10']) expect(await readWithLength(length)).toEqual(['a 8']);
});

it('refuses an entry whose length is negative or not a number', async () => {
  for (const length of ['-0000001000', '-1', '', '0x8', '8', '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\x00'])
    await expect(readWithLength(length)).rejects.toThrow('is not a complete Convey backup');
});

it('refuses an entry whose length is more than the file has', async () => {
  for (const length of ['00000003001', '00001000000', '\x80\0\0\0\xff\0\0\0\0\0\0\0'])
    await expect(readWithLength(length)).rejects.toThrow('is not a complete Convey backup');
});

it.each<Partial<Header>>([
  { type: 'symlink', linkname: '/etc/passwd' },
  { type: 'link', linkname: 'state.db' },
  { type: 'directory' },
  { type: 'fifo' },
])('refuses an entry that is not a file: %o', async (header) => {
  const archive = pack();
  archive.entry({ name: 'state.db', ...header });
  archive.finalize();
  writeFileSync(file, await buffer(archive));
  await expect(readNames()).rejects.toThrow('is not a complete Convey backup');
});

it('refuses an archive that is cut off at any block, whether or not its content is read', async () => {
  const whole = await packEntries(toEntry('a', 'x'.repeat(600)), toEntry('b', ''), toEntry('c', 'y'.repeat(512)));
  for (let length = 0; length < whole.length; length += 256) {
    writeFileSync(file, whole.subarray(0, length));
    await expect(readNames()).rejects.toThrow('is not a complete Convey backup');
    await expect(readTexts()).rejects.toThrow('is not a complete Convey backup');
  }
  writeFileSync(file, whole);
  expect(await readNames()).toEqual(['a 600', 'b 0', 'c 512']);
  expect(await readTexts()).toEqual(['x'.repeat(600), '', 'y'.repeat(512)]);
});

it('refuses an archive that is cut off in an entry whose content is read late', async () => {
  const whole = await packEntries(toEntry('a', 'x'.repeat(300_000)));
  const readLate = async () => {
    for await (const { content } of readTarEntries(file)) {
      await sleep(50);
      await buffer(content);
    }
  };
  for (const length of [600, 5_000, 200_000]) {
    writeFileSync(file, whole.subarray(0, length));
    await expect(readLate()).rejects.toThrow('is not a complete Convey backup');
  }
  writeFileSync(file, whole);
  await readLate();
});

it('reads an archive that an earlier version packed', async () => {
  const earlier =
    'H4sIAAAAAAACA+3VQQrCMBBA0Vl7Ci9g+WPTep62FkGlEZMKIt5ddCdd6MIEofM2k90shk86P1z666ptusN4KvbBD/JzADW8JtMJlKJVia5rcAiqTitZIhmMITZnIcuuP3S7L8TMV4hN7Ittm3LHh/71+X7rn41Drf8s9zezdvS7xPV/8/9P+sdZ/8YYk9QDRUQ7MQAOAAA=';
  writeFileSync(file, gunzipSync(Buffer.from(earlier, 'base64')));
  expect(await readNames()).toEqual(['convey-backup.json 3', 'state.db 512', 'log.db 0']);
  expect(await readTexts()).toEqual(['{}\n', 's'.repeat(512), '']);
});

it('packs an archive of the size that tarSize returns', async () => {
  for (const sizes of [[], [0], [1], [511, 512, 513], [100_000]]) {
    const packed = await packEntries(...sizes.map((bytes, index) => toEntry(`f${index}`, 'x'.repeat(bytes))));
    expect(packed.length).toBe(tarSize(sizes));
  }
});

it('fails when the content of an entry is not as long as its size', async () => {
  for (const bytes of [3, 5]) {
    const entry = { ...toEntry('a', '1234'), bytes };
    await expect(packEntries(entry)).rejects.toThrow('Size mismatch');
  }
  const broken = async function* () {
    yield Buffer.from('12');
    throw new Error('the disk is gone');
  };
  await expect(packEntries({ name: 'a', bytes: 4, content: broken() })).rejects.toThrow('the disk is gone');
});

it('passes on an error of the disk', async () => {
  await expect(readNames()).rejects.toMatchObject({ code: 'ENOENT' });
});
