import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';

/** The dashboard's files. Each is read once, at its first request. Only listed names are read, so no request path reaches the disk. */
export interface Pages {
  /** Returns the response for a page or an asset, or `undefined` if there is none. Only pages contain the nonce. */
  respond(c: Context, nonce: string): Response | undefined;
}

interface Asset {
  /** Returns the bytes. Shared by all responses: copies would let slow clients fill the memory. */
  readonly read: () => Uint8Array<ArrayBuffer>;
  /** Returns the compressed bytes. Only of types that compress well. */
  readonly gzip?: () => Uint8Array<ArrayBuffer>;
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
/** The types that compress well. */
const compressibleTypes = new Set(['.js', '.css', '.svg']);
const noncePlaceholder = '__NONCE__';
/** The build names these files by their content, so a browser may cache them forever. */
export const assetFolder = '/assets/';

/** Reads the output of `npm run build:dashboard`. @throws if the folder contains no page */
export function readPages(folder: string): Pages {
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  const assets = new Map<string, Asset>();
  for (const name of readdirSync(join(folder, assetFolder))) {
    const read = once(() => new Uint8Array(readFileSync(join(folder, assetFolder, name))));
    const extension = extname(name);
    assets.set(`${assetFolder}${name}`, {
      read,
      ...(compressibleTypes.has(extension) && { gzip: once(() => new Uint8Array(gzipSync(read()))) }),
      type: types[extension] ?? 'application/octet-stream',
    });
  }
  return {
    respond(c, nonce) {
      const { path } = c.req;
      if (!path.startsWith(assetFolder)) return c.html(index.replaceAll(noncePlaceholder, nonce));
      const asset = assets.get(path);
      if (!asset) return undefined;
      const packed = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '') ? asset.gzip?.() : undefined;
      return c.body(packed ?? asset.read(), 200, {
        'content-type': asset.type,
        ...(asset.gzip && { vary: 'accept-encoding' }),
        ...(packed && { 'content-encoding': 'gzip' }),
      });
    },
  };
}

/** Returns a function that creates its value when it is first called: to read and compress all files would slow down each start. */
function once<T>(create: () => T): () => T {
  let created: T | undefined;
  return () => {
    created ??= create();
    return created;
  };
}
