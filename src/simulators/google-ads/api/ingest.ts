import { type Fields, getList, isFields } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';
import {
  checkDestinations,
  checkEvent,
  type Destination,
  type FieldWarning,
  findProcessingError,
  findWarnings,
  listDestinations,
} from './event-rules.ts';
import { type ApiReply, refuse, refuseBody, tooLarge, type Violation } from './google-error.ts';
import { ingestRequest, parseMessage } from './message-shape.ts';

/** An event that Google took for one action. */
export interface AcceptedEvent {
  /** Position in `events`. */
  readonly index: number;
  readonly event: Fields;
  /** The number of the action. */
  readonly account: string;
  readonly warnings: readonly FieldWarning[];
  /** The reason why Google refuses it later. */
  readonly void?: string;
}

/** The response, and what was stored of the request. */
export interface IngestAnswer extends ApiReply {
  readonly accepted?: readonly AcceptedEvent[];
  /** Absent for a request that was refused or only checked. */
  readonly stored?: { readonly requestId: string; readonly destinations: readonly Destination[] };
}

interface IngestOptions {
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly requestId: string;
  /** Returns the violation with which the current fault refuses an event. */
  readonly rejects: (event: Fields, position: number) => Violation | undefined;
  /** Returns the processing error that the current fault gives an event. */
  readonly failsLater: (event: Fields) => string | undefined;
  /** Maximum number of violations in the response. */
  readonly maxViolations: number;
}

/** Handles `POST /v1/events:ingest` after the authorization: parser, then rules, then acceptance of the whole request. */
export function ingest(body: Body, options: IngestOptions): IngestAnswer {
  const { settings, now, requestId } = options;
  if ('problem' in body && body.problem === 'too-large') return tooLarge();
  if (!('json' in body) || !isFields(body.json))
    return refuseBody([{ field: '', description: 'Invalid JSON payload received. Expected an object.' }]);
  const parsed = parseMessage(ingestRequest, body.json);
  if (parsed.violations.length > 0) return refuseBody(parsed.violations);
  const events = getList(parsed.value, 'events')?.filter(isFields) ?? [];
  const given = getList(parsed.value, 'destinations') ?? [];
  const encoding = isFields(parsed.value) && parsed.value.encoding === 'BASE64' ? 'BASE64' : 'HEX';
  const { destinations, violations } = checkDestinations(given, settings);
  const all = [
    ...checkCounts(parsed.value, given.length, events, settings),
    ...violations,
    ...events.flatMap((event, position) => {
      const rejection = options.rejects(event, position);
      return [...checkEvent(event, position, destinations, { settings, now, encoding }), ...(rejection ? [rejection] : [])];
    }),
  ];
  if (all.length > 0)
    return refuse(
      all.slice(0, options.maxViolations).filter(({ reason }) => reason !== ''),
      requestId,
    );
  const accepted = events.flatMap((event, index) =>
    listDestinations(event, destinations).map((destination): AcceptedEvent => {
      const error = options.failsLater(event) ?? findProcessingError(event, destination, settings, now);
      const warnings = findWarnings(event, index);
      return { index, event, account: destination.actionId, warnings, ...(error !== undefined && { void: error }) };
    }),
  );
  const warnings = accepted.flatMap(({ warnings: found }) => found);
  const reply = { status: 200, body: { requestId, ...(warnings.length > 0 && { fieldWarnings: warnings }) } };
  if (isFields(parsed.value) && parsed.value.validateOnly === true) return reply;
  return { ...reply, accepted, stored: { requestId, destinations } };
}

function checkCounts(
  request: unknown,
  destinations: number,
  events: readonly Fields[],
  settings: Settings,
): readonly Violation[] {
  const refuse = (field: string, reason: string): Violation => ({ field, description: reason, reason });
  const found: Violation[] = [];
  if (destinations === 0) found.push(refuse('destinations', 'REQUIRED_FIELD_MISSING'));
  if (destinations > settings.maxDestinations) found.push(refuse('destinations', 'TOO_MANY_DESTINATIONS'));
  if (events.length === 0) found.push(refuse('events', 'REQUIRED_FIELD_MISSING'));
  if (events.length > settings.maxEvents) found.push(refuse('events', 'TOO_MANY_EVENTS'));
  const hasEncoding = isFields(request) && request.encoding !== undefined;
  if (!hasEncoding && events.some(({ userData }) => userData !== undefined))
    found.push(refuse('encoding', 'REQUIRED_FIELD_MISSING'));
  return found;
}
