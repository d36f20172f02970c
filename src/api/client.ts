import { z } from 'zod';
import type { ErasureReport } from '../retention/erase.ts';
import type { Account, Role } from '../store/access.ts';
import type { StatusView } from './app.ts';
import type { ErasureProgress, ErasureRequest } from './erase.ts';
import { type EventFilters, filterParams } from './filters.ts';
import type { MatchQualityView } from './match-quality.ts';
import type { ConnectionView, DeadLetterView, EventRow, RejectionView, TimelineView } from './views.ts';

export type { ErasureReport } from '../retention/erase.ts';
export type { Account, Role } from '../store/access.ts';
export type { ErasureRequest } from './erase.ts';
export { type EventFilters, isOutcomeName, outcomeNames } from './filters.ts';
export type * from './match-quality.ts';
export type * from './views.ts';

/** The API's refusal, in its own words; `internal` where it had none. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Carries a request to wherever the API is served; resolves with status and body. */
export type Ask = (method: Method, path: string, body?: string) => Promise<{ readonly status: number; readonly body: string }>;

export type ConnectionAction = 'pause' | 'resume' | 'probe';

/** The API as functions: its routes are those of `app.ts`, its answers the views. Every one of them may throw ApiError. */
export function apiClient(ask: Ask) {
  const call = async <T>(method: Method, path: string, given?: unknown): Promise<T> => {
    const { status, body } = await ask(method, path, given === undefined ? undefined : JSON.stringify(given));
    if (status >= 200 && status < 300) return JSON.parse(body);
    throw refusal(status, body);
  };
  const account = (name: string) => `/api/accounts/${encodeURIComponent(name)}`;
  const site = (id: string) => `/api/sites/${encodeURIComponent(id)}`;
  return {
    status: () => call<StatusView>('GET', '/api/status'),
    connections: () => call<readonly ConnectionView[]>('GET', '/api/connections'),
    act: (siteId: string, connection: string, action: ConnectionAction) =>
      call<{ says: string; ok: boolean }>('POST', `${site(siteId)}/connections/${encodeURIComponent(connection)}/${action}`),
    /** The newest `limit` events, or those after an offset that an earlier answer gave as `through`. */
    events: (siteId: string, limit: number, after?: string) =>
      call<{ events: readonly EventRow[]; through: string }>(
        'GET',
        `${site(siteId)}/events?${new URLSearchParams({ limit: String(limit), ...(after !== undefined && { after }) })}`,
      ),
    /** The newest `limit` that the filters let through; go on with `before` as an answer gave it. One answer may hold fewer and still have it. */
    search: (siteId: string, limit: number, filters: EventFilters, before?: string) => {
      const paging = { limit: String(limit), ...(before !== undefined && { before }) };
      const query = new URLSearchParams([...Object.entries(paging), ...filterParams(filters)]);
      return call<{ events: readonly EventRow[]; before?: string }>('GET', `${site(siteId)}/events?${query}`);
    },
    timelines: (siteId: string, eventId: string) =>
      call<readonly TimelineView[]>('GET', `${site(siteId)}/timelines?${new URLSearchParams({ id: eventId })}`),
    rejections: (siteId: string) => call<readonly RejectionView[]>('GET', `${site(siteId)}/rejections`),
    deadLetters: (siteId: string) => call<readonly DeadLetterView[]>('GET', `${site(siteId)}/dead-letters`),
    /** Days in UTC, `YYYY-MM-DD`, both included; one connection, or all of the site's. */
    matchQuality: (siteId: string, days: { readonly since: string; readonly until: string }, connection?: string) =>
      call<readonly MatchQualityView[]>(
        'GET',
        `${site(siteId)}/match-quality?${new URLSearchParams({ ...days, ...(connection !== undefined && { connection }) })}`,
      ),
    erase: (siteId: string, request: ErasureRequest) => call<ErasureReport>('POST', `${site(siteId)}/erase`, request),
    erasing: (siteId: string) => call<ErasureProgress>('GET', `${site(siteId)}/erase`),
    /** `live`: also where a real platform receives it. */
    sendTest: (siteId: string, live: boolean) =>
      call<{ eventId: string }>('POST', `${site(siteId)}/send-test${live ? '?live=1' : ''}`),
    accounts: () => call<readonly Account[]>('GET', '/api/accounts'),
    addAccount: (name: string, role: Role, password: string) =>
      call<{ ok: true }>('POST', '/api/accounts', { name, role, password }),
    /** Ends its sessions. */
    resetPassword: (name: string, password: string) => call<{ ok: true }>('PATCH', account(name), { password }),
    removeAccount: (name: string) => call<{ ok: true }>('DELETE', account(name)),
  };
}

const refusalSchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
  issues: z.array(z.object({ message: z.string() })).optional(),
});

function refusal(status: number, body: string): ApiError {
  try {
    const { error, issues } = refusalSchema.parse(JSON.parse(body));
    return new ApiError(error.code, [error.message, ...(issues ?? []).map(({ message }) => message)].join(' '));
  } catch {
    return new ApiError('internal', `The gateway answered ${status} and did not say why. Look at its log.`);
  }
}

export type ApiClient = ReturnType<typeof apiClient>;
