import { normalizeEventName } from '../../event/event-names.ts';
import type { Site } from '../../event/site.ts';
import { isObject } from '../../net/parse-json.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import { acceptEvent } from '../accept/accept.ts';
import { type AppendDeps, acceptAndAppend, type IngestResponse, toIngestResponse } from '../accept/append-events.ts';
import { type CallerRates, limitAppend } from '../browser/browser-rates.ts';
import { createDenialLimit, type DeniedPlaces } from '../browser/denied-purchases.ts';
import type { DailyBytes } from '../limits/daily-bytes.ts';

interface DistrustedDeps extends AppendDeps {
  readonly dailyBytes?: DailyBytes;
}

/** Returns the seconds that a sender with a distrusted key has to wait, if any: its events count against the limits of browsers. */
export function takeBrowserRates(rates: CallerRates, events: readonly unknown[]): number | undefined {
  return rates.request() ?? rates.reports(events.length) ?? rates.purchases(events.filter(isPurchase).length);
}

function isPurchase(event: unknown): boolean {
  return isObject(event) && typeof event.name === 'string' && normalizeEventName(event.name) === 'Purchase';
}

/**
 * Accepts the events of a sender whose secret key a page has used: as a browser's, with their limits. They have neither address nor agent,
 * because the sender may be the shop's server.
 * @throws LogUnavailableError, ByteRateExceededError from the append.
 */
export async function ingestDistrustedEvents(
  events: readonly unknown[],
  site: Site,
  rates: Pick<CallerRates, 'storedBytes'> & { readonly deniedPurchases: DeniedPlaces },
  { dailyBytes, ...deps }: DistrustedDeps,
): Promise<IngestResponse> {
  const now = deps.now();
  const denials = createDenialLimit(rates.deniedPurchases);
  const requester = { reporter: 'browser', gpc: false } as const;
  const limited = limitAppend(deps.append, rates, dailyBytes?.ofCaller(site.id, undefined));
  const append: EventLog['append'] = (records) => limited(records, false);
  const read = (event: unknown) => denials.limit(acceptEvent(event, requester, site, now, deps.newId));
  try {
    return toIngestResponse(await acceptAndAppend(events, read, { site, reporter: 'browser', now }, { ...deps, append }));
  } catch (error) {
    denials.giveBack();
    throw error;
  }
}
