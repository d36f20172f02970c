import { expect, it, vi } from 'vitest';
import { useTestStorage } from '../test-site.fixture.ts';
import { expireEvents } from './expire-events.ts';

const storage = useTestStorage();

it('other work runs between two pages of events that expire', async () => {
  const testSite = storage.createSite(100);
  await testSite.prepare({ cursor: '' });
  const offsets = await testSite.append(...Array.from({ length: 2_001 }, (_, index) => testSite.event(`e${index}`)));
  const { log, store, site, consumerId: consumer } = testSite;
  let turns = 0;
  let counting = setImmediate(function count() {
    turns += 1;
    counting = setImmediate(count);
  });
  const turnsOfReads: number[] = [];
  const read = log.read.bind(log);
  vi.spyOn(log, 'read').mockImplementation((partition, ...page) => {
    // The log may have sites of earlier files, which end their work meanwhile.
    if (partition === site) turnsOfReads.push(turns);
    return read(partition, ...page);
  });
  const source = { consumer, site, log, store };
  const expired: (number | undefined)[] = [];
  for await (const commit of expireEvents(source, await testSite.state(), offsets.at(-1) ?? '', testSite.clock.now()))
    expired.push(commit.expired?.events);
  clearImmediate(counting);
  vi.restoreAllMocks();
  expect(expired).toEqual([2_001]);
  expect(turnsOfReads).toHaveLength(3);
  expect(new Set(turnsOfReads).size, 'two pages were read in one turn').toBe(3);
});
