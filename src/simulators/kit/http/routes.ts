import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, ErrorHandler, Handler, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { isOwnHost } from './host-guard.ts';
import { type BodyLimits, readRequest } from './read-body.ts';
import { type Reply, toHttpResponse } from './reply.ts';

export interface Env {
  readonly Bindings: HttpBindings;
}

const foreignHost: Reply = {
  status: 403,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Unknown host name. Open the simulator as localhost, or start it with this host name.\n',
};

const foreignPage: Reply = {
  status: 403,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: "A page of another origin may not change the simulator. Use the simulator's own page, or a tool such as curl.\n",
};

/**
 * Rejects a name that another site points at this address, and a page of another origin that uses the reader's browser. A program without a
 * browser, such as curl, sends neither header.
 */
export function createOwnPageGuard(listensOn: string): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!isOwnHost(c.req.header('host'), listensOn)) return toHttpResponse(foreignHost);
    const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD';
    if (isWrite && !isOwnPage(c)) return toHttpResponse(foreignPage);
    await next();
    return undefined;
  };
}

function isOwnPage({ req }: Context<Env>): boolean {
  const { 'sec-fetch-site': site, origin } = req.header();
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  return isOwnSite && (origin === undefined || URL.parse(origin)?.host === req.header('host')?.toLowerCase());
}

/** Returns the methods of each path that does not take all, as the `Allow` header lists them. */
export function listMethods({ routes }: Hono<Env>): ReadonlyMap<string, string> {
  const byPath = Map.groupBy(
    routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  );
  return new Map([...byPath].map(([path, all]) => [path, [...new Set(all.map(({ method }) => method))].join(', ')]));
}

/** Rejects HEAD. Hono answers HEAD like GET, which would add beacons to the journal. */
export function rejectHead(getMethods: () => ReadonlyMap<string, string>): MiddlewareHandler<Env> {
  return async (c, next) => {
    const methods = c.req.method === 'HEAD' ? getMethods().get(c.req.path) : undefined;
    if (methods !== undefined) return notAllowed(methods)(c, next);
    await next();
    return undefined;
  };
}

export const notAllowed =
  (allow: string): Handler<Env> =>
  () =>
    toHttpResponse({ status: 405, headers: { allow } });

/** Reports an unexpected error, unless the connection is gone or the simulator closes. */
export function createErrorHandler(closing: AbortSignal): ErrorHandler<Env> {
  return (_, { env: { incoming, outgoing } }) => {
    if (closing.aborted || incoming.socket.destroyed || outgoing.headersSent) {
      outgoing.destroy();
      return RESPONSE_ALREADY_SENT;
    }
    const message = 'The simulator failed. Please report this as a bug.';
    return toHttpResponse({ status: 500, body: { error: { code: 'SimulatorFault', message } } });
  };
}

/** Returns the query as it was sent. */
export function getQuery({ req: { url } }: Context<Env>): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

interface SettingRoute<T> {
  readonly schema: z.ZodType<T>;
  /** Error code of an invalid value. */
  readonly code: string;
  readonly rule: string;
  readonly set: (value: T) => object;
}

/** Reads one of the simulator's own settings, applies it and returns it. */
export async function receiveSetting<T>(
  { env }: Context<Env>,
  limits: BodyLimits,
  { schema, code, rule, set }: SettingRoute<T>,
): Promise<Response> {
  const body = await readRequest(env.incoming, limits);
  const read = schema.safeParse('json' in body ? body.json : undefined);
  if (read.success) return toHttpResponse({ status: 200, body: set(read.data) });
  const issues = read.error.issues.map(({ path, code: issueCode, message }) => ({
    field: path.join('.'),
    code: issueCode,
    message,
  }));
  const message = `The request was not applied. ${rule}. See the issues.`;
  return toHttpResponse({ status: 400, body: { error: { code, message, issues } } });
}
