import { EventsJournal } from '../../kit/events-journal.ts';
import { type Fields, getText, isFields, toText } from '../../kit/fields.ts';
import type { RequestRecord } from '../../kit/journal-store.ts';
import { isDatasetId } from '../events-api/events-endpoint.ts';
import type { EventsResponse } from '../events-api/graph-error.ts';
import { findMatchKeys } from '../events-api/match-keys.ts';
import type { GivenToken } from '../events-api/token.ts';
import type { EventWarning } from '../events-api/validate.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Deduplication } from './deduplication.ts';
import { type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent, maskParameters } from './mask.ts';
import { createSearch } from './near-misses.ts';
import type { MetaReport, ReportGroup, VoidCause } from './report.ts';

export interface OwnMembers {
  readonly version: string;
  readonly datasetId: string;
  /** Whether a token was sent. The token itself is never stored. */
  readonly token: '***' | null;
  readonly tokenPlace: GivenToken['place'] | null;
  readonly verdict: EventsResponse['body'];
}

/** One request to the events endpoint and its response. The body has neither credentials nor unhashed personal data. */
export type JournalRequest = RequestRecord & OwnMembers;

/** The requests and events of the simulator, as Meta would count them. */
export type Journal = ReturnType<typeof createJournal>;

export function createJournal(settings: Settings) {
  return new EventsJournal<VoidCause, EventWarning, MetaReport, ReportGroup, JournalEvent, OwnMembers>(settings, {
    maskBody,
    toReport(event, details, { body }) {
      const testEventCode = getText(body, 'test_event_code')?.slice(0, 64).toWellFormed();
      return {
        ...details,
        event: maskEvent(event),
        matchedBy: isFields(event.user_data) ? findMatchKeys(event.user_data) : [],
        ...(testEventCode !== undefined && { testEventCode }),
      };
    },
    groups: new Deduplication(settings),
    listEvents(groups) {
      const findNearMisses = createSearch(groups, settings);
      return [...groups].map((group) => toJournalEvent(group, settings, findNearMisses(group)));
    },
  });
}

interface ReceivedBeacon {
  readonly now: number;
  readonly beacon: Beacon;
  readonly bytes: number;
  readonly isKnownDataset: boolean;
}

/** Adds a beacon of the browser tag. */
export function addBeacon(journal: Journal, { now, beacon, bytes, isKnownDataset }: ReceivedBeacon): void {
  const { datasetId: account, parameters, event } = beacon;
  const isReadable = isDatasetId(account) && toText(event.event_name) !== null;
  const cause = !isReadable ? 'not-readable' : isKnownDataset ? undefined : 'unknown-dataset';
  journal.addBeacon(
    { now, account, event, bytes },
    {
      warnings: findBeaconWarnings(event),
      parameters: maskParameters(parameters),
      ...(cause !== undefined && { void: cause }),
    },
  );
}

function findBeaconWarnings({ event_id, custom_data }: Fields): readonly EventWarning[] {
  const isProperty = isFields(custom_data) && ['eventID', 'event_id'].some((name) => Object.hasOwn(custom_data, name));
  if (!isProperty || toText(event_id) !== null) return [];
  return [{ field: 'eventID', message: 'is in the third argument of fbq. Deduplication uses the fourth argument' }];
}
