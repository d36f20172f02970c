import type { Settings } from '../settings.ts';
import { type ApiReply, unknownRequestId } from './google-error.ts';
import type { AcceptedEvent, IngestAnswer } from './ingest.ts';

interface StoredRequest {
  readonly receivedAt: number;
  readonly destinations: readonly { readonly fields: object; readonly actionId: string }[];
  readonly events: readonly AcceptedEvent[];
}

const maxRequests = 20_000;

/** The requests that were received, with their verdicts. */
export class RequestStatuses {
  readonly #settings: Settings;
  readonly #requests = new Map<string, StoredRequest>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  add({ stored, accepted = [] }: IngestAnswer, receivedAt: number): void {
    if (stored === undefined) return;
    this.#requests.set(stored.requestId, { receivedAt, destinations: stored.destinations, events: accepted });
    const [oldest] = this.#requests.keys();
    if (this.#requests.size > maxRequests && oldest !== undefined) this.#requests.delete(oldest);
  }

  /** Returns whether the verdict on a request that was received at this time is known. */
  isReady(receivedAt: number, now: number): boolean {
    return now >= receivedAt + this.#settings.verdictAfterMs;
  }

  /**
   * Answers `GET /v1/requestStatus:retrieve`. Google counts reasons and names no event. One of its reasons lacks a part of the prefix.
   * @source https://github.com/googleapis/googleapis/blob/master/google/ads/datamanager/v1/processing_errors.proto (2026-08-22)
   */
  retrieve(requestId: string, now: number, { isHeld = false } = {}): ApiReply {
    const request = this.#requests.get(requestId);
    if (request === undefined) return unknownRequestId();
    const isReady = !isHeld && this.isReady(request.receivedAt, now);
    const statuses = request.destinations.map(({ fields, actionId }) => {
      const events = request.events.filter(({ account }) => account === actionId);
      const counts = new Map<string, number>();
      if (isReady) for (const { void: error } of events) if (error !== undefined) counts.set(error, (counts.get(error) ?? 0) + 1);
      const refused = [...counts.values()].reduce((sum, many) => sum + many, 0);
      return {
        destination: fields,
        requestStatus: !isReady
          ? 'PROCESSING'
          : refused === 0
            ? 'SUCCESS'
            : refused < events.length
              ? 'PARTIAL_SUCCESS'
              : 'FAILED',
        ...(isReady && {
          errorInfo: {
            errorCounts: [...counts].map(([reason, many]) => ({ recordCount: String(many), reason: toFullReason(reason) })),
          },
          warningInfo: { warningCounts: [] },
        }),
        eventsIngestionStatus: { recordCount: String(events.length) },
      };
    });
    return { status: 200, body: { requestStatusPerDestination: statuses } };
  }

  clear(): void {
    this.#requests.clear();
  }
}

const toFullReason = (reason: string): string =>
  reason === 'OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER' ? `PROCESSING_ERROR_${reason}` : `PROCESSING_ERROR_REASON_${reason}`;
