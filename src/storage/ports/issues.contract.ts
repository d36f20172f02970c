import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { NewIssue } from './issues.ts';
import { type StoreBench, start } from './store.fixture.ts';

export function issuesContract(bench: StoreBench): void {
  const { restart } = bench;
  const issue: NewIssue = {
    id: 'k3v9',
    key: 'delivery/shop/bing',
    site: 'shop',
    beganAt: start - hourMs,
    rank: 1,
    content: { title: 'Bing refuses the token', events: 3 },
  };
  const changes = async () => (await bench.store.getIssue(issue.id))?.history.map(({ change }) => change);

  describe('issues', () => {
    it('an issue begins once, and keeps what people decided across a restart', async () => {
      const { store } = bench;
      const begun = await store.beginIssue(issue, start);
      expect(begun).toMatchObject({ ...issue, openedAt: start, isAcknowledged: false });
      expect(await store.beginIssue({ ...issue, id: 'other' }, start)).toEqual(begun);
      expect(await store.decideIssue(issue.id, { change: 'acknowledged' }, 'vera', start + 1)).toMatchObject({
        isAcknowledged: true,
      });
      await store.decideIssue(issue.id, { change: 'snoozed', until: start + hourMs }, undefined, start + 2);
      await store.decideIssue(issue.id, { change: 'assigned', to: 'ben' }, 'vera', start + 3);
      await restart();
      const [open, ...others] = await bench.store.listOpenIssues();
      expect(others).toEqual([]);
      expect(open).toEqual({
        ...issue,
        openedAt: start,
        isAcknowledged: true,
        snoozedUntil: start + hourMs,
        assignee: 'ben',
        history: [
          { at: start, change: 'began' },
          { at: start + 1, change: 'acknowledged', by: 'vera' },
          { at: start + 2, change: 'snoozed', until: start + hourMs },
          { at: start + 3, change: 'assigned', to: 'ben', by: 'vera' },
        ],
      });
      expect(await bench.store.decideIssue('none', { change: 'acknowledged' }, undefined, start)).toBeUndefined();
      const { isAcknowledged, ...rest } = (await bench.store.decideIssue(issue.id, { change: 'opened' }, undefined, start)) ?? {};
      expect([isAcknowledged, Object.hasOwn(rest, 'snoozedUntil')]).toEqual([false, false]);
    });

    it('an issue that worsens is open again, and one that only has other figures is not', async () => {
      const { store } = bench;
      await store.beginIssue(issue, start);
      await store.decideIssue(issue.id, { change: 'acknowledged' }, undefined, start);
      await store.changeIssue(issue.id, { events: 4 }, 1, start);
      expect(await store.getIssue(issue.id)).toMatchObject({ content: { events: 4 }, isAcknowledged: true });
      await store.changeIssue(issue.id, { events: 5 }, 0, start);
      expect(await store.getIssue(issue.id)).toMatchObject({ content: { events: 5 }, rank: 0, isAcknowledged: false });
      expect(await changes()).toEqual(['began', 'acknowledged', 'worsened']);
      await store.changeIssue(issue.id, { events: 6 }, 1, start + 2);
      await store.changeIssue(issue.id, { events: 7 }, 0, start + 1);
      expect(await store.getIssue(issue.id)).toMatchObject({ content: { events: 6 }, rank: 1 });
    });

    it('an issue that returns within an hour is the same one, and open again; later it is a new one', async () => {
      const { store } = bench;
      await store.beginIssue(issue, start);
      await store.decideIssue(issue.id, { change: 'acknowledged' }, undefined, start);
      expect(await store.endIssue(issue.id, start + minuteMs)).toBe(true);
      expect(await store.endIssue(issue.id, start + minuteMs)).toBe(false);
      expect(await store.listOpenIssues()).toEqual([]);
      expect(await store.listEndedIssues(10)).toMatchObject([{ id: issue.id, endedAt: start + minuteMs }]);
      // The facts of the beginning are older than those of the end.
      expect(await store.beginIssue({ ...issue, id: 'new' }, start)).toBeUndefined();
      const back = await store.beginIssue({ ...issue, id: 'new', rank: 0 }, start + 30 * minuteMs);
      expect(back).toMatchObject({ id: issue.id, beganAt: issue.beganAt, isAcknowledged: false, rank: 0 });
      expect(back).not.toHaveProperty('endedAt');
      expect(await changes()).toEqual(['began', 'acknowledged', 'ended', 'returned']);
      expect(await store.endIssue(issue.id, start + 20 * minuteMs)).toBe(false);
      await store.endIssue(issue.id, start + 40 * minuteMs);
      expect(await store.beginIssue({ ...issue, id: 'new' }, start + 2 * hourMs)).toMatchObject({ id: 'new' });
    });

    it('an issue that returns keeps its snooze, unless it is worse', async () => {
      const { store } = bench;
      const snoozed = { change: 'snoozed', until: start + hourMs } as const;
      const come = async (rank: number, at: number) => {
        const { snoozedUntil } = (await store.beginIssue({ ...issue, rank }, at)) ?? {};
        await store.endIssue(issue.id, at);
        return snoozedUntil;
      };
      await store.beginIssue(issue, start);
      await store.decideIssue(issue.id, snoozed, undefined, start);
      await store.endIssue(issue.id, start);
      expect([await come(1, start + 1), await come(2, start + 2), await come(1, start + 3)]).toEqual([
        ...[snoozed.until, snoozed.until, undefined],
      ]);
    });

    it('ended issues are removed by their end, and open ones stay', async () => {
      const { store } = bench;
      await store.beginIssue(issue, start);
      await store.beginIssue({ ...issue, id: 'open', key: 'disk' }, start);
      await store.endIssue(issue.id, start + 1);
      await store.removeIssues(start + 1);
      expect(await store.getIssue(issue.id)).toBeDefined();
      await store.removeIssues(start + dayMs);
      expect(await store.getIssue(issue.id)).toBeUndefined();
      expect((await store.listOpenIssues()).map(({ id }) => id)).toEqual(['open']);
    });
  });
}
