import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the first date of the format. */
const firstDate = 33;
const deflated = 8;
const version = 20;

/**
 * Returns a zip file with one deflated entry.
 * @source https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (6.3.10)
 */
export function createZipFile(name: string, content: string): Buffer {
  const fileName = Buffer.from(name);
  const data = Buffer.from(content);
  const compressed = deflateRawSync(data);
  // Version, flags, method, time, date, checksum, both sizes and the length of the name: equal in both headers.
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(version, 0);
  facts.writeUInt16LE(deflated, 4);
  facts.writeUInt16LE(firstDate, 8);
  facts.writeUInt32LE(crc32(data), 10);
  facts.writeUInt32LE(compressed.length, 14);
  facts.writeUInt32LE(data.length, 18);
  facts.writeUInt16LE(fileName.length, 22);
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts, fileName, compressed]);
  const madeBy = Buffer.from([version, 0]);
  // Comment, disk, attributes and offset of the entry are 0.
  const directory = Buffer.concat([Buffer.from('PK\u0001\u0002'), madeBy, facts, Buffer.alloc(14), fileName]);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, directory, end]);
}
