import { publicNetworkPrefix } from '../../net/ip-address.ts';
import { isObject, parseJson } from '../../net/parse-json.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { type IngestResponse, ingestServerEvents } from '../accept/append-events.ts';
import { answerDryRun, createDryAppend, isDryRun } from '../accept/dry-run.ts';
import type { IngestDeps } from '../accept/ingest-deps.ts';
import { ByteRateExceededError, type CallerRates, type GetCallerRates, unlimitedRates } from '../browser/browser-rates.ts';
import { createClientInfoReader, createClientNetworkReader, type HeaderReader } from '../http/client-info.ts';
import { createErrorReply, createLaterReply, createRateLimitedReply, type Reply } from '../http/error-response.ts';
import type { InFlightLease, InFlightLimit } from '../http/in-flight-limit.ts';
import type { Body } from '../http/read-body.ts';
import { largeBodyBytes, yieldToEventLoop } from '../http/yield-to-event-loop.ts';
import type { DailyBytes } from '../limits/daily-bytes.ts';
import { ingestDistrustedEvents, takeBrowserRates } from './distrusted-events.ts';
import { findSecretKey, type SecretKeyMatch } from './find-secret-key.ts';
import type { KeyLimits } from './key-limits.ts';

/** The largest body of the server API, both as it arrives and unpacked. */
export const maxBodyBytes = 1_048_576;
/** The number of events that one body may hold. */
const maxEventsPerBody = 500;

/** The number of values that one body may hold: more than 1 MiB of orders has, and few enough to parse in less than a tenth of a second. */
const maxValues = 110_000;

/** A request to `POST /v1/events`, by whichever server it was received. */
export interface EventsRequest {
  readonly remoteAddress: string | undefined;
  readonly header: HeaderReader;
  /** Reads a body of at most `maxBodyBytes`. */
  readonly readBody: (reserve: (bytes: number) => boolean) => Promise<Body>;
}

interface EventsDeps extends IngestDeps {
  readonly ready: () => { readonly browsers?: false };
  readonly dailyBytes?: DailyBytes;
}

/** The rates of servers by their key, and of browsers by their network. */
export interface EventsLimits extends KeyLimits {
  readonly browser: GetCallerRates;
}

/** Creates the handler of `POST /v1/events`, which accepts the events of a shop's server. All of the route's limits are in it. */
export function createEventReceiver(
  deps: EventsDeps,
  limits: EventsLimits,
  flight: InFlightLimit,
): (request: EventsRequest) => Promise<Reply> {
  const readNetwork = createClientNetworkReader(deps.proxies.trustedProxies);
  const readClient = createClientInfoReader(deps.proxies);
  return async ({ remoteAddress, header, readBody }) => {
    const match = findSecretKey(header('authorization'), deps.sites());
    if (!match) {
      // A request with a valid key is never limited by its address, so this limit may apply to every address.
      const wait = limits.wrongKey(readNetwork(remoteAddress, header));
      return wait === undefined
        ? createErrorReply('not-authorised', { 'www-authenticate': 'Bearer' })
        : createRateLimitedReply(wait);
    }
    const wait = limits.secretKey(match.key);
    if (wait !== undefined) return createRateLimitedReply(wait);
    const rates = limits.browser(match.isDistrusted ? publicNetworkPrefix(readClient(remoteAddress, header).ip) : undefined);
    const lease = flight.enter();
    if (!lease) return createErrorReply('not-accepting');
    try {
      return await receive(await readBody(lease.takeBytes), { ...match, isDry: isDryRun(header) }, { lease, rates }, deps);
    } finally {
      lease.release();
    }
  };
}

interface Caller extends SecretKeyMatch {
  readonly isDry: boolean;
}

async function receive(
  body: Body,
  { site, isDistrusted, isDry }: Caller,
  { lease, rates }: { readonly lease: InFlightLease; readonly rates: CallerRates },
  deps: EventsDeps,
): Promise<Reply> {
  const readAt = performance.now();
  if ('bytes' in body && body.bytes.length > largeBodyBytes) await yieldToEventLoop();
  const parsed = 'error' in body ? body : parseJson(body.bytes, maxValues);
  if ('error' in parsed) return createErrorReply(parsed.error);
  if (!isObject(parsed.value) || !Array.isArray(parsed.value.events)) return createErrorReply('body-unreadable');
  const events: readonly unknown[] = parsed.value.events;
  if (events.length === 0 || events.length > maxEventsPerBody) return createErrorReply('event-count');
  if (!lease.takeEvents(events.length)) return createErrorReply('not-accepting');

  const reporter = isDistrusted ? 'browser' : 'server';
  const ingest = (to: EventsDeps, places: CallerRates): Promise<IngestResponse> =>
    isDistrusted
      ? ingestDistrustedEvents(events, site, places, to)
      : ingestServerEvents(events, { reporter, gpc: false, lookUpCountry: deps.proxies.lookUpCountry }, site, to);
  if (isDry) {
    const dry = createDryAppend();
    const { dailyBytes: _, ...uncounted } = deps;
    const result = await ingest({ ...uncounted, append: dry.append }, unlimitedRates);
    return { status: 202, body: await answerDryRun(result, dry, site, isDistrusted ? undefined : deps.planDryRun) };
  }
  if (isDistrusted) {
    const wait = takeBrowserRates(rates, events);
    if (wait !== undefined) return createRateLimitedReply(wait);
    if (deps.ready().browsers === false) return createErrorReply('not-accepting');
  }
  deps.metrics?.countReceived(site.id, reporter, events.length);
  try {
    const result = await ingest(deps, rates);
    deps.onAppended?.(site.id);
    deps.metrics?.countResults(site.id, reporter, result);
    deps.durations?.acknowledge.countSince(readAt);
    return { status: 202, body: result };
  } catch (error) {
    if (error instanceof ByteRateExceededError) return createLaterReply(error.code, error.waitSeconds);
    if (!(error instanceof LogUnavailableError)) throw error;
    deps.onAppended?.(site.id);
    return createErrorReply('not-accepting');
  }
}
