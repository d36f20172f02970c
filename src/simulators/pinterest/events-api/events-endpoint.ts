import { payloadTooLarge } from '../../kit/faults.ts';
import { isFields } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';
import { checkBody } from './event-schema.ts';
import { badToken, type EventsResponse, failure, notPermitted, success, unknownAccount } from './responses.ts';
import { validate } from './validate.ts';

/** One `POST /v5/ad_accounts/{adAccountId}/events`. */
interface EventsRequest {
  /** The ad account in the path. */
  readonly adAccountId: string;
  /** The bearer token; undefined if there is none. */
  readonly token: string | undefined;
  readonly isTest: boolean;
  readonly body: Body;
}

interface EventsOptions {
  readonly settings: Settings;
  /** Token by ad account. Undefined: every well-formed ad account is accepted with any token. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly rejects: (eventId: unknown) => boolean;
}

/**
 * Returns Pinterest's response and the events that it processed. Assumption: ad account, token and permission are checked in this order, and
 * before the content.
 */
export function handleEvents({ adAccountId, token, isTest, body }: EventsRequest, options: EventsOptions): EventsResponse {
  const { settings, tokens } = options;
  if (!isAdAccountId(adAccountId)) return unknownAccount();
  if (token === undefined || (tokens !== undefined && ![...tokens.values()].includes(token))) return badToken();
  if (tokens !== undefined && tokens.get(adAccountId) !== token) return notPermitted();
  // Assumption: the limit, and the error page of a proxy.
  if ('problem' in body && body.problem === 'too-large') return payloadTooLarge();
  const refuse = (problem: string) => failure(400, settings.refusalCode, `Invalid request: ${problem}`);
  if (!('json' in body)) return refuse('the body is not JSON');
  const problem = checkBody(body.json, settings.maxEvents);
  if (problem !== undefined) return refuse(problem);
  const { data = [] }: { data?: unknown } = isFields(body.json) ? body.json : {};
  const events = Array.isArray(data) ? data.filter(isFields) : [];
  const seen = isTest ? events.slice(0, settings.maxTestEvents) : events;
  return success(seen.map((event, index) => validate(event, index, options)));
}

export const isAdAccountId = (text: string): boolean => /^\d{1,18}$/.test(text);
