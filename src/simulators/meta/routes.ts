import type { Context, Hono } from 'hono';
import { answerEvents } from '../kit/answer-events.ts';
import { createRefusalTest } from '../kit/faults.ts';
import { type Body, readBytes } from '../kit/http/read-body.ts';
import { toHttpResponse } from '../kit/http/reply.ts';
import { type Env, getQuery } from '../kit/http/routes.ts';
import type { SimulatorContext } from '../kit/start-simulator.ts';
import { pixelReply, readParameters, readSender, serveScript } from '../kit/tag/beacon.ts';
import { handleEvents, isDatasetId } from './events-api/events-endpoint.ts';
import type { EventsResponse } from './events-api/graph-error.ts';
import { expiredVersion, unknownPath, unsupportedMethod } from './events-api/graph-error.ts';
import { readEventsBody } from './events-api/read-events-body.ts';
import { findToken, type GivenToken } from './events-api/token.ts';
import type { CallUsage } from './events-api/usage.ts';
import { type createFaults, type Fault, throttledMinutes } from './faults.ts';
import { addBeacon, type Journal } from './journal/journal.ts';
import type { Settings } from './settings.ts';
import { readBeacon } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

export interface MetaDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: ReturnType<typeof createFaults>;
  readonly usage: CallUsage;
}

/** Mounts the events API and the browser tag. */
export function mountRoutes(app: Hono<Env>, deps: MetaDeps): void {
  const { settings } = deps;
  app.all('/:version{v[0-9]+\\.[0-9]+}/:datasetId/events', (c) =>
    receiveEvents(c, { version: c.req.param('version'), datasetId: c.req.param('datasetId') }, deps),
  );
  app.all('/:datasetId{[0-9]+}/events', () =>
    toHttpResponse(expiredVersion('no version', settings.oldestVersion, toTraceId(deps.newId()))),
  );
  app.all('/:version{v[0-9]+\\.[0-9]+}/*', () => toHttpResponse(unknownPath(toTraceId(deps.newId()))));
  app.get('/en_US/fbevents.js', serveScript(tagScript));
  for (const path of ['/tr/', '/tr']) app.get(path, (c) => receiveBeacon(c, getQuery(c), deps));
  app.post('/tr/', async (c) => {
    const form = await readBytes(c.env.incoming, settings.maxBeaconBytes);
    return form === undefined ? toHttpResponse({ status: 413 }) : receiveBeacon(c, form.toString(), deps);
  });
}

const toTraceId = (id: string): string => `A${Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')}`;

interface EventsPath {
  readonly version: string;
  readonly datasetId: string;
}

/** Handles `POST /v{major}.{minor}/{datasetId}/events`. */
async function receiveEvents(c: Context<Env>, path: EventsPath, deps: MetaDeps): Promise<Response> {
  const { settings, journal } = deps;
  if (c.req.method !== 'POST') return toHttpResponse(unsupportedMethod(toTraceId(deps.newId())));
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const body = readEventsBody(bytes, c.req.header('content-type') ?? '', settings);
  const json = 'json' in body ? body.json : null;
  const token = findToken(c.req.header('authorization'), new URLSearchParams(getQuery(c)), json);
  return answerEvents(c, deps, {
    account: path.datasetId,
    body,
    list: 'data',
    answer: (fault) => answerRequest(path, token, body, fault, deps),
    record(received, answer) {
      const own = {
        version: path.version.slice(0, 16),
        datasetId: path.datasetId.slice(0, 64),
        token: token === undefined ? null : '***',
        tokenPlace: token?.place ?? null,
        verdict: answer?.body ?? null,
      } as const;
      journal.add(own.datasetId, received, answer, own);
    },
  });
}

function answerRequest(
  path: EventsPath,
  token: GivenToken | undefined,
  body: Body,
  fault: Fault | undefined,
  { settings, tokens, faults, usage, now, newId }: MetaDeps,
): EventsResponse {
  const traceId = toTraceId(newId());
  const language = fault?.mode === 'french' ? 'fr' : 'en';
  const options = { settings, tokens, now: now(), traceId, language, rejects: createRefusalTest(fault) } as const;
  const answer = faults.answer(fault, traceId, () => handleEvents({ ...path, token, body }, options));
  // A page of a proxy, a refused token and an id that cannot be a dataset's report no usage.
  const isCounted = typeof answer.body === 'object' && answer.body !== null && answer.status !== 401;
  if (!isCounted || !isDatasetId(path.datasetId)) return answer;
  const headers = usage.count(path.datasetId, now(), throttledMinutes(fault, settings));
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Handles a beacon: a query, or the same as a form. */
function receiveBeacon(c: Context<Env>, query: string, { settings, tokens, journal, now }: MetaDeps): Response {
  const beacon = readBeacon(readParameters(query, settings), readSender(c));
  addBeacon(journal, { now: now(), beacon, bytes: query.length, isKnownDataset: tokens?.has(beacon.datasetId) ?? true });
  return toHttpResponse(pixelReply);
}
