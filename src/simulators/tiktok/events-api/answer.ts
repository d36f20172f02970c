import type { Fields } from '../../kit/fields.ts';
import type { Reply } from '../../kit/http/reply.ts';
import type { EventWarning } from './warnings.ts';

/** The body of every answer of the application. */
export interface AnswerBody {
  readonly code: number;
  readonly message: string;
  readonly request_id: string;
  readonly data: Fields;
}

export interface AcceptedEvent {
  /** Position in `data`. */
  readonly index: number;
  readonly event: Fields;
  readonly warnings: readonly EventWarning[];
}

/** An HTTP response before it is sent. */
export interface EventsResponse extends Reply {
  readonly body: AnswerBody | string | null;
  readonly accepted?: readonly AcceptedEvent[];
}

/** Creates an answer of the application. Most errors have status 200, too. */
export function createAnswer(
  code: number,
  message: string,
  requestId: string,
  { status = 200, accepted = [] }: { readonly status?: number; readonly accepted?: readonly AcceptedEvent[] } = {},
): EventsResponse {
  return {
    status,
    headers: { 'x-tt-logid': requestId, 'x-request-id': requestId },
    body: { code, message, request_id: requestId, data: {} },
    accepted,
  };
}

export const codes = {
  ok: 0,
  partial: 20_001,
  noPermission: 40_001,
  invalidParameter: 40_002,
  unknownObject: 40_007,
  tooManyRequests: 40_100,
  tokenMissing: 40_104,
  tokenRefused: 40_105,
  systemError: 50_000,
} as const;
