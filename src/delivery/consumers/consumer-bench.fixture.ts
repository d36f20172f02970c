import type { Event } from '../../event/event.ts';
import { waitUntil } from '../delivery.fixture.ts';
import type { SendResult } from '../sending/http-sender.ts';
import type { TestSite } from '../test-site.fixture.ts';

/** Returns the helpers of a test file whose current site is that of `getSite`. */
export function createBench(getSite: () => TestSite) {
  /** Returns events with the ids `<prefix>0`, `<prefix>1` and so on. */
  const many = (count: number, prefix = 'e'): Event[] =>
    Array.from({ length: count }, (_, index) => getSite().event(`${prefix}${index}`));
  const ids = (events: readonly Event[]): string[] => events.map(({ id }) => id);

  /** Waits until the connection has settled everything up to the last offset. */
  const drained = (offsets: readonly string[]): Promise<void> =>
    waitUntil(async () => {
      const open = await getSite().store.getOpenAttempt(getSite().consumerId);
      return (
        !open &&
        (await getSite().state()).cursor === offsets.at(-1) &&
        (await getSite().store.getNextDueTime(getSite().consumerId)) === undefined
      );
    });

  /** Appends a purchase of a second reporter, so that purchases are held for a duplicate. */
  async function twoReporters(): Promise<void> {
    const past = { name: 'Purchase', receivedAt: 0 };
    const offsets = await getSite().append(getSite().event('p-1', past), getSite().event('p-2', { ...past, reporter: 'server' }));
    await drained(offsets);
  }

  /** Makes the vendor respond only when the test calls the returned function. */
  function answersLate(): (sent: SendResult) => void {
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    getSite().sender.answer = () => promise;
    return resolve;
  }

  return { many, ids, drained, twoReporters, answersLate };
}
