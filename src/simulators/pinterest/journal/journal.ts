import { EventsJournal } from '../../kit/events-journal.ts';
import { type Fields, toText } from '../../kit/fields.ts';
import type { RequestRecord } from '../../kit/journal-store.ts';
import { maskParameters } from '../../kit/mask.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { EventsResponse } from '../events-api/responses.ts';
import type { EventWarning } from '../events-api/validate.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';
import { createSearch } from './near-misses.ts';
import type { PinterestReport, ReportGroup } from './report.ts';

export interface OwnMembers {
  readonly adAccountId: string;
  /** Whether it was in the test mode, so that none of its events is in the journal. */
  readonly isTest: boolean;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly verdict: EventsResponse['body'];
}

/** One request to the events endpoint and its response. The body has no unhashed personal data. */
export type JournalRequest = RequestRecord & OwnMembers;

/** The requests and events of the simulator, as Pinterest would count them. */
export type Journal = ReturnType<typeof createJournal>;

export function createJournal(settings: Settings) {
  return new EventsJournal<'not-readable', EventWarning, PinterestReport, ReportGroup, JournalEvent, OwnMembers>(settings, {
    maskBody,
    toReport: (event, details, { account }) => ({
      ...details,
      account,
      event: maskEvent(event),
      matchedBy: findMatchKeys(event),
    }),
    groups: new Deduplication(settings),
    listEvents(groups) {
      const findNearMisses = createSearch(groups, settings);
      return [...groups].map((group) => toJournalEvent(group, settings, findNearMisses(group)));
    },
  });
}

export function addBeacon(journal: Journal, now: number, { tagId, event, parameters }: Beacon, bytes: number): void {
  const isReadable = /^\d{13}$/.test(tagId) && toText(event.event_name) !== null;
  journal.addBeacon(
    { now, account: tagId, event, bytes },
    {
      warnings: findBeaconWarnings(event),
      parameters: maskParameters(parameters),
      ...(!isReadable && { void: 'not-readable' }),
    },
  );
}

function findBeaconWarnings({ event_id, event_name }: Fields): readonly EventWarning[] {
  if (toText(event_id) !== null || event_name === 'page_visit') return [];
  return [{ field: 'event_id', message: '`event_id` is missing among the data, so the report is merged with no other' }];
}
