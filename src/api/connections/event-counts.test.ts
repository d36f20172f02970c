import { expect, it } from 'vitest';
import { countBucketMs } from '../../storage/ports/event-counts.ts';
import { createRecordLog } from '../../storage/ports/record-log.fixture.ts';
import { countEvents } from './event-counts.ts';

it('duplicates from before a connection take no undelivered event of the bucket in which it began', async () => {
  const since = 1_000 * countBucketMs;
  const toOffset = (index: number) => String(index).padStart(2, '0');
  // Ten events and their duplicates, then the connection and ten events.
  const records = Array.from({ length: 30 }, (_, index) => ({
    offset: toOffset(index + 1),
    at: since + index,
    key: `Lead\u001f${index}\u001fserver`,
  }));
  const state = { cursor: '20', begins: { after: '20', at: since + 19, events: 20 } };
  const connections = new Map([['shop/ads', { state, added: [], outcomes: [], deliveryTimes: [] }]]);
  const read = async (identityCursor: string, received: { readonly events: number; readonly duplicates: number }) => {
    const counts = { identityCursor, received: [{ bucket: since, ...received }], connections };
    const countDuplicates = async (_: string, after: string, through: string) =>
      records.filter(({ offset }) => offset > '10' && offset <= '20' && offset > after && offset <= through).length;
    const log = { ...createRecordLog(records), get: async () => [] };
    const sources = { log, store: { getEventCounts: async () => counts, countDuplicates } };
    const period = { since, until: since + countBucketMs, stretchMs: countBucketMs };
    const [counted] = (
      await countEvents(
        { id: 'shop', connections: [{ id: 'ads', destination: 'meta', enabled: true, settings: {} }] },
        sources,
        period,
      )
    ).connections;
    return { earlier: counted?.earlier, undelivered: counted?.undelivered, unmerged: counted?.unmerged };
  };
  expect(await read('30', { events: 20, duplicates: 10 })).toEqual({ earlier: [20], undelivered: [10], unmerged: [0] });
  expect(await read('15', { events: 10, duplicates: 5 })).toEqual({ earlier: [15], undelivered: [0], unmerged: [0] });
});
