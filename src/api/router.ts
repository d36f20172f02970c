import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { errorBody } from '../errors.ts';
import { MoveRunningError } from '../sites/running-sites.ts';
import { LogUnavailableError } from '../storage/log/event-log.ts';
import { CommandTimeoutError } from '../storage/ports/commands.ts';
import { SiteElsewhereError } from '../storage/ports/nodes.ts';
import { findRefusal } from './auth/permissions.ts';
import { referencePolicy } from './auth/security-headers.ts';
import { ApiErrorResult, errorStatus } from './http/api-errors.ts';
import { type DatabaseWatch, findDatabaseAway, guardDatabase } from './http/database-guard.ts';
import { type AdminEnv, type ApiCaller, FileDownload, type RouteHandlers } from './http/handler.ts';
import { createBodyIssue, defaultBodyKib, readBody, readParams } from './http/read-request.ts';
import { listRoutes, type Route, type RouteBody, type RouteParams, type RouteTable, splitRouteKey } from './http/route.ts';
import { QueueFullError } from './http/task-queue.ts';

/** A change that was made, or a read that is audited: the route, its path parameters and the caller. Never contains a query or a body. */
export type AuditEntry = Readonly<Record<string, string>>;

/** Prepares the record of a change, before it is made. Returns a function that records it once it was made. */
export type RouteRecorder<T extends RouteTable> = <K extends keyof T & string>(
  key: K,
  params: RouteParams<T[K]>,
  body: RouteBody<T[K]>,
  caller: ApiCaller,
) => Promise<(result: unknown) => Promise<void>>;

export interface RouterDeps<T extends RouteTable> {
  /** The database, if the gateway has one. */
  readonly database?: DatabaseWatch | undefined;
  /** Called with errors that are answered with `internal`. */
  readonly onFault: (error: unknown) => void;
  /** Called after each request that may have changed something, or that is audited. */
  readonly onChange: (entry: AuditEntry) => void;
  /** Records the changes in the activity. */
  readonly record?: RouteRecorder<T>;
}

/**
 * Creates the app of a table of routes. A request reaches a handler only if its account has the right of the route, and if it matches the
 * route's schemas.
 */
export function createRouter<T extends RouteTable>(
  table: T,
  handlers: RouteHandlers<T>,
  { database, onFault, onChange, record }: RouterDeps<T>,
): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const guard = database ? guardSocket(database) : pass;
  const mount = <K extends keyof T & string>(
    key: K,
    { group, right, maxBodyKib = defaultBodyKib, bodyError, mediaType, socketOnly, isAudited }: Route,
  ) => {
    const [method, path] = splitRouteKey(key);
    const route: T[K] = table[key];
    const sendBodyError = (c: Context, error: ApiErrorResult) =>
      sendApiError(c, bodyError === undefined ? error : new ApiErrorResult(bodyError));
    const limit = bodyLimit({
      maxSize: maxBodyKib * 1024,
      onError: (c) => sendBodyError(c, new ApiErrorResult('parameter-invalid', [createBodyIssue(maxBodyKib)])),
    });
    // The reference needs no database.
    app.on(method, path, group === 'This reference' ? pass : guard, limit, async (c) => {
      const caller = c.env ?? {};
      const refusal = findRefusal(caller.access, right, c.req.param('site'));
      if (refusal !== undefined) return sendApiError(c, new ApiErrorResult(refusal));
      if (socketOnly && caller.account !== undefined) return sendApiError(c, new ApiErrorResult('socket-only'));
      const params = readParams<T[K]['params']>(route.params, mediaType, c);
      if (params instanceof ApiErrorResult) return sendApiError(c, params);
      const body = await readBody<T[K]['body']>(route.body, c, maxBodyKib);
      if (body instanceof ApiErrorResult) return sendBodyError(c, body);
      const isRecorded = method !== 'GET' || isAudited === true;
      const noteResult = isRecorded ? await record?.(key, params, body, caller) : undefined;
      const result = await handlers[key](params, body, caller);
      if (result instanceof ApiErrorResult) return sendApiError(c, result);
      if (isRecorded) {
        const by = caller.account === undefined ? { via: 'socket' } : { account: caller.account };
        onChange({ ...c.req.param(), ...by, what: key });
        await noteResult?.(result);
      }
      return sendResult(c, result, mediaType);
    });
  };
  for (const [key, route] of listRoutes(table)) mount(key, route);

  app.notFound((c) => sendApiError(c, new ApiErrorResult('not-found')));
  app.onError(async (fault, c) => {
    if (fault instanceof QueueFullError) {
      c.header('retry-after', '1');
      return sendApiError(c, new ApiErrorResult('rate-limited'));
    }
    const away = await findDatabaseAway(c, database);
    if (away) return away;
    if (fault instanceof LogUnavailableError) {
      c.header('retry-after', '1');
      return sendApiError(c, new ApiErrorResult('not-accepting'));
    }
    if (fault instanceof SiteElsewhereError) return sendApiError(c, new ApiErrorResult('site-elsewhere'));
    if (fault instanceof CommandTimeoutError)
      return sendApiError(c, new ApiErrorResult(fault.hasBegun ? 'command-unfinished' : 'site-elsewhere'));
    if (fault instanceof MoveRunningError) return sendApiError(c, new ApiErrorResult('move-running'));
    onFault(fault);
    return sendApiError(c, new ApiErrorResult('internal'));
  });
  return app;
}

const pass: MiddlewareHandler<AdminEnv> = (_, next) => next();

/** Guards the requests of the socket. The dashboard's app guards its own, before it reads the session. */
function guardSocket(database: DatabaseWatch): MiddlewareHandler<AdminEnv> {
  const guard = guardDatabase(database);
  return (c, next) => (c.env?.account === undefined ? guard(c, next) : next());
}

async function sendResult(c: Context, result: unknown, mediaType: Route['mediaType']): Promise<Response> {
  if (result instanceof FileDownload)
    return c.body(result.stream, 200, { 'content-type': 'application/x-tar', 'content-length': String(result.bytes) });
  if (result instanceof ReadableStream) {
    const headers = mediaType === undefined || mediaType === 'text/event-stream' ? eventStreamHeaders : toFileHeaders(mediaType);
    if (c.req.method !== 'HEAD') return c.body(result, 200, headers);
    await result.cancel(); // otherwise the stream would stay open, because a HEAD response is never read
    return c.body(null, 200, headers);
  }
  return typeof result === 'string' ? c.html(result, 200, { 'content-security-policy': referencePolicy }) : c.json(result);
}

/** The second header keeps a proxy from buffering the events. */
const eventStreamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };

/** Keeps a browser from displaying the file. */
function toFileHeaders(mediaType: string) {
  return { 'content-type': `${mediaType}; charset=utf-8`, 'content-disposition': 'attachment' };
}

function sendApiError(c: Context, { code, issues }: ApiErrorResult): Response {
  return c.json({ ...errorBody(code), ...(issues && { issues }) }, errorStatus[code]);
}
