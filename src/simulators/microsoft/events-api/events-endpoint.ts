import { isFields } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';
import type { EventsResponse } from './responses.ts';
import { badRequest, createUnauthorizedResponse, emptyResponse, toEventsResponse } from './responses.ts';
import { validate } from './validate.ts';

/** One `POST /v1/{tagId}/events`. */
interface CapiRequest {
  /** The tag id in the path. */
  readonly tagId: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Body;
}

interface CapiOptions {
  readonly settings: Settings;
  /** Returns whether the token is the tag's. */
  readonly acceptsToken: (tagId: string, token: string) => boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly traceId: string;
  readonly isRejectedId: (eventId: unknown) => boolean;
}

/** Returns Microsoft's response and the events that it would accept. */
export function handleEvents(request: CapiRequest, options: CapiOptions): EventsResponse {
  const { settings, traceId } = options;
  const { statuses } = settings;
  const unauthorizedResponse = isAuthorized(request, options.acceptsToken)
    ? undefined
    : createUnauthorizedResponse(statuses.unknownTag, traceId);
  if (unauthorizedResponse !== undefined && settings.authBeforeBody) return unauthorizedResponse;
  if (settings.checkContentType && !/^application\/json\s*(;|$)/i.test(request.contentType ?? ''))
    return emptyResponse(statuses.wrongContentType);
  const { body } = request;
  if ('problem' in body)
    return body.problem === 'too-large' ? emptyResponse(statuses.tooLarge) : badRequest(statuses.malformed, traceId);
  if (!isFields(body.json)) return badRequest(statuses.malformed, traceId);
  return unauthorizedResponse ?? toEventsResponse(validate(body.json, options), traceId);
}

function isAuthorized({ tagId, authorization }: CapiRequest, acceptsToken: CapiOptions['acceptsToken']): boolean {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined || !/^0*[1-9][0-9]*$/.test(tagId) || tagId.length > 20) return false;
  return acceptsToken(tagId, token);
}
