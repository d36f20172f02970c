import type { Event } from '../event/event.ts';
import { parseStoredEvent } from '../event/parse-stored-event.ts';
import type { UnixMs } from '../event/units.ts';
import { clickIdMaxAgeMs } from '../identity/click-ids.ts';
import { clientMaxAgeMs } from '../identity/visitor-profile.ts';
import type { DeadLetter } from '../storage/store/dead-letters.ts';

/**
 * The event without what has grown too old to be kept, however long the event itself is: address and agent after 8 days, click ids
 * after 90, in an address of a page as well. `undefined` where nothing has.
 */
export function stripExpiredFields(event: Event, now: UnixMs): Event | undefined {
  const { client, identity, page, receivedAt } = event;
  const isSeen = client.ip !== undefined || client.userAgent !== undefined;
  const dropsClient = isSeen && receivedAt <= now - clientMaxAgeMs;
  const clicks = Object.entries(identity.clickIds);
  const young = clicks.filter(([, { at }]) => at > now - clickIdMaxAgeMs);
  const isOld = receivedAt <= now - clickIdMaxAgeMs;
  const urls = isOld ? { ...pathOf('url', page), ...pathOf('referrer', page) } : {};
  if (!dropsClient && young.length === clicks.length && Object.keys(urls).length === 0) return undefined;
  return {
    ...event,
    identity: { ...identity, clickIds: Object.fromEntries(young) },
    client: dropsClient ? { ...(client.country !== undefined && { country: client.country }) } : client,
    page: { ...page, ...urls },
  };
}

function pathOf(key: 'url' | 'referrer', page: Event['page']): Event['page'] {
  const [path, ...rest] = page[key]?.split(/[?#]/) ?? [];
  return rest.length > 0 && path !== undefined ? { [key]: path } : {};
}

/** What is left of a dead letter's bytes; `undefined` where all of it is. A damaged one cannot be read, so it goes whole. */
export function stripExpiredBytes({ bytes, at }: Pick<DeadLetter, 'bytes' | 'at'>, now: UnixMs): Uint8Array | undefined {
  const event = parseStoredEvent(bytes);
  if (!event) return at <= now - clientMaxAgeMs && bytes.byteLength > 0 ? new Uint8Array() : undefined;
  const aged = stripExpiredFields(event, now);
  return aged && Buffer.from(JSON.stringify(aged));
}
