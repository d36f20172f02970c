import { payloadTooLarge } from '../../kit/faults.ts';
import { isFields } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';
import { type AcceptedEvent, codes, createAnswer, type EventsResponse } from './answer.ts';
import { findProblem } from './event-rules.ts';
import { findWarnings } from './warnings.ts';

/** One `POST /open_api/v1.3/event/track/`. */
interface EventsRequest {
  /** The header `Access-Token`. */
  readonly token: string | undefined;
  readonly body: Body;
}

interface EventsOptions {
  readonly settings: Settings;
  /** Token by pixel code. Undefined: every well-formed pixel code is accepted with any token. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly requestId: string;
  /** Returns whether the current fault rejects the event, and whether the answer names it. */
  readonly rejects: (eventId: unknown) => 'named' | 'unnamed' | undefined;
}

const sources = ['web', 'app', 'offline', 'crm'];

export const isPixelCode = (text: string): boolean => /^[A-Za-z0-9]{1,64}$/.test(text);

/** Returns TikTok's answer and the events that it accepts. Assumption: the token, then the pixel, then the list are checked. */
export function handleEvents({ token, body }: EventsRequest, options: EventsOptions): EventsResponse {
  const { settings, tokens, requestId } = options;
  const refuse = (message: string, code: number = codes.invalidParameter) => createAnswer(code, message, requestId);
  if (token === undefined || token === '')
    return createAnswer(codes.tokenMissing, 'Access token is empty.', requestId, { status: 401 });
  if (tokens !== undefined && ![...tokens.values()].includes(token)) return refuseToken(requestId, settings.refusedTokenStatus);
  // Assumption: the limit, and the error page of a proxy.
  if ('problem' in body && body.problem === 'too-large') return payloadTooLarge();
  if (!('json' in body) || !isFields(body.json)) return refuse('Invalid JSON.');
  const { event_source: source, event_source_id: pixelCode, data } = body.json;
  if (!sources.some((name) => name === source)) return refuse(`event_source: Must be one of: ${sources.join(', ')}.`);
  if (typeof pixelCode !== 'string') return refuse('Invalid value for event_source_id: not a valid string.');
  if (!isPixelCode(pixelCode)) return refuse(`Object does not exist: ${pixelCode.slice(0, 64)}`, codes.unknownObject);
  if (tokens !== undefined && tokens.get(pixelCode) !== token) return refusePermission(pixelCode, requestId);
  if (!Array.isArray(data)) return refuse('data: Missing data for required field.');
  if (data.length === 0) return refuse('Invalid value for data: Shorter than minimum length 1.');
  if (data.length > settings.maxEvents)
    return refuse(`Invalid value for data: Longer than maximum length ${settings.maxEvents}.`);
  return checkEvents(data, options);
}

/** Checks the events in order. The first bad one refuses the whole request, and alone is named. */
function checkEvents(data: readonly unknown[], { settings, now, requestId, rejects }: EventsOptions): EventsResponse {
  const nowSeconds = Math.floor(now / 1_000);
  const accepted: AcceptedEvent[] = [];
  for (const [index, event] of data.entries()) {
    const problem = findProblem(event, { settings, nowSeconds });
    const rejection = isFields(event) ? rejects(event.event_id) : undefined;
    if (problem !== undefined || rejection === 'named') {
      const { path, rule } = problem ?? {
        path: '',
        rule: "The simulator's fault `reject` refuses the event on purpose. Retry the event after the fault ends.",
      };
      const place = path === '' ? `Batch.${index}` : `Batch.${index}.${path}`;
      return createAnswer(codes.invalidParameter, `${place}: ${rule}`, requestId);
    }
    if (rejection === 'unnamed') return createAnswer(codes.invalidParameter, 'Invalid parameter.', requestId);
    if (isFields(event)) accepted.push({ index, event, warnings: findWarnings(event) });
  }
  return createAnswer(codes.ok, 'OK', requestId, { accepted });
}

export const refuseToken = (requestId: string, status: number): EventsResponse =>
  createAnswer(codes.tokenRefused, 'Access token is incorrect or has been revoked.', requestId, { status });

export const refusePermission = (pixelCode: string, requestId: string): EventsResponse =>
  createAnswer(
    codes.noPermission,
    `No permission to operate pixel code: ${pixelCode}. You must be an admin or operator of this advertiser account.`,
    requestId,
  );
