import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { EnrichedEvent } from '../../event/event.ts';
import { startTiktokSimulator } from '../../simulators/tiktok/simulator.ts';
import { eventArbitrary } from '../kit/event.fixture.ts';
import { tiktok } from './tiktok.ts';

test('§2.1 any payload is accepted by the simulator, which was written from the pages alone', async () => {
  const century = 3_200_000_000;
  const simulator = await startTiktokSimulator({ port: 0, overrides: { maxAgeSeconds: century, maxFutureSeconds: century } });
  onTestFinished(simulator.close);
  const connected = tiktok.connect({
    pixelCode: 'C4ABCDEF0123456789AB',
    token: 'tt-example-token-1',
    endpoint: simulator.url,
    pageViews: 'always',
    limitedDataUse: 'us-states',
  });
  if ('issues' in connected) throw new Error('the settings do not fit');
  const toTexts = (events: readonly EnrichedEvent[]) =>
    events.flatMap((event) => {
      const mapped = connected.platform.map({ ...event, consent: { stated: 'granted', effective: 'granted' } });
      return 'payload' in mapped ? [mapped.text] : [];
    });
  await fc.assert(
    fc.asyncProperty(fc.array(eventArbitrary, { minLength: 20, maxLength: 40 }), async (events) => {
      const texts = toTexts(events);
      if (texts.length === 0) return;
      const { url, headers, body } = connected.platform.encode(texts);
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect(await answer.json()).toMatchObject({ code: 0 });
    }),
    { numRuns: 25 },
  );
  const received = simulator.journalEvents().flatMap(({ server }) => server);
  expect(received.length).toBeGreaterThan(200);
  // A page or a value may be missing at the source; the mapping reports it.
  const warned = received.flatMap(({ warnings }) => warnings.map(({ field }) => field));
  expect(warned.filter((field) => field !== 'page.url' && field !== 'properties.value')).toEqual([]);
});
