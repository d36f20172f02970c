import type { EventResult, ResponseVerdict } from '../../destinations/kit/destination.ts';
import { dayMs } from '../../event/units.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcome } from '../../storage/ports/outcomes.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import type { BatchMember } from '../planning/batch-member.ts';
import type { BatchPlan } from '../planning/batch-plan.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import type { RequestOutcome } from './attempt-result.ts';
import type { SettleContext } from './settle-context.ts';

export const formatOffset = (index: number) => String(index).padStart(6, '0');
export const mapped = { field: 'pageTitle', code: 'shortened', message: 'Shorten it.' };

export function aMember(offset: string): BatchMember {
  const bytes = Buffer.from(offset);
  const match = { day: '2026-11-24', keys: ['email'], lacks: { phone: 'anonymous' } } as const;
  return { offset, eventName: 'Lead', eventId: `id-${offset}`, bytes, text: '', size: 10, issues: [mapped], match };
}

export const fourthOnWay: DeferredDelivery = { offset: '000009', reason: 'hold', dueAt: start + 90_000, tries: 0 };
export const corrupt = {
  offset: '000008',
  cause: 'corrupt',
  issues: [sampleIssue],
  eventName: 'Lead',
  eventId: 'x',
  bytes: new Uint8Array(),
  at: start,
} as const;

export const receivedAt = new Map([1, 2, 3, 7, 8, 9].map((index) => [formatOffset(index), start]));
/** Three members, a skip, a hold and a dead letter. */
export const fromLog: BatchPlan = {
  through: '000009',
  members: [1, 2, 3].map((index) => aMember(formatOffset(index))),
  skips: [{ offset: '000007', outcome: 'bot', issues: [] }],
  holds: [fourthOnWay],
  deadLetters: [corrupt],
  receivedAt,
};
export const rows: readonly DeferredDelivery[] = [1, 2, 3].map((index) => ({
  offset: formatOffset(index),
  reason: 'bisect',
  dueAt: start - 5,
  tries: index - 1,
  part: 'root.0',
}));
export const fromDeferred: BatchPlan = { members: fromLog.members, skips: [], holds: [], deadLetters: [], receivedAt };

export const state = buildConnectionState({ cursor: '000000', verdicts: '0' });

export function context(more: Partial<SettleContext> = {}): SettleContext {
  return {
    state,
    now: start,
    random: () => 0.5,
    attemptId: 'a1',
    deferred: [],
    bisection: { requests: 1, lastDueAt: 0 },
    maxAgeMs: 7 * dayMs,
    ...more,
  };
}

export const respond = (decoded: ResponseVerdict, status = 400): RequestOutcome => ({
  response: { status, headers: {}, body: 'words', incomplete: false as const },
  verdict: decoded,
});
export const delivered: EventResult = { outcome: 'delivered', issues: [] };
export const getOutcomes = (commit: DeliveryCommit): Record<string, EventOutcome> =>
  Object.fromEntries((commit.outcomes ?? []).map(({ offset, outcome }) => [offset, outcome]));
export const getDeferred = (commit: DeliveryCommit) =>
  (commit.putDeferred ?? []).map(({ offset, reason: why, part }) => [offset, why, part]);
