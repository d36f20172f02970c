import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { networkOf } from './address.ts';
import { requestReader } from './requester.ts';

/** Whom a request counts for, by its address as far as the proxies before it are trusted. */
export function networkReader(trustedProxies: readonly string[]): (c: Context) => string {
  const readRequest = requestReader({ trustedProxies });
  return (c) => {
    const { ip } = readRequest(getConnInfo(c).remote.address, (name) => c.req.header(name));
    return ip === undefined ? 'unknown' : networkOf(ip);
  };
}
