import type { Event } from '../../event/event.ts';
import { buildRecord, start } from '../delivery.fixture.ts';
import { tinyPlatform } from '../tiny-platform.fixture.ts';
import { decide } from './decide.ts';
import type { DecisionContext } from './decision.ts';
import type { LoadedEvent } from './loaded-event.ts';
import { mergeReports } from './merge-reports.ts';

export const context: DecisionContext = {
  destination: tinyPlatform,
  bots: 'drop',
  purchaseHoldMs: 0,
  purchases: 'as-reported',
  timeZone: 'UTC',
  now: start,
};
export const pending = { stated: 'unknown', effective: 'pending' } as const;

export interface Circumstances extends Partial<Omit<LoadedEvent, 'event' | 'duplicates'> & DecisionContext> {
  readonly duplicates?: readonly Event[];
}

export function found(event: Event, { duplicates = [], ...more }: Circumstances = {}): LoadedEvent {
  return {
    record: buildRecord('7', event),
    isDuplicate: false,
    duplicates: duplicates.length,
    event: mergeReports([event, ...duplicates]),
    issues: [],
    absentReason: undefined,
    ...more,
  };
}

/** Returns the browser's report alone. */
export function createFallback(event: Event) {
  return { record: buildRecord('7', event), event: mergeReports([event]), issues: [] };
}

export function become(event: Event, more: Circumstances = {}) {
  return decide(found(event, more), { ...context, ...more });
}

export const outcome = (of: string, issues: unknown[] = []) => ({ skip: { offset: '7', outcome: of, issues } });
