import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect } from 'vitest';
import { onePixel, readParameters } from '../../kit/tag/beacon.ts';
import { type Beacon, readBeacon } from './parse-beacon.ts';
import { tagScript } from './tag-script.ts';

/** The tag's script, the collection of its beacons, and a page with the given scripts. */
export interface TagServer {
  readonly url: string;
  /** Returns the URL of a page that runs these lines of HTML. */
  pageUrl(html: string, query?: string): string;
  readonly beacons: readonly Beacon[];
  /** Waits for `count` beacons, and returns them in their order. */
  waitForBeacons(count: number): Promise<readonly Beacon[]>;
  close(): void;
}

const limits = { beaconParameters: 100, beaconValueChars: 2_048 };

/** Starts a server of the tag alone, on the host `shop.localhost`, where cookies can have a domain. */
export async function startTagServer(): Promise<TagServer> {
  const beacons: Beacon[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams, search } = new URL(request.url ?? '/', 'http://tag');
    const [, conversionId] = /^\/pagead\/conversion\/(\d+)\/$/.exec(pathname) ?? [];
    if (pathname === '/gtag/js') response.setHeader('content-type', 'text/javascript').end(tagScript);
    else if (conversionId !== undefined) {
      beacons.push(readBeacon(conversionId, readParameters(search, limits), request.headers['user-agent']));
      response.setHeader('content-type', 'image/gif').end(onePixel);
    } else response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Clocks</title>${searchParams.get('html')}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://www.shop.localhost:${typeof address === 'object' ? address?.port : 0}`;
  return {
    url,
    pageUrl: (html, query = '') => `${url}/?html=${encodeURIComponent(html)}${query}`,
    beacons,
    async waitForBeacons(count) {
      await expect.poll(() => beacons.length).toBeGreaterThanOrEqual(count);
      return beacons.toSorted((one, other) => Number(one.parameters.fst) - Number(other.parameters.fst));
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
