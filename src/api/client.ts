import { z } from 'zod';
import type { StatusView } from './app.ts';
import type { ConnectionView, DeadLetterView, EventRow, RejectionView, TimelineView } from './views.ts';

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

/** Carries a request to wherever the API is served; resolves with status and body. */
export type Ask = (method: 'GET' | 'POST', path: string) => Promise<{ readonly status: number; readonly body: string }>;

export type ConnectionAction = 'pause' | 'resume' | 'probe';

/** The API as functions: its routes are those of `app.ts`, its answers the views. Every one of them may throw ApiError. */
export function apiClient(ask: Ask) {
  const call = async <T>(method: 'GET' | 'POST', path: string): Promise<T> => {
    const { status, body } = await ask(method, path);
    if (status >= 200 && status < 300) return JSON.parse(body);
    throw refusal(status, body);
  };
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
    timelines: (siteId: string, eventId: string) =>
      call<readonly TimelineView[]>('GET', `${site(siteId)}/timelines?${new URLSearchParams({ id: eventId })}`),
    rejections: (siteId: string) => call<readonly RejectionView[]>('GET', `${site(siteId)}/rejections`),
    deadLetters: (siteId: string) => call<readonly DeadLetterView[]>('GET', `${site(siteId)}/dead-letters`),
    /** `live`: also where a real platform receives it. */
    sendTest: (siteId: string, live: boolean) =>
      call<{ eventId: string }>('POST', `${site(siteId)}/send-test${live ? '?live=1' : ''}`),
  };
}

const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

function refusal(status: number, body: string): ApiError {
  try {
    const { error } = refusalSchema.parse(JSON.parse(body));
    return new ApiError(error.code, error.message);
  } catch {
    return new ApiError('internal', `The gateway answered ${status} and did not say why. Look at its log.`);
  }
}

export type ApiClient = ReturnType<typeof apiClient>;
