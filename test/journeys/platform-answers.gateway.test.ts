import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type OpenaiSimulator, startOpenaiSimulator } from '../../src/simulators/openai-ads/simulator.ts';
import { type PinterestSimulator, startPinterestSimulator } from '../../src/simulators/pinterest/simulator.ts';
import { purchase } from '../gateway.fixture.ts';
import { settleAll } from '../paced-gateway.fixture.ts';
import { PlatformShops } from './platform-shops.fixture.ts';

/** Events of servers, whatever Pinterest and OpenAI answer. */

const token = 'good-token';
const [adAccountId, pixelId] = ['549755885175', 'px-1'];
const clock = createPacedClock();
let shops: PlatformShops<'pinterest' | 'openai'>;
let pinterest: PinterestSimulator;
let openai: OpenaiSimulator;

beforeAll(async () => {
  const options = { port: 0, now: clock.now };
  pinterest = await startPinterestSimulator({ ...options, tokens: { [adAccountId]: token }, overrides: { strict: true } });
  openai = await startOpenaiSimulator({ ...options, tokens: { [pixelId]: token } });
  const to = (destination: string, settings: object) => ({ connections: [{ id: destination, destination, settings }] });
  shops = await PlatformShops.open(
    {
      pinterest: { simulators: [pinterest], site: to('pinterest', { adAccountId, token, endpoint: pinterest.url }) },
      openai: { simulators: [openai], site: to('openai-ads', { pixelId, token, endpoint: openai.url }) },
    },
    clock,
  );
});
afterAll(() => shops.close());
beforeEach(() => {
  pinterest.faults({ mode: 'ok' });
  openai.faults({ mode: 'ok' });
  shops.clearJournals();
});

const settle = () => settleAll(shops.gateway, clock);
const fill = (ids: readonly string[], outcome: string) => Object.fromEntries(ids.map((id) => [id, outcome]));

const lead = (id: string) => ({
  name: 'Lead',
  id,
  time: clock.now(),
  user: { email: 'pat.lee+pins@example.com' },
  consent: { adStorage: 'granted', explicit: true },
});

it.each(['html', 'html-200', 'truncated', '200-then-drop', 'reset', '401', '403', '429', '503', '422-no-list'] as const)(
  'no event is lost, and none is counted twice, after the answer %s of Pinterest',
  async (mode) => {
    const ids = [`${mode}-1`, `${mode}-2`];
    pinterest.faults({ mode, count: 2 });
    await shops.post('pinterest', ids.map(lead));
    await settle();
    expect(await shops.readOutcomes('pinterest', ids)).toEqual(fill(ids, 'delivered'));
    expect(pinterest.journalEvents().map(({ eventId, counted }) => [eventId, counted])).toEqual(ids.map((id) => [id, 'server']));
  },
);

it("Pinterest's 200 delivers the events that it names as processed, and no other", async () => {
  pinterest.faults({ mode: 'reject', eventIds: ['f-2'] });
  const ids = ['f-1', 'f-2', 'f-3'];
  await shops.post('pinterest', ids.map(lead));
  await settle();
  expect(await shops.readOutcomes('pinterest', ids)).toEqual({ 'f-1': 'delivered', 'f-2': 'dead', 'f-3': 'delivered' });
  expect(pinterest.journalEvents().map(({ eventId }) => eventId)).toEqual(['f-1', 'f-3']);
});

const sale = (id: string) =>
  purchase(id, { user: { email: 'jane.doe@example.com' }, page: { url: 'https://shop.example/thanks' } });

it('no event is lost, and none is delivered that OpenAI did not accept, whatever OpenAI answers', async () => {
  const faults = ['html', 'truncated', 'error-in-200', '401', '429', '400-no-details'] as const;
  for (const [index, mode] of faults.entries()) {
    // A refusal of the batch without a reason is bisected, so it must end before the last event is alone.
    openai.faults({ mode, count: mode === '400-no-details' ? 1 : 2 });
    const ids = [`w-${index}-a`, `w-${index}-b`];
    await shops.post('openai', ids.map(sale));
    await settle();
    const accepted = openai.journalEvents().filter(({ eventId }) => ids.includes(eventId ?? ''));
    expect(accepted.map(({ eventId, counted }) => [eventId, counted]).toSorted(), mode).toEqual(ids.map((id) => [id, 'server']));
    expect(await shops.readOutcomes('openai', ids), mode).toEqual(fill(ids, 'delivered'));
  }
});

it('an event that OpenAI refuses becomes a dead letter, and the others of its batch are delivered', async () => {
  openai.faults({ mode: 'reject', eventIds: ['r-2'] });
  const ids = ['r-1', 'r-2', 'r-3'];
  await shops.post('openai', ids.map(sale));
  await settle();
  const received = openai.journalEvents().map(({ eventId }) => eventId);
  expect(received.toSorted()).toEqual(['r-1', 'r-3']);
  expect(await shops.readOutcomes('openai', ids)).toEqual({ 'r-1': 'delivered', 'r-2': 'dead', 'r-3': 'delivered' });
});
