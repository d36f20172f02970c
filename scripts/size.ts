import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** What a shopper's browser loads: the pixel as it is built, against its bound. */
const bytes = readFileSync(new URL('../dist/pixel/pixel.js', import.meta.url));
const gzip = gzipSync(bytes, { level: 9 }).length;
console.log(`dist/pixel/pixel.js  ${bytes.length} bytes, ${gzip} gzip (at most 3072)`);
