import type { Event } from '../../event/event.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { waitUntil } from '../delivery.fixture.ts';
import type { TestSite } from '../test-site.fixture.ts';

/** Returns the helpers of a test file whose current site is that of `getSite`. */
export function createLane(getSite: () => TestSite) {
  const browsers = (count: number, prefix = 'b'): Event[] =>
    Array.from({ length: count }, (_, index) => getSite().event(`${prefix}${index}`));
  const server = (id: string, more: Partial<Event> = {}): Event => getSite().event(id, { reporter: 'server', ...more });

  const waitUntilSettled = (offsets: readonly Offset[]): Promise<void> =>
    waitUntil(async () => {
      const { cursor } = await getSite().state();
      const outcomes = await getSite().getOutcomes(offsets);
      return cursor === offsets.at(-1) && outcomes.every((outcome) => outcome !== undefined && outcome !== 'waiting');
    });

  /** Waits until the identity consumer has read everything, so that the connection starts with the whole backlog. */
  async function backlog(...events: readonly Event[]): Promise<Offset[]> {
    const { consumer } = getSite().identity();
    const offsets = await getSite().append(...events);
    await waitUntil(() => consumer.cursor === offsets.at(-1));
    return offsets;
  }

  return { browsers, server, waitUntilSettled, backlog };
}
