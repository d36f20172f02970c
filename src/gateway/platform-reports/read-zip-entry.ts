import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);
const endBytes = 22;
const directoryBytes = 46;
const localBytes = 30;
const marks = { end: 0x06054b50, directory: 0x02014b50, local: 0x04034b50 };
const stored = 0;
const deflated = 8;
/** The sizes of a file beyond 4 GiB are elsewhere. */
const elsewhere = 0xffffffff;

/**
 * Unpacks a zip file with exactly one entry. Returns `undefined` if it has another form, is damaged, or unpacks to more than `maxBytes`.
 * Sizes are those of the directory: an entry's own header may leave them out.
 * @source https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10)
 */
export async function readZipEntry(file: Uint8Array, maxBytes: number): Promise<Buffer | undefined> {
  const zip = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const end = findEnd(zip);
  if (end === undefined || zip.readUInt16LE(end + 8) !== 1 || zip.readUInt16LE(end + 10) !== 1) return undefined;
  const directory = zip.readUInt32LE(end + 16);
  if (directory + directoryBytes > end || zip.readUInt32LE(directory) !== marks.directory) return undefined;
  const isEncrypted = (zip.readUInt16LE(directory + 8) & 1) === 1;
  const method = zip.readUInt16LE(directory + 10);
  const checksum = zip.readUInt32LE(directory + 16);
  const [packedBytes, bytes, local] = [20, 24, 42].map((at) => zip.readUInt32LE(directory + at));
  if (isEncrypted || packedBytes === undefined || bytes === undefined || local === undefined) return undefined;
  if (packedBytes === elsewhere || bytes === elsewhere || bytes > maxBytes) return undefined;
  if (local + localBytes > directory || zip.readUInt32LE(local) !== marks.local) return undefined;
  const start = local + localBytes + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  if (start + packedBytes > directory) return undefined;
  const content = await unpack(zip.subarray(start, start + packedBytes), method, maxBytes);
  return content && content.length === bytes && crc32(content) === checksum ? content : undefined;
}

/** Finds the end record, which a comment may follow. */
function findEnd(zip: Buffer): number | undefined {
  for (let at = zip.length - endBytes; at >= Math.max(0, zip.length - endBytes - 0xffff); at -= 1)
    if (zip.readUInt32LE(at) === marks.end && at + endBytes + zip.readUInt16LE(at + 20) === zip.length) return at;
  return undefined;
}

async function unpack(packed: Buffer, method: number, maxBytes: number): Promise<Buffer | undefined> {
  if (method === stored) return packed;
  if (method !== deflated) return undefined;
  try {
    // The size in the directory may be false.
    return await inflate(packed, { maxOutputLength: maxBytes });
  } catch {
    return undefined;
  }
}
