import type { Event } from '../event/event.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { UnixMs } from '../event/units.ts';
import type { DeadLetter } from '../storage/ports/dead-letters.ts';
import { clickIdMaxAgeMs, clientMaxAgeMs } from '../visitors/profile-lifetimes.ts';

/**
 * Returns the event without its expired fields: IP address and user agent after 8 days, click ids after 90 days, also in page URLs. The
 * event itself may be kept longer. Returns `undefined` if nothing has expired.
 */
export function stripExpiredFields(event: Event, now: UnixMs): Event | undefined {
  const { client, identity, page, receivedAt } = event;
  const { country, countryFrom, ...personal } = client;
  const dropsClient = Object.keys(personal).length > 0 && receivedAt <= now - clientMaxAgeMs;
  const clicks = Object.entries(identity.clickIds);
  const freshClicks = clicks.filter(([, { at }]) => at > now - clickIdMaxAgeMs);
  const isOld = receivedAt <= now - clickIdMaxAgeMs;
  const urls = isOld ? { ...stripQuery('url', page), ...stripQuery('referrer', page) } : {};
  if (!dropsClient && freshClicks.length === clicks.length && Object.keys(urls).length === 0) return undefined;
  return {
    ...event,
    identity: { ...identity, clickIds: Object.fromEntries(freshClicks) },
    client: dropsClient ? { ...(country !== undefined && { country }), ...(countryFrom && { countryFrom }) } : client,
    page: { ...page, ...urls },
  };
}

function stripQuery(key: 'url' | 'referrer', page: Event['page']): Event['page'] {
  const [path, ...rest] = page[key]?.split(/[?#]/) ?? [];
  return rest.length > 0 && path !== undefined ? { [key]: path } : {};
}

/**
 * Returns a dead letter's bytes without expired fields, or `undefined` if nothing has expired. An unreadable one is emptied after 8 days.
 */
export function stripExpiredBytes({ bytes, at }: Pick<DeadLetter, 'bytes' | 'at'>, now: UnixMs): Uint8Array | undefined {
  const event = parseStoredEvent(bytes);
  if (!event) return at <= now - clientMaxAgeMs && bytes.byteLength > 0 ? new Uint8Array() : undefined;
  const stripped = stripExpiredFields(event, now);
  return stripped && Buffer.from(JSON.stringify(stripped));
}
