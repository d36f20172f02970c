import { join } from 'node:path';
import { expect, test } from 'vitest';
import { destinations, findDestination } from '../../destinations/destinations.ts';
import { fixtureSettings, readFixture } from '../../destinations/kit/fixtures.suite.ts';
import { parseEvent } from '../../event/parse-event.ts';
import type { Connection } from '../../event/site.ts';
import type { TestEventFields } from '../../event/test-event.ts';
import { createMemoryLog } from '../collector.fixture.ts';
import { now, shop } from '../site.fixture.ts';
import { createTestEventSender } from './test-event.ts';

const connect = (id: string, enabled = true): Connection => ({ id, destination: id, enabled, settings: {} });

/** Sends a test event to these connections, and returns the event of the log. */
async function send(connections: readonly Connection[], required: Readonly<Record<string, TestEventFields>>) {
  const log = createMemoryLog();
  const sendTest = createTestEventSender({
    append: log.append,
    now: () => now,
    newId: () => '1',
    metrics: { countReceived: () => {}, countResults: () => {}, countRefused: () => {} },
    wake: () => {},
    getRequiredFields: ({ id }) => required[id] ?? {},
  });
  await sendTest({ ...shop, connections });
  const [record] = log.calls.flat();
  const event = record && parseEvent(record.bytes);
  if (!event) throw new Error('no event was stored');
  return event;
}

test('a test event has the required fields of each enabled connection', async () => {
  const event = await send([connect('a'), connect('b'), connect('off', false)], {
    a: { user: { userAgent: 'Test/1.0' }, page: { url: 'https://shop.example/' } },
    b: { clickIds: { msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab' }, commerce: { value: 1, currency: 'EUR' } },
    off: { page: { title: 'unused' } },
  });
  expect(event).toMatchObject({
    name: 'convey_test',
    reporter: 'server',
    client: { userAgent: 'Test/1.0' },
    identity: { clickIds: { msclkid: { value: 'dd4afcccb1c94a4cad9544dd7e5006ab' } }, anonymousId: expect.any(String) },
    page: { url: 'https://shop.example/' },
    commerce: { value: 1, currency: 'EUR' },
    warnings: [],
  });
  expect(event.page).not.toHaveProperty('title');
});

test.each(destinations.map(({ id }) => id))('a test event reaches %s', async (id) => {
  const file = join(import.meta.dirname, `../../destinations/${id}/fixtures/settings.json`);
  const connected = findDestination(id)?.connect(fixtureSettings.parse(readFixture(file)));
  if (!connected || !('platform' in connected)) throw new Error('the settings of the fixture are invalid');
  const { platform } = connected;
  const event = await send([connect(id)], { [id]: platform.testEvent });
  expect(event.warnings).toEqual([]);
  expect(platform.map({ ...event, reporters: ['server'] })).toHaveProperty('payload');
});
