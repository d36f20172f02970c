import type { z } from 'zod';
import type { ApiErrorCode } from './api-errors.ts';
import type { SiteRole } from './site-roles.ts';

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof methods)[number];

type Shape = Readonly<Record<string, z.ZodType>>;
type Fields = z.ZodObject<Shape>;

/** One operation of the admin API. */
export interface Route {
  readonly group:
    | 'Gateway'
    | 'Sites'
    | 'Rules'
    | 'Connections'
    | 'Issues'
    | 'Alerts'
    | 'Events'
    | 'People'
    | 'Accounts'
    | 'This reference';
  readonly summary: string;
  /** Markdown: plain sentences and code marks. */
  readonly detail?: string;
  /** Path parameters, which the path names, and query parameters. */
  readonly params: Fields;
  readonly body: Fields;
  /** The longest body, in KiB; below the 64 KiB of the dashboard's port, unless the route is `socketOnly`. Default: 16. */
  readonly maxBodyKib?: number;
  /** The error code for a body that does not fit, if it is not `parameter-invalid`. */
  readonly bodyError?: ApiErrorCode;
  readonly response: z.ZodType;
  /** `text/csv`, `application/json`, `application/x-ndjson` and `application/x-tar` are files, sent as they are. */
  readonly mediaType?:
    | 'text/html'
    | 'text/event-stream'
    | 'text/csv'
    | 'application/json'
    | 'application/x-ndjson'
    | 'application/x-tar';
  /**
   * The right that an account needs on the dashboard's port. A role: on the site of the path. `account`: any account; the handler of a list
   * returns only what the account may see. `site-owner`: an owner of any site; the handler keeps to the account's own sites.
   * `gateway-owner`: an owner of all sites.
   */
  readonly right: SiteRole | 'account' | 'site-owner' | 'gateway-owner';
  /** Logged with its account like a change, because it hands out the data of a person. */
  readonly isAudited?: true;
  /** Available only on the admin socket. */
  readonly socketOnly?: true;
  /** Error codes besides `parameter-invalid`, `database-away` and `internal`, which every route may return. */
  readonly errors: readonly ApiErrorCode[];
}

/** Routes by method and path. */
export type RouteTable = Readonly<Record<string, Route>>;

/** Parameters as a handler receives them. */
export type RouteParams<R extends Route> = z.output<R['params']>;
/** Parameters as a caller passes them. */
export type RouteInput<R extends Route> = CallerInput<R['params']['shape']>;
export type RouteBody<R extends Route> = z.output<R['body']>;
export type RouteResponse<R extends Route> = z.output<R['response']>;
export type RouteErrorCode<R extends Route> = R['errors'][number] | 'parameter-invalid';

/** Values in their parsed form. Members that have a default are optional. */
export type CallerInput<S extends Shape> = {
  readonly [K in keyof z.input<z.ZodObject<S>>]:
    | z.output<S[K & keyof S]>
    | (undefined extends z.input<S[K & keyof S]> ? undefined : never);
};

/** Splits a key of a table into method and path. */
export function splitRouteKey(key: string): readonly [method: Method, path: string] {
  const [method, path = ''] = key.split(' ');
  return [methods.find((one) => one === method) ?? 'GET', path];
}

/** Returns the routes of a table with their keys, in the order of the table. */
export function listRoutes<T extends RouteTable>(table: T): readonly (readonly [key: keyof T & string, route: Route])[] {
  return Object.entries<Route>(table).filter((entry): entry is [keyof T & string, Route] => Object.hasOwn(table, entry[0]));
}
