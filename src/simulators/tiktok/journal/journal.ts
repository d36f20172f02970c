import { EventsJournal } from '../../kit/events-journal.ts';
import { getText, isFields, toText } from '../../kit/fields.ts';
import type { RequestRecord } from '../../kit/journal-store.ts';
import { codes, type EventsResponse } from '../events-api/answer.ts';
import { isPixelCode } from '../events-api/events-endpoint.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { EventWarning } from '../events-api/warnings.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';
import { createSearch } from './near-misses.ts';
import type { ReportGroup, TiktokReport, VoidCause } from './report.ts';

export interface OwnMembers {
  readonly pixelCode: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly verdict: EventsResponse['body'];
}

/** One request to the events endpoint and its response. The body has neither credentials nor unhashed personal data. */
export type JournalRequest = RequestRecord & OwnMembers;

/** The requests and events of the simulator, as TikTok would count them. */
export type Journal = ReturnType<typeof createJournal>;

export function createJournal(settings: Settings) {
  return new EventsJournal<VoidCause, EventWarning, TiktokReport, ReportGroup, JournalEvent, OwnMembers>(settings, {
    maskBody,
    toReport(event, details, { body }) {
      const testEventCode = getText(body, 'test_event_code')?.slice(0, 64).toWellFormed();
      return {
        ...details,
        event: maskEvent(event),
        matchedBy: findMatchKeys(event),
        ...(testEventCode !== undefined && { testEventCode, void: 'test' }),
      };
    },
    isAcceptance: ({ status, body }) => status === 200 && isFields(body) && body.code === codes.ok,
    groups: new Deduplication(settings),
    listEvents(groups) {
      const findNearMisses = createSearch(groups);
      return [...groups].map((group) => toJournalEvent(group, settings, findNearMisses(group)));
    },
  });
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownPixel: boolean;
}

/** Adds a beacon of the browser tag. */
export function addBeacon(journal: Journal, { now, beacon, bytes, isKnownPixel }: ReceivedBeacon): void {
  const { pixelCode: account, event } = beacon;
  const isReadable = isPixelCode(account) && toText(event.event) !== null;
  const cause = !isReadable ? 'not-readable' : isKnownPixel ? undefined : 'unknown-pixel';
  const warnings = findBeaconWarnings(event);
  journal.addBeacon({ now, account, event, bytes }, { warnings, ...(cause !== undefined && { void: cause }) });
}

function findBeaconWarnings({ event_id, properties }: Beacon['event']): readonly EventWarning[] {
  if (!isFields(properties) || !Object.hasOwn(properties, 'event_id') || toText(event_id) !== null) return [];
  return [{ field: 'event_id', message: 'is in the second argument of ttq.track. Deduplication uses the third argument' }];
}
