import { createHash } from 'node:crypto';
import { describeCountry, getCountrySource } from '../../event/country-source.ts';
import type { EnrichedEvent, Event, Page } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { Site } from '../../event/site.ts';
import { describeReporter } from '../../event/via.ts';
import { hookSourceTexts } from '../../hooks/sources.ts';
import type { LogRecord } from '../../storage/log/event-log.ts';
import type { ExpiredRange } from '../../storage/ports/dead-letters.ts';
import { maskClickIds } from '../../visitors/mask-click-ids.ts';
import type { DeadLetterView } from './rejection-schemas.ts';
import type { EventView } from './schemas.ts';

/** Returns the dead letter of a range of expired events. */
export function toExpiredRangeView(connection: string, { after, lastOffset: through, events, at }: ExpiredRange): DeadLetterView {
  return { connection, cause: 'expired', issues: [rangeExpired], at, range: { after, through, events } };
}

const rangeExpired: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'These events reached the age of `retentionDays.events` before the connection processed them. They can no longer be sent. Find out why the connection did not send.',
};

/** Returns an event without personal data. */
export function toEventView(event: Event | EnrichedEvent, offset: string, settings: Pick<Site, 'hooks'>): EventView {
  const {
    site,
    name,
    id,
    reporter,
    via,
    time,
    receivedAt,
    consent,
    page,
    commerce,
    addedBy,
    warnings,
    notSent,
    identity,
    client,
  } = event;
  const countrySource = getCountrySource(event);
  return {
    site,
    offset,
    name,
    id,
    reporter,
    ...(via && { via }),
    reportedBy: nameReporter(event, settings),
    time,
    receivedAt,
    consent,
    keys: getKeyNames(event),
    page: toPageView(page),
    commerce,
    ...(identity.anonymousId !== undefined && { shopper: nameShopper(site, identity.anonymousId) }),
    ...(client.country !== undefined && { country: client.country }),
    ...(countrySource && { countrySource }),
    countryText: describeCountry(event),
    ...(addedBy && { addedBy }),
    warnings,
    ...(notSent !== undefined && { notSent }),
  };
}

/** Returns who reported an event, in words. Names the services of the site's hooks. */
export function nameReporter(report: Parameters<typeof describeReporter>[0], { hooks = [] }: Pick<Site, 'hooks'>): string {
  const ofServices = hooks.filter(({ source }) => source !== 'custom');
  return describeReporter(report, Object.fromEntries(ofServices.map(({ id, source }) => [id, hookSourceTexts[source].title])));
}

/** Returns a short name of a visitor that is the same in all events of the site. The visitor's id cannot be computed from it. */
function nameShopper(site: string, anonymousId: string): string {
  return createHash('sha256').update(`${site}\n${anonymousId}`).digest('hex').slice(0, 8);
}

/** Masks the shopper's click ids in the URLs, and adds the earlier name of the state of Microsoft's tag. */
function toPageView(page: Page): EventView['page'] {
  const { url, referrer, browserTags } = page;
  const browserTag = browserTags?.microsoft;
  return {
    ...page,
    ...(url !== undefined && { url: maskClickIds(url) }),
    ...(referrer !== undefined && { referrer: maskClickIds(referrer) }),
    ...(browserTag !== undefined && { browserTag }),
  };
}

function getKeyNames({ identity, client }: Event): readonly string[] {
  const { forms, clickIds, browserIds = {}, ...ids } = identity;
  const { cookieAddresses = {}, countryFrom: _, ...own } = client;
  return [ids, forms, clickIds, browserIds, own, cookieAddresses].flatMap((part) => Object.keys(part));
}

/** Returns the event of a record; `undefined` if its data is gone. */
export function parseRecord({ body }: LogRecord): Event | undefined {
  return 'bytes' in body ? parseEvent(body.bytes) : undefined;
}
