import type { ApiErrorResult } from './api-errors.ts';
import type { Route, RouteBody, RouteErrorCode, RouteParams, RouteResponse, RouteTable } from './route.ts';
import type { Access } from './site-roles.ts';

/** The handlers of a table of routes. A handler returns an error instead of throwing it. */
export type RouteHandlers<T extends RouteTable> = {
  readonly [K in keyof T]: (
    params: RouteParams<T[K]>,
    body: RouteBody<T[K]>,
    caller: ApiCaller,
  ) => Promise<RouteResult<T[K]> | ApiErrorResult<RouteErrorCode<T[K]>>>;
};

type RouteResult<R extends Route> = R extends {
  readonly mediaType: 'text/event-stream' | 'text/csv' | 'application/json' | 'application/x-ndjson';
}
  ? ReadableStream<Uint8Array>
  : R extends { readonly mediaType: 'application/x-tar' }
    ? FileDownload
    : RouteResponse<R>;

/** A file of a known length, so that the receiver can detect a truncated download. */
export class FileDownload {
  readonly stream: ReadableStream<Uint8Array>;
  readonly bytes: number;
  constructor(stream: ReadableStream<Uint8Array>, bytes: number) {
    this.stream = stream;
    this.bytes = bytes;
  }
}

/** Identifies the caller of the API. All members are absent on the admin socket. */
export interface ApiCaller {
  readonly account?: string;
  /** The roles of the account. */
  readonly access?: Access;
  /** Returns the account's current roles, or `undefined` if its session has ended. A long response checks them again. */
  readonly readAccess?: () => Promise<Access | undefined>;
  /** The hash of the session's token. */
  readonly session?: string;
  /** The origin under which the browser reached the dashboard. */
  readonly origin?: string;
}

/** The bindings with which a request is passed to the admin API. */
export interface AdminEnv {
  readonly Bindings: ApiCaller;
}
