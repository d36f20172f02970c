import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { createRandom } from '../../../test/random.fixture.ts';
import { createZipFile } from '../../simulators/microsoft/reporting/zip-file.ts';
import { readZipEntry } from './read-zip-entry.ts';

const text = '"TimePeriod"\r\n"2026-12-01"\r\n';
const limit = 1_000;
const read = async (zip: Uint8Array, max = limit) => (await readZipEntry(zip, max))?.toString();
/** Returns a file with a value changed at `at`, counted from the end if negative. */
function change(at: number, value: number, zip = createZipFile('report.csv', text)): Buffer {
  const changed = Buffer.from(zip);
  changed.writeUInt16LE(value, at < 0 ? changed.length + at : at);
  return changed;
}
const directory = 22 + 46 + 'report.csv'.length;

test('the only entry of a file is unpacked, also before a comment and without sizes in its own header', async () => {
  const zip = createZipFile('report.csv', text);
  expect(await read(zip)).toBe(text);
  expect(await read(Buffer.concat([change(-2, 3), Buffer.from('abc')]))).toBe(text);
  const streamed = Buffer.from(zip);
  streamed.fill(0, 14, 26);
  expect(await read(streamed)).toBe(text);
});

test('a stored entry is read, and one whose bytes differ from the checksum is not', async () => {
  const zip = createZipFile('report.csv', '');
  // An empty deflated entry has two bytes; as a stored one its content and size are these.
  const content = zip.subarray(30 + 10, 30 + 10 + 2);
  const at = zip.length - directory;
  zip.writeUInt16LE(0, at + 10);
  zip.writeUInt32LE(2, at + 24);
  expect(await readZipEntry(zip, limit)).toBeUndefined();
  zip.writeUInt32LE(crc32(content), at + 16);
  expect(await readZipEntry(zip, limit)).toEqual(content);
});

test.each([
  ['an empty file', new Uint8Array()],
  ['a text', Buffer.from('<html>Sign in</html>'.repeat(10))],
  ['a file with two entries', change(-12, 2)],
  ['an encrypted entry', change(-directory + 8, 1)],
  ['an unknown method', change(-directory + 10, 12)],
  ['a wrong checksum', change(-directory + 16, 7)],
  ['a false size', change(-directory + 24, 5)],
  ['an entry that begins beyond the directory', change(-directory + 42, 9_000)],
  ['a directory beyond the end', change(-6, 60_000)],
  ['an entry that is longer than the limit', createZipFile('report.csv', 'x'.repeat(limit + 1))],
])('%s is not read', async (_, zip) => {
  expect(await read(zip)).toBeUndefined();
});

test('an entry that unpacks to more than its size says is stopped at the limit', async () => {
  const zip = createZipFile('report.csv', 'x'.repeat(100_000));
  zip.writeUInt32LE(10, zip.length - directory + 24);
  expect(await read(zip)).toBeUndefined();
});

test('damaged files never throw', async (context) => {
  const random = createRandom(context);
  const zip = createZipFile('report.csv', text);
  for (let round = 0; round < 300; round += 1) {
    const damaged = Buffer.from(zip.subarray(0, 1 + random.integer(zip.length)));
    for (let count = 0; count < 4; count += 1) damaged[random.integer(damaged.length)] = random.integer(256);
    const content = await read(damaged);
    expect(content === undefined || content === text).toBe(true);
  }
});
