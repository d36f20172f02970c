import { getList, isFields } from '../../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord } from '../../kit/journal-store.ts';
import { maskParameters } from '../../kit/mask.ts';
import type { ApiReply } from '../api/google-error.ts';
import type { AcceptedEvent } from '../api/ingest.ts';
import type { Settings } from '../settings.ts';
import type { Beacon } from '../tag/parse-beacon.ts';
import { Conversions } from './conversions.ts';
import { findMatchKeys, type JournalEvent, toJournalEvent } from './journal-event.ts';
import { maskBody, maskEvent } from './mask.ts';
import type { GoogleReport, ReceivedReport, ReportGroup } from './report.ts';

/** One request to `events:ingest` and its response, without the token and unhashed personal data. */
export interface JournalRequest extends RequestRecord {
  /** The `x-goog-user-project` header. */
  readonly quotaProject: string | null;
}

interface ReceivedEvents extends Omit<ReceivedRequest, 'sent'> {
  readonly quotaProject: string | null;
  /** Undefined if no response was intended. */
  readonly reply: ApiReply | undefined;
  readonly accepted: readonly AcceptedEvent[];
}

/** The requests and conversions of the simulator, as Google Ads would count them. */
export class Journal {
  readonly #settings: Settings;
  readonly #now: () => number;
  readonly #conversions: Conversions;
  readonly #store: JournalStore<JournalRequest, ReportGroup>;

  constructor(settings: Settings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    this.#conversions = new Conversions(settings);
    this.#store = new JournalStore(settings, (group) => this.#conversions.remove(group));
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision;
  }

  get totals() {
    return this.#store.totals;
  }

  add({ quotaProject, reply, accepted, ...received }: ReceivedEvents): void {
    const { now, body } = received;
    const isCheck = reply?.status === 200 && isFields(body) && body.validateOnly === true;
    this.#store.addRequest(
      { ...received, sent: isCheck ? 0 : (getList(body, 'events')?.length ?? 0) },
      reply,
      accepted,
      (record) => ({ ...record, quotaProject: quotaProject?.slice(0, 64).toWellFormed() ?? null, body: maskBody(body) }),
      ({ event, actionId, warnings, error }, { id, at }) => {
        const report: GoogleReport = {
          id: `${id}.${actionId}`,
          at,
          event: maskEvent(event),
          warnings,
          matchedBy: findMatchKeys(event),
          ...(error !== undefined && { void: error }),
        };
        return this.#join(this.#conversions.addServer(actionId, toReceived('server', now, report)));
      },
    );
  }

  addBeacon(now: number, { sendTo, parameters, event, isCookieless }: Beacon, bytes: number): void {
    this.#store.addBeacon(now, bytes, ({ id, at }) => {
      const report: GoogleReport = {
        id,
        at,
        event: maskEvent(event),
        warnings: [],
        matchedBy: findMatchKeys(event),
        parameters: maskParameters(parameters),
        ...(isCookieless && { void: 'COOKIELESS' }),
      };
      return this.#join(this.#conversions.addBeacon(sendTo, toReceived('browser', now, report)));
    });
  }

  clear(): void {
    this.#store.clear();
    this.#conversions.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#store.requests(latest);
  }

  /** Returns the conversions in the order of their first reports. */
  events(): JournalEvent[] {
    return [...this.#store.groups].map((group) => toJournalEvent(group, this.#settings, this.#now()));
  }

  #join({ group, isNew }: { readonly group: ReportGroup; readonly isNew: boolean }): ReportGroup {
    if (isNew) this.#store.addGroup(group);
    return group;
  }
}

function toReceived(source: ReceivedReport['source'], receivedAt: number, report: GoogleReport): ReceivedReport {
  return { source, receivedAt, report };
}
