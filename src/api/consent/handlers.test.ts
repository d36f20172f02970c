import { expect, it } from 'vitest';
import type { ConsentCount } from '../../storage/log/consent-counts.ts';
import { readConsentChoices } from './handlers.ts';

const hourMs = 3_600_000;
const count: ConsentCount = { country: 'DE', source: 'tcf', version: '', choice: 'granted', events: 1 };

/** Reads a site's choices of the days in a zone with a half hour, from a log that counts since `start`. */
async function read(since: string, start: number, first: number | undefined, countsDays = 400) {
  const asked: number[][] = [];
  const log = {
    async getConsentCounts(_site: string, from: number, until: number) {
      asked.push([from, until]);
      return [count];
    },
    getConsentCountingStart: async () => start,
  };
  const store = { getCountedSince: async () => ({ events: 0, money: 0, refunds: 0, ...(first !== undefined && { first }) }) };
  const site = { id: 'shop', timeZone: 'Asia/Kolkata' };
  const view = await readConsentChoices(
    site,
    { since, until: '2026-12-02' },
    { log, store, now: () => Date.UTC(2026, 11, 2), countsDays },
  );
  return { asked, view };
}

it('the choices of local days are read by whole hours', async () => {
  const { asked, view } = await read('2026-12-01', 0, 1);
  expect(asked).toEqual([[Date.UTC(2026, 10, 30, 18), Date.UTC(2026, 11, 2, 18)]]);
  expect(view).toMatchObject({ timeZone: 'Asia/Kolkata', since: '2026-12-01', isComplete: true, browsers: { granted: 1 } });
});

it('the choices of a site are complete unless it had events before they were counted', async () => {
  const start = Date.UTC(2026, 11, 1, 12);
  expect((await read('2026-12-01', start, start - hourMs)).view).toMatchObject({ isComplete: false, countedSince: start });
  expect((await read('2026-12-02', start, start - hourMs)).view).toMatchObject({ isComplete: true, countedSince: start });
  for (const first of [start + hourMs, undefined]) {
    const { view } = await read('2026-12-01', start, first);
    expect(view).toMatchObject({ isComplete: true });
    expect(view).not.toHaveProperty('countedSince');
  }
});

it('the choices of days that are no longer kept are not complete', async () => {
  const { view } = await read('2026-12-01', 0, 1, 1);
  expect(view).toMatchObject({ isComplete: false, keptSince: Date.UTC(2026, 11, 1, 1) });
  expect((await read('2026-12-02', 0, 1, 1)).view).toMatchObject({ isComplete: true });
  expect((await read('2026-12-01', 0, Date.UTC(2026, 11, 1, 2), 1)).view).toMatchObject({ isComplete: true });
});
