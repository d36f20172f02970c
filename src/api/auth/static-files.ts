import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';

/** The dashboard's files, held in memory: there are few, and no path of a request ever reaches the disk. */
export interface Pages {
  /** The answer to a request for a page or a file of one; `undefined` where there is none. The nonce goes into the page alone. */
  answer(c: Context, nonce: string): Response | undefined;
}

interface Kept {
  /** Every answer shares these bytes: a copy for each would let clients that read nothing fill the memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it is worth it. */
  readonly gzip?: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
/** Whose bytes are not compressed as they are. */
const plainTypes = new Set(['.js', '.css', '.svg']);
const noncePlace = '__NONCE__';
/** The build names these by their content, so a browser may keep them for good. */
export const assetFolder = '/assets/';

/** Reads what `npm run build:dashboard` made. @throws where the folder has no page. */
export function readPages(folder: string): Pages {
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  const assets = new Map<string, Kept>();
  for (const name of readdirSync(join(folder, assetFolder))) {
    const bytes = new Uint8Array(readFileSync(join(folder, assetFolder, name)));
    const extension = extname(name);
    assets.set(`${assetFolder}${name}`, {
      bytes,
      ...(plainTypes.has(extension) && { gzip: new Uint8Array(gzipSync(bytes)) }),
      type: types[extension] ?? 'application/octet-stream',
    });
  }
  return {
    answer(c, nonce) {
      const { path } = c.req;
      if (!path.startsWith(assetFolder)) return c.html(index.replaceAll(noncePlace, nonce));
      const kept = assets.get(path);
      if (!kept) return undefined;
      const packed = kept.gzip && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '') ? kept.gzip : undefined;
      return c.body(packed ?? kept.bytes, 200, {
        'content-type': kept.type,
        ...(kept.gzip && { vary: 'accept-encoding' }),
        ...(packed && { 'content-encoding': 'gzip' }),
      });
    },
  };
}
