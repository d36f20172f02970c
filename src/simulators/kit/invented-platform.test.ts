import { expect, onTestFinished, test } from 'vitest';
import { microsoftSimulator } from '../microsoft/simulator.ts';
import { startSideBySide } from '../side-by-side/side-by-side.ts';
import { acmeSimulator } from './acme.fixture.ts';

const event = { uid: 'o-<1>', kind: 'bought', total: 9 };
const send = (url: string, body: object) => fetch(`${url}/collect`, { method: 'POST', body: JSON.stringify(body) });

async function start() {
  const simulator = await acmeSimulator.start({ port: 0 });
  onTestFinished(simulator.close);
  return simulator;
}

test('the comparison of platforms includes an invented one, with its events and its own page', async () => {
  const compared = await startSideBySide([microsoftSimulator, acmeSimulator], { port: 0, values: {} });
  onTestFinished(compared.close);
  expect((await send(compared.url, { batch: [event] })).status).toBe(200);
  const page = await (await fetch(compared.url)).text();
  for (const text of ['Acme Ads', 'o-&lt;1&gt;', '9 coins', 'Acme counts everything.']) expect(page).toContain(text);
  expect(await (await fetch(`${compared.url}/acme/`)).text()).toContain('<main>1</main>');
});

test('the journal of an invented platform merges by its key, counts, and can be cleared', async () => {
  const simulator = await start();
  await send(simulator.url, { batch: [event, { ...event, uid: 'o-2' }] });
  await send(simulator.url, { batch: [event] });
  await send(simulator.url, {});
  expect(simulator.journalEvents().map(({ eventId, isMerged }) => [eventId, isMerged])).toEqual([
    ['o-<1>', true],
    ['o-2', false],
  ]);
  expect(simulator.journal().map(({ status }) => status)).toEqual([200, 200, 400]);
  simulator.clearJournal();
  expect([simulator.journal(), simulator.journalEvents()]).toEqual([[], []]);
});

test('an invented platform keeps as many requests as its starter permits, and is emptied by it', async () => {
  const limits = { journalRequests: 2, journalBytes: 1_000 };
  const compared = await startSideBySide([acmeSimulator], { port: 0, values: {}, limits });
  onTestFinished(compared.close);
  for (const uid of ['o-1', 'o-2', 'o-3']) await send(compared.url, { batch: [{ ...event, uid }] });
  const [{ simulator } = {}] = compared.platforms;
  expect(simulator?.listEvents().map(({ eventId }) => eventId)).toEqual(['o-2', 'o-3']);
  simulator?.clear();
  expect(simulator?.listEvents()).toEqual([]);
});

test('a fault of an invented platform is limited to one of its events and to a number of requests', async () => {
  const simulator = await start();
  simulator.faults({ mode: 'reset', eventIds: ['o-2'], count: 1 });
  expect((await send(simulator.url, { batch: [event] })).status).toBe(200);
  await expect(send(simulator.url, { batch: [{ ...event, uid: 'o-2' }] })).rejects.toThrow('fetch failed');
  expect((await send(simulator.url, { batch: [{ ...event, uid: 'o-2' }] })).status).toBe(200);
  expect(simulator.faults().mode).toBe('ok');
});
