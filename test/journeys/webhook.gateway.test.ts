import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { startWebhookSimulator } from '../../src/simulators/webhook/simulator.ts';
import { eventually, makeFolder, post, purchase } from '../gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from '../paced-gateway.fixture.ts';

/** A gateway that sends each event to a receiver, which verifies the signature. */

const toSecret = (text: string) => `whsec_${Buffer.from(text.repeat(2)).toString('base64')}`;
const [oldSecret, newSecret] = [toSecret('old secret of 24 bytes!!'), toSecret('new secret of 24 bytes!!')];
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const clock = createPacedClock();
const folder = makeFolder();
let receiver: Awaited<ReturnType<typeof startWebhookSimulator>>;
let gateway: PacedGateway;

beforeAll(async () => {
  // The receiver has changed to the new secret already.
  receiver = await startWebhookSimulator({ port: 0, now: clock.now, overrides: { secrets: [newSecret] } });
  const settings = { url: `${receiver.url}/receive`, secrets: [newSecret, oldSecret] };
  const site = { connections: [{ id: 'warehouse', destination: 'webhook', settings }] };
  gateway = await startPacedGateway(folder.writeConfig(receiver.url, { site }), clock);
});
afterAll(async () => {
  await gateway.stop();
  await receiver.close();
  folder.remove();
});
beforeEach(() => receiver.clearJournal());

const order = (id: string) =>
  purchase(id, {
    user: {
      email: ' Jane.Doe@Example.com',
      phone: '+1 425 555 1234',
      ip: '203.0.113.42',
      userAgent: agent,
      country: 'US',
    },
    page: { url: 'https://shop.example/thanks' },
  });

async function listOutcomes(limit: number): Promise<unknown> {
  const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop', limit });
  return Object.fromEntries(events.flatMap((event) => ('id' in event ? [[event.id, event.outcomes[0]?.outcome]] : [])));
}

it('a receiver verifies the canonical event, without address, agent, e-mail and phone', async () => {
  await post(gateway.url, [order('o-1')]);
  await settleAll(gateway, clock);
  const [message, ...others] = receiver.journalEvents();
  expect(others).toEqual([]);
  expect(message).toMatchObject({
    type: 'event.Purchase',
    eventId: 'o-1',
    reports: [{ event: { data: { name: 'Purchase', site: 'shop' } } }],
  });
  const sent = JSON.stringify(receiver.journal());
  for (const personal of ['203.0.113.42', agent, 'jane.doe@example.com', '4255551234', oldSecret, newSecret])
    expect(sent.toLowerCase()).not.toContain(personal.toLowerCase());
  expect(sent).toContain('"country":"US"');
});

it('no message is lost or counted twice, and none is delivered that the receiver did not confirm, whatever it answers', async () => {
  const faults = ['500', '429', 'html', '401', '404', 'redirect', '200-then-drop'] as const;
  for (const [index, mode] of faults.entries()) {
    receiver.faults({ mode, count: 2 });
    await post(gateway.url, [order(`w-${index}-a`), order(`w-${index}-b`)]);
    await settleAll(gateway, clock);
    const ids = receiver.journalEvents().flatMap(({ eventId }) => (eventId?.startsWith(`w-${index}-`) ? [eventId] : []));
    expect(ids.toSorted(), mode).toEqual([`w-${index}-a`, `w-${index}-b`]);
    expect(await listOutcomes(2), mode).toEqual({ [`w-${index}-a`]: 'delivered', [`w-${index}-b`]: 'delivered' });
  }
});

it('an event that the receiver refuses becomes a dead letter, and later events are delivered', async () => {
  receiver.faults({ mode: '422', eventIds: ['r-1'] });
  await post(gateway.url, [order('r-1'), order('r-2')]);
  await settleAll(gateway, clock);
  expect(receiver.journalEvents().map(({ eventId }) => eventId)).toEqual(['r-2']);
  expect(await listOutcomes(2)).toEqual({ 'r-1': 'dead', 'r-2': 'delivered' });
});

it('the connection sends nothing after a 410, also no probe, until an operator resumes it', async () => {
  receiver.faults({ mode: '410' });
  await post(gateway.url, [order('g-1')]);
  const isPaused = async () => {
    const [connection] = await gateway.callApi('GET /api/connections', {});
    return connection?.says.includes('410') ?? false;
  };
  expect(await eventually(isPaused)).toBe(true);
  clock.pace(1_000);
  await clock.pass(1_800_000);
  clock.pace(1);
  expect(receiver.journal()).toHaveLength(1);
  receiver.faults({ mode: 'ok' });
  await gateway.callApi('POST /api/sites/:site/connections/:connection/:action', {
    site: 'shop',
    connection: 'warehouse',
    action: 'resume',
  });
  await settleAll(gateway, clock);
  expect(receiver.journalEvents().map(({ eventId }) => eventId)).toEqual(['g-1']);
});
