import { payloadTooLarge } from '../../kit/faults.ts';
import { isFields } from '../../kit/fields.ts';
import type { Body } from '../../kit/http/read-body.ts';
import type { Settings } from '../settings.ts';
import type { EventsResponse } from './graph-error.ts';
import {
  badToken,
  emptyData,
  expiredVersion,
  refusal,
  success,
  tooManyEvents,
  unknownDataset,
  unknownPath,
} from './graph-error.ts';
import type { Language } from './problem-texts.ts';
import type { GivenToken } from './token.ts';
import { validate } from './validate.ts';

/** One `POST /v{major}.{minor}/{datasetId}/events`. */
interface EventsRequest {
  readonly version: string;
  /** The dataset id in the path. */
  readonly datasetId: string;
  readonly token: GivenToken | undefined;
  readonly body: Body;
}

interface EventsOptions {
  readonly settings: Settings;
  /** Token by dataset. Undefined: every well-formed dataset is accepted with any token. */
  readonly tokens: ReadonlyMap<string, string> | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly traceId: string;
  readonly language: Language;
  readonly rejects: (eventId: unknown) => 'named' | 'unnamed' | undefined;
}

/** Returns Meta's response and the events that it would accept. Assumption: authorization is checked before the content. */
export function handleEvents(request: EventsRequest, options: EventsOptions): EventsResponse {
  const { version, datasetId, token, body } = request;
  const { settings, tokens, traceId } = options;
  const major = Number(/^v(\d{1,3})\.\d{1,2}$/.exec(version)?.[1]);
  if (major < settings.oldestVersion) return expiredVersion(version, settings.oldestVersion, traceId);
  if (!(major <= settings.newestVersion)) return unknownPath(traceId);
  if (!isKnownToken(token, tokens)) return badToken(traceId);
  if (!isOwnDataset(datasetId, token, tokens)) return unknownDataset(datasetId, traceId);
  // Assumption: the limit, and the error page of a proxy.
  if ('problem' in body && body.problem === 'too-large') return payloadTooLarge();
  const data = 'json' in body && isFields(body.json) ? body.json.data : undefined;
  if (!Array.isArray(data) || data.length === 0) return emptyData(traceId);
  if (data.length > settings.maxEvents) return tooManyEvents(settings.maxEvents, traceId);
  const verdict = validate(data, options);
  return 'problem' in verdict ? refusal(verdict.problem, options.language, traceId) : success(verdict.accepted, traceId);
}

function isKnownToken(input: GivenToken | undefined, tokens: EventsOptions['tokens']): input is GivenToken {
  if (input === undefined || !/^[\x21-\x7e]+$/.test(input.token)) return false;
  return tokens === undefined || [...tokens.values()].includes(input.token);
}

export const isDatasetId = (text: string): boolean => /^[0-9]{5,20}$/.test(text);

const isOwnDataset = (datasetId: string, { token }: GivenToken, tokens: EventsOptions['tokens']): boolean =>
  isDatasetId(datasetId) && (tokens === undefined || tokens.get(datasetId) === token);
