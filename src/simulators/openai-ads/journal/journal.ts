import { groupByKey } from '../../kit/event-groups.ts';
import { EventsJournal } from '../../kit/events-journal.ts';
import { toText } from '../../kit/fields.ts';
import type { RequestRecord } from '../../kit/journal-store.ts';
import type { EventsResponse, EventWarning } from '../events-api/answer.ts';
import { findMatchKeys } from '../events-api/event-rules.ts';
import type { Settings } from '../settings.ts';
import {
  getEventName,
  type JournalEvent,
  type OpenaiReport,
  type ReportGroup,
  toJournalEvent,
  type VoidCause,
} from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';

export interface OwnMembers {
  readonly pixelId: string;
  /** Whether a key was sent. The key itself is never stored. */
  readonly key: '***' | null;
  readonly verdict: EventsResponse['body'];
}

/** One request to the events endpoint and its response. The body has neither credentials nor unhashed personal data. */
export type JournalRequest = RequestRecord & OwnMembers;

/** Creates the requests and events of the simulator, as OpenAI would count them. */
export function createJournal(settings: Settings) {
  return new EventsJournal<VoidCause, EventWarning, OpenaiReport, ReportGroup, JournalEvent, OwnMembers>(settings, {
    maskBody,
    toReport: (event, details) => ({ ...details, event: maskEvent(event), matchedBy: findMatchKeys(event) }),
    groups: groupByKey(settings.dedupWindowMs, getKey, (group, pixelId) => ({ ...group, pixelId })),
    listEvents: (all) => [...all].map((group) => toJournalEvent(group, settings)),
  });
}

/** Returns the deduplication key; undefined without an event id. */
function getKey(report: OpenaiReport, pixelId: string): string | undefined {
  const id = report.void === undefined ? toText(report.event.id) : null;
  return id === null ? undefined : JSON.stringify([pixelId, getEventName(report), id]);
}
