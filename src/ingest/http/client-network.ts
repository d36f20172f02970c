import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { networkPrefix } from '../../net/ip-address.ts';
import { createClientInfoReader } from './client-info.ts';

/** Whom a request counts for, by its address as far as the proxies before it are trusted. */
export function createClientNetworkReader(trustedProxies: readonly string[]): (c: Context) => string {
  const readRequest = createClientInfoReader({ trustedProxies });
  return (c) => {
    const { ip } = readRequest(getConnInfo(c).remote.address, (name) => c.req.header(name));
    return ip === undefined ? 'unknown' : networkPrefix(ip);
  };
}
