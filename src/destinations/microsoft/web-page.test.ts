import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../../delivery/delivery.fixture.ts';
import { createSender } from '../../delivery/sending/http-sender.ts';
import { type TestSite, TestStorage } from '../../delivery/test-site.fixture.ts';
import { microsoft } from './microsoft.ts';

const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey/test' });
const bodySchema = z.object({ data: z.array(z.object({ eventId: z.string() })) });
const emptyList = { error: { code: 'ValidationError', details: [{ propertyName: 'data', errorCode: 'Empty' }] } };

/** Status of the web page that answers every request in place of the API. `undefined` lets requests through. */
let pageStatus: number | undefined;
let pages = 0;
let arrivedIds: string[] = [];
const server = createServer(async (request, response) => {
  const ids = bodySchema.parse(JSON.parse(await text(request))).data.map(({ eventId }) => eventId);
  if (pageStatus !== undefined) {
    pages += 1;
    response.writeHead(pageStatus, { 'content-type': 'text/html' }).end('<html><head><title>Sign in</title></head></html>');
    return;
  }
  arrivedIds.push(...ids);
  const answer = ids.length === 0 ? emptyList : { eventsReceived: ids.length };
  response.writeHead(ids.length === 0 ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});

let storage: TestStorage;
let testSite: TestSite;

beforeAll(async () => {
  storage = await TestStorage.open();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  testSite = storage.createSite(1_000);
  pages = 0;
  arrivedIds = [];
});
afterEach(() => testSite.dispose());
afterAll(async () => {
  storage.close();
  await sender.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function platform() {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connected = microsoft.connect({ tagId: '187012345', token: 't', endpoint: `http://127.0.0.1:${port}` });
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  return connected.platform;
}

test.each([200, 202, 400, 413, 422, 503])(
  '§6.11 none of 60 events that a web page answers with %i is lost or counts as delivered, and each arrives once the page is gone',
  async (status) => {
    pageStatus = status;
    const ids = Array.from({ length: 60 }, (_, index) => `e${index}`);
    const identity = { forms: {}, clickIds: {}, anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' };
    const offsets = await testSite.append(...ids.map((id) => testSite.event(id, { identity })));
    testSite.identity();
    testSite.connection({ destination: platform(), sender });
    await waitUntil(async () => {
      const { pause, breaker } = await testSite.state();
      return status === 503 ? breaker.failures > 1 : pause !== null;
    });
    if (status !== 503)
      expect((await testSite.state()).pause).toMatchObject({ cause: 'blocked', issue: { code: 'answered-by-web-page' } });
    // The probes are answered by the page too.
    const before = pages;
    await waitUntil(() => pages > before);
    const outcomes = await testSite.getOutcomes(offsets);
    expect(outcomes.filter((outcome) => outcome === 'delivered' || outcome === 'dead')).toEqual([]);
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 100)).toEqual([]);

    pageStatus = undefined;
    await waitUntil(async () => (await testSite.getOutcomes(offsets)).every((outcome) => outcome === 'delivered'));
    expect(arrivedIds.toSorted()).toEqual(ids.toSorted());
    expect(await testSite.store.listDeadLetters(testSite.consumerId, 100)).toEqual([]);
  },
);
