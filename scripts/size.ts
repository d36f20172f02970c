import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** Maximum gzip bytes of each build of the pixel. */
const limits = { core: 3_072, pixel: 6_144, 'shopify-core': 4_096, shopify: 7_168 };

for (const [name, limit] of Object.entries(limits)) {
  const bytes = readFileSync(new URL(`../dist/pixel/${name}.js`, import.meta.url));
  const gzip = gzipSync(bytes, { level: 9 }).length;
  console.log(`dist/pixel/${name}.js  ${bytes.length} bytes, ${gzip} gzip (at most ${limit})`);
}
