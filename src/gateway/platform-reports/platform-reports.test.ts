import { afterAll, beforeEach, expect, test } from 'vitest';
import { buildEvent, encodeEvent, start } from '../../delivery/delivery.fixture.ts';
import { createSender, type DownloadedFile } from '../../delivery/sending/http-sender.ts';
import type { Event } from '../../event/event.ts';
import { dayMs } from '../../event/units.ts';
import { readClickReport, requestClickReport } from '../../platform-accounts/microsoft/click-report.ts';
import { MicrosoftClient } from '../../platform-accounts/microsoft/client.ts';
import { toMicrosoftEndpoints } from '../../platform-accounts/microsoft/endpoints.ts';
import { click, startApi, startTime } from '../../simulators/microsoft/campaign-management/api.fixture.ts';
import { createZipFile } from '../../simulators/microsoft/reporting/zip-file.ts';
import { EmptiedLog } from '../../storage/log/emptied-log.fixture.ts';
import { createRowDownload } from './download-rows.ts';
import { createCapturedClickReader } from './read-captured-clicks.ts';

let now = start;
const emptied = await EmptiedLog.open(() => now);
afterAll(() => emptied.close());
beforeEach(() => emptied.empty());

const stored = click.replaceAll('-', '');
const other = 'f'.repeat(32);

/** Appends an event of a page. `at`: the time of the click. */
async function append(id: string, url: string, clickId?: string, at = now): Promise<void> {
  const identity = { ...buildEvent(id).identity, clickIds: clickId === undefined ? {} : { msclkid: { value: clickId, at } } };
  const event: Event = buildEvent(id, { identity, page: { url } });
  await emptied.log.append([{ partition: 'shop', key: id, bytes: encodeEvent(event) }]);
}

test('the click ids of events are read with their landing page, and other events are skipped', async () => {
  await append('landing', `https://shop.example/shoes/?utm_source=bing&msclkid=${stored}`, stored);
  await append('later', 'https://shop.example/checkout', stored);
  await append('other', 'https://shop.example/', other);
  await append('none', 'https://shop.example/?msclkid=broken');
  await append('old', 'https://shop.example/', 'e'.repeat(32), start - 40 * dayMs);
  const read = createCapturedClickReader(emptied.log);
  expect(await read('shop', 'msclkid', start - dayMs)).toEqual({
    clicks: new Map([
      [stored, { at: start, page: 'shop.example/shoes' }],
      [other, { at: start, page: undefined }],
    ]),
    daysWithEvents: new Set([new Date(start).toISOString().slice(0, 10)]),
  });
  expect(await createCapturedClickReader(emptied.log, 1)('shop', 'msclkid', start - dayMs)).toBeUndefined();
  expect(await read('empty', 'msclkid', start)).toEqual({ clicks: new Map(), daysWithEvents: new Set() });
  now += dayMs;
  expect((await read('shop', 'msclkid', now))?.clicks.size).toBe(0);
});

test('a report of the simulator is requested, polled, downloaded and read', async () => {
  const api = await startApi();
  const sender = createSender({ allowPrivateDestinations: true, userAgent: 'Convey/test' });
  const account = { customerId: '254610987', accountId: '180000001' };
  const client = new MicrosoftClient({
    send: async (request) => {
      const sent = await sender.send(request);
      return 'response' in sent ? sent : { failure: 'failed' };
    },
    getAccess: async () => ({ accessToken: api.token }),
    context: {
      ...{
        endpoints: toMicrosoftEndpoints(api.simulator.url),
        developerToken: 'BBD37VB98',
        identityProvider: 'Microsoft' as const,
      },
      account,
    },
  });
  const download = createRowDownload(sender);
  const request = async (since: string, until: string) => {
    const requested = await requestClickReport(client, account, { since, until });
    return 'value' in requested ? requested.value : expect.fail(requested.failure.message);
  };
  await api.sendEvent();
  const day = new Date(startTime).toISOString().slice(0, 10);
  const [full, empty] = [await request(day, day), await request('2026-11-01', '2026-11-02')];
  expect([await readClickReport(client, full, download), await readClickReport(client, empty, download)]).toEqual([
    { value: 'pending' },
    { value: 'pending' },
  ]);
  expect(await readClickReport(client, full, download)).toEqual({
    value: { clicks: [{ day, clickId: stored, campaign: '', keyword: '' }], withoutId: 0 },
  });
  expect(await readClickReport(client, empty, download)).toEqual({ value: { clicks: [], withoutId: 0 } });
  expect(await readClickReport(client, 'unknown', download)).toMatchObject({ failure: { isPassing: false } });
  for (let count = 0; count < 5; count += 1) await request(day, day);
  expect(await requestClickReport(client, account, { since: day, until: day })).toMatchObject({
    failure: { code: expect.stringMatching(/^207/), isPassing: true },
  });
  await sender.close();
});

test.each([
  ['that is no zip file', { bytes: Buffer.from('<html>') }, { failure: 'not-a-zip' }],
  ['that is no table', { bytes: createZipFile('a.csv', '"a"b,c\n"') }, { failure: 'not-a-table' }],
  ['with an endless row', { bytes: createZipFile('a.csv', `"${'x'.repeat(70_000)}"`) }, { failure: 'not-a-table' }],
  ['with too many rows', { bytes: createZipFile('a.csv', 'a\n'.repeat(300_001)) }, { failure: 'too-long' }],
  ['that was not reached', { failure: 'TIMEOUT', isUnreached: true } as const, { failure: 'TIMEOUT', isUnreached: true }],
])('a file %s gives its code', async (_, file: DownloadedFile, result) => {
  expect(await createRowDownload({ download: async () => file })('https://files.example/', () => undefined)).toEqual(result);
});
