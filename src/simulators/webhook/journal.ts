import { type EventGroup, EventGroups } from '../kit/event-groups.ts';
import { type Fields, isFields, toText } from '../kit/fields.ts';
import { JournalStore, type ReceivedRequest, type RequestRecord } from '../kit/journal-store.ts';
import type { Report } from '../kit/report.ts';
import type { Settings } from './settings.ts';

/** One request to the receiver, without its signature. */
export interface JournalRequest extends RequestRecord {
  readonly messageId: string | null;
  /** The time in the header, ISO 8601. */
  readonly sentAt: string | null;
}

interface MessageGroup extends EventGroup {
  readonly messageId: string;
}

/** One message, however often it arrived. */
export interface JournalMessage {
  readonly messageId: string;
  readonly type: string;
  readonly eventId: string | null;
  /** ISO 8601. The first arrival. */
  readonly at: string;
  /** The message of each arrival. */
  readonly reports: readonly Report[];
  readonly why: string;
}

interface ReceivedMessage extends ReceivedRequest {
  readonly headers: { readonly id: string; readonly timestamp: number } | undefined;
  readonly answer: { readonly status: number; readonly body: object | string | null } | undefined;
  /** The message, if it is authentic and well-formed. */
  readonly message: Fields | undefined;
}

/** The requests of the receiver and its messages. A message id counts once. */
export class Journal {
  readonly #groups = new EventGroups<MessageGroup>(Number.POSITIVE_INFINITY);
  readonly #messageIds = new Set<string>();
  readonly #store: JournalStore<JournalRequest, MessageGroup>;

  constructor(settings: Settings) {
    this.#store = new JournalStore(settings, (group) => {
      this.#groups.remove(group);
      this.#messageIds.delete(group.messageId);
    });
  }

  /** Changes with every change of the journal. */
  get revision(): number {
    return this.#store.revision;
  }

  get totals() {
    return this.#store.totals;
  }

  /** Returns whether the message has arrived before. */
  has(messageId: string): boolean {
    return this.#messageIds.has(messageId);
  }

  add({ headers, answer, message, ...received }: ReceivedMessage): void {
    const messageId = headers?.id ?? '';
    this.#store.addRequest(
      received,
      answer,
      message === undefined ? [] : [{ index: 0, warnings: [], event: message }],
      (record) => ({
        ...record,
        messageId: headers?.id ?? null,
        sentAt: headers === undefined ? null : new Date(headers.timestamp * 1_000).toISOString(),
      }),
      ({ event, warnings }, { id, at }) => {
        const report = { id, at, event, warnings };
        const { group, isNew } = this.#groups.join(messageId, received.now, { source: 'server', report }, (created) => ({
          ...created,
          messageId,
        }));
        if (isNew) this.#store.addGroup(group);
        this.#messageIds.add(messageId);
        return group;
      },
    );
  }

  clear(): void {
    this.#store.clear();
    this.#groups.clear();
    this.#messageIds.clear();
  }

  /** Returns the newest `latest` requests, oldest first. */
  requests(latest?: number): JournalRequest[] {
    return this.#store.requests(latest);
  }

  /** Returns the messages in the order of their first arrival. */
  events(): JournalMessage[] {
    return [...this.#store.groups].map(({ messageId, event, reports, firstAt }) => ({
      messageId,
      type: toText(event.type) ?? '',
      eventId: isFields(event.data) ? toText(event.data.id) : null,
      at: new Date(firstAt).toISOString(),
      reports: reports.map(({ report }) => report),
      why:
        reports.length === 1
          ? 'The signature is valid, and the message arrived once.'
          : `The signature is valid. The message arrived ${reports.length} times with the same id, and counts once.`,
    }));
  }
}
