import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { errorBody } from '../errors.ts';
import type { Issue } from '../event/issue.ts';
import { maxDepth, parseJson } from '../ingest/http/parse-json.ts';
import { LogUnavailableError } from '../storage/log/event-log.ts';
import { PasswordQueueFullError } from './auth/password-hash.ts';
import { referencePolicy } from './auth/security-headers.ts';
import { ApiErrorResult, createParameterIssue, errorStatus } from './http/api-errors.ts';
import type { Route } from './http/route.ts';
import {
  type BodyOf,
  type ErrorCodeOf,
  methodAndPath,
  type ParamsOf,
  type ResponseOf,
  type RouteKey,
  routeKeys,
  routes,
} from './routes.ts';

/** What answers each route, given what was asked for as the table reads it, and the caller. A stream is given as one. */
export type Handlers = {
  readonly [A in RouteKey]: (
    asked: ParamsOf<A>,
    body: BodyOf<A>,
    caller: ApiCaller,
  ) => Promise<Given<A> | ApiErrorResult<ErrorCodeOf<A>>>;
};

type Given<A extends RouteKey> = Routes[A] extends { readonly media: 'text/event-stream' | 'application/json' }
  ? ReadableStream<Uint8Array>
  : Routes[A] extends { readonly media: 'application/x-tar' }
    ? FileDownload
    : ResponseOf<A>;

/** A file that is passed on as it is, so many bytes long: whoever reads it knows whether it came whole. */
export class FileDownload {
  readonly stream: ReadableStream<Uint8Array>;
  readonly bytes: number;
  constructor(stream: ReadableStream<Uint8Array>, bytes: number) {
    this.stream = stream;
    this.bytes = bytes;
  }
}

/** Identifies the caller of the API. Both members are absent on the socket, where it is whoever may use this machine's. */
export interface ApiCaller {
  readonly account?: string;
  /** The hash of the session's token. */
  readonly session?: string;
}

/** What whoever passes a request on says of it. */
export interface AdminEnv {
  readonly Bindings: ApiCaller;
}

/** Something other than a look that was done: the route, what its address named, and who asked. Nothing of a query or a body. */
export type AuditEntry = Readonly<Record<string, string>> & { readonly what: RouteKey };

export interface ServeParts {
  readonly onFault: (error: unknown) => void;
  readonly onDone: (done: AuditEntry) => void;
}

/** The app of the table of routes. A request that does not fit its route reaches no handler. */
export function createRouter(handlers: Handlers, { onFault, onDone }: ServeParts): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  const mount = <A extends RouteKey>(address: A) => {
    const [method, path] = methodAndPath(address);
    const handler: Handlers[A] = handlers[address];
    const route: Routes[A] = routes[address];
    const { unfit, media, onlySocket }: Route = route;
    const bounded = bodyLimit({ maxSize: longestBody, onError: (c) => refuse(c, unfitBody(unfit, [noObject])) });
    app.on(method, path, bounded, async (c) => {
      if (onlySocket && 'account' in by(c)) return refuse(c, new ApiErrorResult('socket-only'));
      const asked = readAsked<Routes[A]['asked']>(route, c);
      if (asked instanceof ApiErrorResult) return refuse(c, asked);
      const body = await readBody<Routes[A]['body']>(route.body, unfit, c);
      if (body instanceof ApiErrorResult) return refuse(c, body);
      const answer = await handler(asked, body, c.env ?? {});
      if (answer instanceof ApiErrorResult) return refuse(c, answer);
      if (method !== 'GET') onDone({ ...c.req.param(), ...by(c), what: address });
      if (answer instanceof FileDownload) {
        const headers = { 'content-type': 'application/x-tar', 'content-length': String(answer.bytes) };
        return c.body(answer.stream, 200, headers);
      }
      if (answer instanceof ReadableStream) {
        const headers = media === 'application/json' ? fileHeaders : streamHeaders;
        if (c.req.method !== 'HEAD') return c.body(answer, 200, headers);
        await answer.cancel(); // nobody would read it, and so nobody would end it
        return c.body(null, 200, headers);
      }
      return typeof answer === 'string' ? c.html(answer, 200, { 'content-security-policy': referencePolicy }) : c.json(answer);
    });
  };
  for (const address of routeKeys) mount(address);

  app.notFound((c) => refuse(c, new ApiErrorResult('not-found')));
  app.onError((fault, c) => {
    if (fault instanceof LogUnavailableError) {
      c.header('retry-after', '1');
      return refuse(c, new ApiErrorResult('not-accepting'));
    }
    if (fault instanceof PasswordQueueFullError) {
      c.header('retry-after', '1');
      return refuse(c, new ApiErrorResult('rate-limited'));
    }
    onFault(fault);
    return refuse(c, new ApiErrorResult('internal'));
  });
  return app;
}

type Routes = typeof routes;

/** A proxy that gathers answers would hold the events back. */
const streamHeaders = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' };

/** To be kept, not to be looked at: nothing of it is ours. */
const fileHeaders = { 'content-type': 'application/json; charset=utf-8', 'content-disposition': 'attachment' };

function by({ env }: Context<AdminEnv>): { readonly account: string } | { readonly via: 'socket' } {
  return env?.account === undefined ? { via: 'socket' } : { account: env.account };
}

function refuse(c: Context, { code, issues }: ApiErrorResult): Response {
  return c.json({ ...errorBody(code), ...(issues && { issues }) }, errorStatus[code]);
}

function readAsked<S extends Route['asked']>(
  { asked: schema, media }: Pick<Route, 'media'> & { readonly asked: S },
  c: Context,
): z.output<S> | ApiErrorResult<'parameter-invalid' | 'not-found'> {
  const ofAddress = c.req.param();
  const { searchParams } = new URL(c.req.url);
  // A browser that opens a stream again asks as it did at first; where it has come to stands in the header.
  const last = media === 'text/event-stream' ? c.req.header('last-event-id') : undefined;
  if (last !== undefined && last !== '') searchParams.set('after', last);
  const query = Map.groupBy(searchParams, ([name]) => name);
  const known = Object.keys(schema.shape).filter((name) => !Object.hasOwn(ofAddress, name));
  const wrong: Issue[] = [];
  const given: [string, unknown][] = [];
  for (const [name, entries] of query) {
    const values = entries.map(([, value]) => value);
    if (!known.includes(name)) wrong.push(unknownName(name, known));
    else if (takesMany(schema.shape[name])) given.push([name, values]);
    else if (values.length > 1) wrong.push(createParameterIssue(name, 'given once'));
    else given.push([name, values[0]]);
  }
  const read = schema.safeParse(Object.fromEntries([...given, ...Object.entries(ofAddress)]), { reportInput: true });
  if (read.success && wrong.length === 0) return read.data;
  const issues = read.error?.issues ?? [];
  if (issues.some(({ path }) => Object.hasOwn(ofAddress, path[0] ?? ''))) return new ApiErrorResult('not-found');
  return new ApiErrorResult('parameter-invalid', onePerField([...wrong, ...issues.flatMap((issue) => toIssues(issue, known))]));
}

/** A list is what takes an empty one. */
function takesMany(schema: z.ZodType | undefined): boolean {
  return schema?.safeParse([]).success ?? false;
}

const longestBody = 16_384;

async function readBody<S extends Route['body']>(
  schema: S,
  unfit: Route['unfit'],
  c: Context,
): Promise<z.output<S> | ApiErrorResult> {
  const bytes = c.req.method === 'GET' ? new Uint8Array() : await c.req.bytes();
  const read = schema.safeParse(parsed(bytes), { reportInput: true });
  if (read.success) return read.data;
  const known = Object.keys(schema.shape);
  return unfitBody(
    unfit,
    read.error.issues.flatMap((issue) => toIssues(issue, known, schema)),
  );
}

const noObject = createParameterIssue('body', `a JSON object of at most 16 KiB, and at most ${maxDepth} deep`, 'Correct it.');

function unfitBody(unfit: Route['unfit'], issues: readonly Issue[]): ApiErrorResult {
  return unfit === undefined ? new ApiErrorResult('parameter-invalid', onePerField(issues)) : new ApiErrorResult(unfit);
}

/** What cannot be read is no object, which every schema refuses. */
function parsed(bytes: Uint8Array): unknown {
  const read = bytes.length === 0 ? { value: {} } : parseJson(bytes);
  return 'value' in read ? read.value : null;
}

/** The message of a schema is its rule. Of a body not even the name of a key is repeated: it may be a value in the wrong place. */
function toIssues(issue: z.core.$ZodIssue, known: readonly string[], body?: Route['body']): readonly Issue[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownName(body ? '' : name, known));
  const [field] = issue.path;
  if (field === undefined) return [noObject];
  const isMissing = issue.input === undefined;
  const isNeeded = body?.shape[String(field)]?.safeParse(undefined).success === false;
  return [createParameterIssue(String(field), issue.message, isMissing ? 'Give it.' : isNeeded ? 'Correct it.' : undefined)];
}

const nameForm = /^[\w.-]{1,64}$/;

function unknownName(name: string, known: readonly string[]): Issue {
  const field = nameForm.test(name) ? name : '?';
  const remedy = known.length === 0 ? 'It takes none.' : `It takes ${known.map((one) => `\`${one}\``).join(', ')}.`;
  return { field, code: 'parameter-unknown', message: `\`${field}\` is not known at this address. ${remedy}` };
}

function onePerField(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter(({ field }, index) => issues.findIndex((other) => other.field === field) === index);
}
