import type { Settings } from '../settings.ts';
import { resolveSettings } from '../settings.ts';
import { readBeacon } from '../tag/parse-beacon.ts';
import { Goals } from './event-goals.ts';
import { Journal } from './journal.ts';
import { summarize } from './summary.ts';

export const hour = 3_600_000;
export const start = Date.UTC(2026, 10, 24, 10);

/** Creates a journal with the default goals, and shorthands that add entries. */
export function createJournal(overrides: Partial<Settings> = {}) {
  const goals = new Goals();
  const entries = new Journal(resolveSettings(undefined, overrides), goals);
  const receive = (
    events: readonly Record<string, unknown>[],
    { at = start, tagId = '187012345', bodyBytes = 100 } = {},
  ): void => {
    const processed = events.map((event, index) => ({ index, event, warnings: [] }));
    const answer = { status: 200, headers: {}, body: { eventsReceived: events.length }, processed };
    entries.add({
      now: at,
      tagId,
      hasToken: true,
      body: { data: events },
      bodyBytes,
      sent: events.length,
      fault: 'ok',
      answered: 'whole',
      answer,
    });
  };
  const beacon = (parameters: Record<string, string>, { at = start, bytes = 100 } = {}): void => {
    const read = readBeacon({ ti: '187012345', evt: 'custom', ...parameters });
    entries.addBeacon({ now: at, beacon: read, bytes, isKnownTag: true });
  };
  const summary = () => summarize(entries.events(), goals.current());
  return { entries, receive, beacon, summary };
}
