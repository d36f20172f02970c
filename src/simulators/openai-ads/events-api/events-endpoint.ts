import { isFields } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';
import { type AcceptedEvent, type EventsResponse, fail } from './answer.ts';
import { findProblem, findWarnings } from './event-rules.ts';

/** One `POST /v1/events?pid=…`. */
interface EventsRequest {
  readonly pixelId: string;
  readonly authorization: string | undefined;
  readonly body: Body;
}

interface EventsOptions {
  readonly settings: Settings;
  /** Key by pixel. Undefined: every well-formed pixel is accepted with any key. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly isRejected: (eventId: unknown) => boolean;
}

export const isPixelId = (text: string): boolean => /^[\w-]{1,128}$/.test(text);

/** Returns OpenAI's response and the events that it would store. Assumption: the key is checked before the pixel, and both before the content. */
export function handleEvents({ pixelId, authorization, body }: EventsRequest, options: EventsOptions): EventsResponse {
  const { settings, tokens } = options;
  const key = /^Bearer ([\x21-\x7e]+)$/.exec(authorization ?? '')?.[1];
  if (key === undefined || (tokens !== undefined && ![...tokens.values()].includes(key)))
    return fail(401, { message: 'The API key is invalid.' });
  if (!isPixelId(pixelId) || (tokens !== undefined && !tokens.has(pixelId)))
    return fail(404, { message: 'The pixel was not found.', param: 'pid' });
  if (tokens !== undefined && tokens.get(pixelId) !== key) return fail(403, { message: 'The API key may not use this pixel.' });
  if ('problem' in body)
    return body.problem === 'too-large'
      ? fail(413, { message: 'The request is too large.' })
      : fail(400, { message: 'The body is no JSON object.' });
  return checkBody(body.json, options, settings);
}

function checkBody(json: unknown, { now, isRejected }: EventsOptions, settings: Settings): EventsResponse {
  if (!isFields(json)) return fail(400, { message: 'The body is no JSON object.' });
  const { validate_only: isCheck = false, integration_source: source, events, ...others } = json;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return fail(400, { message: 'The field is unknown.', param: unknown });
  if (typeof isCheck !== 'boolean') return fail(400, { message: 'The value must be a boolean.', param: 'validate_only' });
  if (source !== undefined && !(typeof source === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(source)))
    return fail(400, { message: 'The value is no source name.', param: 'integration_source' });
  if (!Array.isArray(events) || events.length === 0 || events.length > settings.maxEvents)
    return fail(400, { message: `The request must have 1 to ${settings.maxEvents} events.`, param: 'events' });
  const accepted: AcceptedEvent[] = [];
  // One bad event fails the whole request, and nothing of it is stored.
  for (const [index, event] of events.entries()) {
    const path = `events[${index}]`;
    const problem = findProblem(event, { settings, now, path });
    if (problem !== undefined) return fail(400, problem);
    if (!isFields(event)) continue;
    if (isRejected(event.id))
      return fail(400, {
        message: "The simulator's fault `reject` refuses the event on purpose. Retry the event after the fault ends.",
        param: path,
      });
    accepted.push({ index, event, warnings: findWarnings(event) });
  }
  return { status: 200, body: { accepted_events: accepted.length }, accepted: isCheck ? [] : accepted };
}
