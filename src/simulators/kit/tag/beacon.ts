import type { Context, Handler } from 'hono';
import { type Reply, toHttpResponse } from '../http/reply.ts';
import type { Env } from '../http/routes.ts';

/** A query's parameters by name. Number and length are bounded; the first value of a name is used. */
export type Parameters = Readonly<Record<string, string>>;

export interface BeaconLimits {
  /** Maximum stored parameters of a beacon, and maximum characters of each. */
  readonly beaconParameters: number;
  readonly beaconValueChars: number;
}

/** Parses a query. Ignores parameters beyond the limit and truncates long values. */
export function readParameters(query: string, { beaconParameters, beaconValueChars }: BeaconLimits): Parameters {
  const read = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (read.size >= beaconParameters) break;
    if (name !== '' && name.length <= 64 && !read.has(name)) read.set(name, value.slice(0, beaconValueChars));
  }
  return Object.fromEntries(read);
}

/** Pages of any site may load these resources, also a page that requires `Cross-Origin-Resource-Policy`. */
export const crossOriginHeaders = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };

/** Headers of a browser tag's script. */
export const scriptHeaders = { ...crossOriginHeaders, 'content-type': 'text/javascript; charset=utf-8' };

/** A transparent GIF of one pixel. */
export const onePixel: Uint8Array = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** The response to a beacon that is an image. */
export const pixelReply: Reply = { status: 200, headers: { ...crossOriginHeaders, 'content-type': 'image/gif' }, body: onePixel };

/** Returns a handler that serves the script of a browser tag. */
export function serveScript(script: string): Handler<Env> {
  const body = Buffer.from(script);
  return () => toHttpResponse({ status: 200, headers: scriptHeaders, body });
}

/** The browser that sent a beacon. */
export interface BeaconSender {
  readonly userAgent: string | undefined;
  readonly address: string | undefined;
}

export function readSender({ req, env }: Context<Env>): BeaconSender {
  return {
    userAgent: req.header('user-agent'),
    address: env.incoming.socket.remoteAddress?.replace(/^::ffff:/, ''),
  };
}
