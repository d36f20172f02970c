import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { hourMs } from '../../src/event/units.ts';
import { startTiktokSimulator, type TiktokSimulator } from '../../src/simulators/tiktok/simulator.ts';
import { eventually, purchase } from '../gateway.fixture.ts';
import { settleAll } from '../paced-gateway.fixture.ts';
import { PlatformShops } from './platform-shops.fixture.ts';

/** Events of servers, whatever TikTok answers. */

const [pixelCode, token] = ['C4ABCDEF0123456789AB', 'good-token'];
const clock = createPacedClock();
let shops: PlatformShops<'tiktok'>;
let tiktok: TiktokSimulator;

beforeAll(async () => {
  tiktok = await startTiktokSimulator({ port: 0, tokens: { [pixelCode]: token }, now: clock.now });
  const settings = { pixelCode, token, endpoint: tiktok.url };
  const site = { connections: [{ id: 'tiktok', destination: 'tiktok', settings }] };
  shops = await PlatformShops.open({ tiktok: { simulators: [tiktok], site } }, clock);
});
afterAll(() => shops.close());
beforeEach(() => shops.clearJournals());

const settle = () => settleAll(shops.gateway, clock);
const fill = (ids: readonly string[], outcome: string) => Object.fromEntries(ids.map((id) => [id, outcome]));

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
/** An event that is not held for a second report. */
const order = (id: string) =>
  purchase(id, {
    name: 'Lead',
    time: clock.now(),
    user: { email: 'jane@shop.example', ip: '203.0.113.42', userAgent },
    page: { url: 'https://shop.example/thanks' },
  });

it('no event is lost, and none is delivered that TikTok did not take, whatever TikTok answers', async () => {
  const faults = [
    { mode: 'html' },
    { mode: 'truncated' },
    { mode: 'no-code' },
    { mode: 'revoked' },
    { mode: 'throttle', status: 401 },
    { mode: 'throttle', status: 200, retryAfter: 2 },
    { mode: 'system-error', status: 200 },
    { mode: '403' },
    { mode: '200-then-drop' },
  ] as const;
  const ids: string[] = [];
  clock.pace(20);
  for (const [index, fault] of faults.entries()) {
    const id = `o-${index}`;
    ids.push(id);
    const before = tiktok.journal().length;
    tiktok.faults(fault);
    await shops.post('tiktok', [order(id)]);
    expect(await eventually(() => tiktok.journal().length > before), fault.mode).toBe(true);
    expect(['undelivered', 'waiting'], fault.mode).toContain((await shops.readOutcomes('tiktok', [id]))[id]);
    tiktok.faults({ mode: 'ok' });
    await settle();
    expect(await shops.readOutcomes('tiktok', [id]), fault.mode).toEqual({ [id]: 'delivered' });
  }
  const counted = tiktok
    .journalEvents()
    .map(({ eventId, server }) => [eventId, server.filter(({ use }) => use === 'first').length]);
  expect(new Map(counted.map(([id, times]) => [id, times]))).toEqual(new Map(ids.map((id) => [id, 1])));
  expect(counted).toHaveLength(ids.length);
});

/** Lets a day pass until the gateway has swept. Events expire only by a clock that is less than two days ahead of the last sweep. */
async function passDay(): Promise<void> {
  const waitForSweep = expectSweep();
  clock.jump(23 * hourMs);
  clock.pace(1_000);
  await waitForSweep();
  clock.pace(20);
}

/** Returns a function that waits for a sweep which ends after this call. */
function expectSweep(): () => Promise<void> {
  const count = () => shops.gateway.lines.filter(({ msg, site }) => msg === 'old data removed' && site === 'tiktok').length;
  const before = count();
  return async () => expect(await eventually(() => count() > before)).toBe(true);
}

it('an event is sent for 47 hours, and not after TikTok would count its copy again', async () => {
  await passDay();
  tiktok.faults({ mode: 'html' });
  await shops.post('tiktok', [order('late')]);
  const waitForAttempt = async () => {
    const before = tiktok.journal().length;
    expect(await eventually(() => tiktok.journal().length > before)).toBe(true);
  };
  const readLate = async () => (await shops.readOutcomes('tiktok', ['late'])).late;
  await waitForAttempt();
  const waitForSweep = expectSweep();
  clock.jump(46 * hourMs);
  await waitForAttempt();
  await waitForSweep();
  expect(['undelivered', 'waiting']).toContain(await readLate());
  clock.jump(hourMs);
  expect(await eventually(async () => (await readLate()) === 'dead')).toBe(true);
  tiktok.faults({ mode: 'ok' });
  await shops.post('tiktok', [order('next')]);
  await settle();
  expect(tiktok.journalEvents().map(({ eventId }) => eventId)).toEqual(['next']);
});

it('only the refused events are dead, and a partial success delivers nothing, when a 200 of TikTok has a code', async () => {
  tiktok.faults({ mode: 'reject', eventIds: ['bad-1', 'bad-2', 'bad-3'] });
  await shops.post('tiktok', ['good-1', 'bad-1', 'good-2', 'bad-2', 'bad-3', 'good-3'].map(order));
  await settle();
  tiktok.faults({ mode: 'reject', eventIds: ['unnamed'], details: 'none' });
  await shops.post('tiktok', ['good-4', 'unnamed', 'good-5'].map(order));
  await settle();
  tiktok.faults({ mode: 'partial', count: 1 });
  await shops.post('tiktok', [order('part')]);
  await settle();
  tiktok.faults({ mode: 'ok' });
  const [good, bad] = [
    ['good-1', 'good-2', 'good-3', 'good-4', 'good-5'],
    ['bad-1', 'bad-2', 'bad-3', 'unnamed'],
  ];
  expect(await shops.readOutcomes('tiktok', bad)).toEqual(fill(bad, 'dead'));
  expect(await shops.readOutcomes('tiktok', good)).toEqual(fill(good, 'delivered'));
  expect(await shops.readOutcomes('tiktok', ['part'])).toEqual({ part: 'unverified' });
  const received = tiktok.journalEvents().map(({ eventId }) => eventId);
  expect(received.toSorted()).toEqual([...good, 'part']);
});
