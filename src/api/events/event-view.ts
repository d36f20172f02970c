import type { EnrichedEvent, Event } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { ExpiredRange } from '../../storage/store/store.ts';
import type { DeadLetterView, EventView } from './schemas.ts';

/** One dead letter for a stretch of the log. */
export function toExpiredRangeView(connection: string, { after, lastOffset: through, events, at }: ExpiredRange): DeadLetterView {
  return { connection, cause: 'expired', issues: [rangeExpired], at, range: { after, through, events } };
}

const rangeExpired: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'These events grew older than `retentionDays.events` before the connection came to them. Look for what kept it from sending; they cannot be sent any more.',
};

/** An event as it may be shown. */
export function toEventView(event: Event | EnrichedEvent, offset: string): EventView {
  const { site, name, id, reporter, time, receivedAt, consent, page, commerce, warnings } = event;
  return {
    site,
    offset,
    name,
    id,
    reporter,
    time,
    receivedAt,
    consent,
    keys: keysOf(event),
    page,
    commerce,
    warnings,
  };
}

function keysOf({ identity, client }: Event): readonly string[] {
  const { forms, clickIds, ...ids } = identity;
  return [ids, forms, clickIds, client].flatMap((part) => Object.keys(part));
}
