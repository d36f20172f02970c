import { EventsJournal } from '../../kit/events-journal.ts';
import type { RequestRecord } from '../../kit/journal-store.ts';
import type { FieldWarning } from '../api/event-rules.ts';
import type { Settings } from '../settings.ts';
import { Conversions } from './conversions.ts';
import { findMatchKeys, type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';
import type { GoogleReport, ReportGroup } from './report.ts';

export interface OwnMembers {
  /** The `x-goog-user-project` header. */
  readonly quotaProject: string | null;
}

/** One request to `events:ingest` and its response, without the token and unhashed personal data. */
export type JournalRequest = RequestRecord & OwnMembers;

/** The requests and conversions of the simulator, as Google Ads would count them. */
export type Journal = ReturnType<typeof createJournal>;

/** Creates a journal. The account of a server's event is its action, that of a beacon the label of the tag. */
export function createJournal(settings: Settings, now: () => number) {
  return new EventsJournal<string, FieldWarning, GoogleReport, ReportGroup, JournalEvent, OwnMembers>(settings, {
    maskBody,
    toReport: (event, { id, at, warnings, ...details }, { account, body }) => ({
      id: body === undefined ? id : `${id}.${account}`,
      at,
      event: maskEvent(event),
      warnings,
      matchedBy: findMatchKeys(event),
      ...details,
    }),
    groups: new Conversions(settings),
    listEvents: (groups) => [...groups].map((group) => toJournalEvent(group, settings, now())),
  });
}
