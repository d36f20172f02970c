import { describe, expect, it } from 'vitest';
import { testEventName } from '../../event/event-names.ts';
import { countBucketStart } from './event-counts.ts';
import { wayInCountedMs } from './site-activity.ts';
import { report, type StoreBench, start } from './store.fixture.ts';

export function waysInContract(bench: StoreBench): void {
  const { identify, restart } = bench;

  describe('ways in', () => {
    const read = (since = start, site = 'shop') => bench.store.listWaysIn(site, since);
    const own = { via: 'segment' } as const;

    it('each report counts once for its own way in, and a duplicate counts too', async () => {
      const page = {
        cursor: '5',
        reports: [
          report('1', 'browser', { isUndecided: true }),
          report('2', 'browser', own),
          report('3', 'browser', { ...own, at: start + 7, isUndecided: true }),
          report('4', 'server', own),
          report('5', 'webhook'),
        ],
      };
      await identify(page);
      await identify(page);
      await restart();
      await identify(page);
      const once = { reports: 1, undecided: 0, lastAt: start };
      expect(await read()).toEqual([
        { reporter: 'browser', ...once, undecided: 1 },
        { reporter: 'browser', ...own, reports: 2, undecided: 1, lastAt: start + 7 },
        { reporter: 'server', ...own, ...once },
        { reporter: 'webhook', ...once },
      ]);
      expect(await read(start, 'other')).toEqual([]);
    });

    it('test events and events that a rule added show no way in', async () => {
      const reports = [report('1', 'browser', { name: testEventName }), report('2', 'server', { addedFor: 'bing' })];
      await identify({ cursor: '2', reports });
      expect(await read()).toEqual([]);
    });

    it('the last report is known for ever, and reports count for a day', async () => {
      const later = start + 3 * wayInCountedMs;
      await identify({ cursor: '1', reports: [report('1', 'server'), report('1a', 'browser')] });
      expect(await read(later)).toMatchObject([
        { reporter: 'browser', reports: 0, lastAt: start },
        { reporter: 'server', reports: 0, lastAt: start },
      ]);
      const reports = [report('2', 'server', { at: start + 1 }), report('3', 'server', { at: later })];
      await identify({ cursor: '3', reports });
      // The reports of before the counted day are removed.
      expect(await read(countBucketStart(start))).toMatchObject([
        { reporter: 'browser', reports: 1 },
        { reporter: 'server', reports: 1, lastAt: later },
      ]);
    });
  });
}
