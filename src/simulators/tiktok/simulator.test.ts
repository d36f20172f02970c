import { describe, expect, it } from 'vitest';
import { createEvent, createPurchase, nowSeconds, pixel, post, sendBeacon, start, token } from './tiktok.fixture.ts';

const hourMs = 3_600_000;

async function answer(sent: Promise<Response>): Promise<readonly unknown[]> {
  const response = await sent;
  const { code, message }: { code: unknown; message: unknown } = await response.json();
  return [response.status, code, message];
}

/** Returns the status and the code of an answer. */
const codeOf = async (sent: Promise<Response>) => (await answer(sent)).slice(0, 2);

describe('the events endpoint', () => {
  it('answers a good request with code 0, a request id and its headers', async () => {
    const running = await start();
    const response = await post(running, [createPurchase(), createEvent()]);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tt-logid')).toBe('B0D1F2C34A5E4F0F');
    expect(response.headers.get('x-request-id')).toBe('B0D1F2C34A5E4F0F');
    expect(await response.json()).toEqual({ code: 0, message: 'OK', request_id: 'B0D1F2C34A5E4F0F', data: {} });
    expect(running.journalEvents().map(({ eventName, counted }) => [eventName, counted])).toEqual([
      ['Purchase', 'server'],
      ['Lead', 'server'],
    ]);
  });

  it('checks the token first, and then whether it belongs to the pixel', async () => {
    const running = await start({ tokens: { [pixel]: token, C4OTHER: 'other-token' } });
    const withToken = (given: string) => ({ headers: { 'access-token': given } });
    expect(await answer(post(running, 'no list', withToken('')))).toEqual([401, 40_104, 'Access token is empty.']);
    expect(await answer(post(running, 'no list', withToken('wrong')))).toEqual([
      200,
      40_105,
      'Access token is incorrect or has been revoked.',
    ]);
    const bearer = { headers: { 'access-token': '', authorization: `Bearer ${token}` } };
    expect(await codeOf(post(running, [createEvent()], bearer))).toEqual([401, 40_104]);
    const [status, code, message] = await answer(post(running, 'no list', withToken('other-token')));
    expect([status, code]).toEqual([200, 40_001]);
    expect(message).toContain(`No permission to operate pixel code: ${pixel}`);
    expect(running.journalEvents()).toEqual([]);
    const strict = await start({ tokens: { [pixel]: token }, overrides: { refusedTokenStatus: 401 } });
    expect(await codeOf(post(strict, [], withToken('wrong')))).toEqual([401, 40_105]);
  });

  it.each([
    [{ body: 'no json' }, 'Invalid JSON.'],
    [{ body: '[]' }, 'Invalid JSON.'],
    [{ root: { event_source: 'website' } }, 'event_source: Must be one of: web, app, offline, crm.'],
    [{ root: { event_source_id: 4711 } }, 'Invalid value for event_source_id: not a valid string.'],
    [{ root: { data: undefined } }, 'data: Missing data for required field.'],
    [{ root: { data: {} } }, 'data: Missing data for required field.'],
    [{ root: { data: [] } }, 'Invalid value for data: Shorter than minimum length 1.'],
    [{ root: { data: Array(1_001).fill(createEvent()) } }, 'Invalid value for data: Longer than maximum length 1000.'],
  ])('refuses the request %j', async (sent, message) => {
    const running = await start();
    expect(await answer(post(running, [createEvent()], sent))).toEqual([200, 40_002, message]);
    expect(running.journalEvents()).toEqual([]);
  });

  it('refuses a malformed pixel code, and a body that is too large', async () => {
    const running = await start({ overrides: { maxBodyBytes: 1_000 } });
    expect(await codeOf(post(running, [createEvent()], { root: { event_source_id: 'C4 AB' } }))).toEqual([200, 40_007]);
    expect((await post(running, Array(50).fill(createEvent()))).status).toBe(413);
  });

  const hash = 'a'.repeat(64);
  it.each<[Record<string, unknown>, string]>([
    [{ event: '' }, 'event: Missing data for required field.'],
    [{ event_time: undefined }, 'event_time: Missing data for required field.'],
    [{ event_time: String(nowSeconds) }, 'event_time: Not a valid integer.'],
    [{ event_time: nowSeconds * 1_000 }, 'event_time: Must be in seconds.'],
    [{ event_time: nowSeconds - 7 * 86_400 - 1 }, 'event_time: The event is too old.'],
    [{ event_time: nowSeconds + 601 }, 'event_time: The event is in the future.'],
    [{ event_id: 4711 }, 'event_id: Not a valid string.'],
    [{ user: [] }, 'user: Not a valid object.'],
    [{ user: { email: 'jane@shop.example' } }, 'user.email: Not a valid SHA-256.'],
    [{ user: { phone: [hash, 'b'] } }, 'user.phone: Not a valid SHA-256.'],
    [{ user: { ttclid: 7 } }, 'user.ttclid: Not a valid string.'],
    [{ user: { ip: '203.0.113.7:443' } }, 'user.ip: Not a valid IP address.'],
    [{ properties: { value: '1', currency: 'EUR' } }, 'properties.value: Not a valid number.'],
    [{ properties: { value: 1 } }, 'properties.currency: Missing data for required field.'],
    [{ properties: { value: 1, currency: 'XAF' } }, 'properties.currency: Must be one of the supported currencies.'],
    [{ properties: { contents: {} } }, 'properties.contents: Not a valid list.'],
    [
      { properties: { contents: [{ content_id: 'a' }, { content_id: 4711 }] } },
      'properties.contents.1.content_id: Not a valid string.',
    ],
    [{ properties: { contents: [{ content_id: 'a', quantity: 1.5 }] } }, 'properties.contents.0.quantity: Not a valid integer.'],
    [{ page: { url: '/thanks' } }, 'page.url: Not a valid URL.'],
    [{ limited_data_use: 'true' }, 'limited_data_use: Not a valid boolean.'],
  ])('names the first bad event alone, for %j', async (changes, message) => {
    const running = await start();
    const bad = createEvent({ event_id: 'bad', ...changes });
    expect(await answer(post(running, [createEvent(), bad, createEvent({ event: 7 })]))).toEqual([
      200,
      40_002,
      `Batch.1.${message}`,
    ]);
    expect(running.journalEvents()).toEqual([]);
  });

  it('accepts lists of hashes, and warns of what has no effect', async () => {
    const running = await start();
    const event = createEvent({
      event: 'CompletePayment',
      event_id: undefined,
      user: { email: [hash, 'A'.repeat(64)], ttclid: 'E.C.P.x' },
      page: undefined,
      properties: { event_id: 'inside' },
    });
    expect((await post(running, [event])).status).toBe(200);
    const [entry] = running.journalEvents();
    expect(entry?.server[0]?.warnings.map(({ field }) => field)).toEqual([
      'user.email',
      'event_id',
      'page.url',
      'properties.event_id',
      'event',
    ]);
    expect(entry?.matchedBy).toEqual(['ttclid', 'email']);
  });

  it('stores no token and no unhashed e-mail address', async () => {
    const running = await start();
    await post(running, [
      createEvent({ user: { email: 'jane@shop.example' }, page: { url: 'https://shop.example/?e=jane@shop.example' } }),
    ]);
    await post(running, [createEvent({ properties: { query: 'for jane@shop.example' } })]);
    const stored = JSON.stringify([running.journal(), running.journalEvents()]);
    expect(stored).not.toMatch(/jane|tt-example-token/);
    expect(running.journal()[0]).toMatchObject({ token: '***', pixelCode: pixel });
  });
});

describe('faults', () => {
  it.each([
    ['401', [401, 40_105]],
    ['revoked', [200, 40_105]],
    ['429', [429, 40_100]],
    ['500', [500, 50_000]],
    ['permission', [200, 40_001]],
    ['throttle', [200, 40_100]],
    ['system-error', [200, 50_000]],
    ['reject', [200, 40_002]],
  ] as const)('%s processes nothing', async (mode, expected) => {
    const running = await start();
    running.faults({ mode, count: 1 });
    expect(await codeOf(post(running, [createEvent()]))).toEqual([...expected]);
    expect(running.journalEvents()).toEqual([]);
    expect(await codeOf(post(running, [createEvent()]))).toEqual([200, 0]);
  });

  it.each([
    ['403', 403],
    ['404', 404],
    ['413', 413],
    ['html', 502],
  ] as const)('%s answers %i without a code', async (mode, status) => {
    const running = await start();
    running.faults({ mode });
    const response = await post(running, [createEvent()]);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('"code"');
    expect(running.journalEvents()).toEqual([]);
  });

  it('no-code and partial process the events', async () => {
    const running = await start();
    running.faults({ mode: 'no-code', count: 1 });
    expect(await (await post(running, [createEvent()])).text()).toBe('');
    running.faults({ mode: 'partial', count: 1 });
    expect(await codeOf(post(running, [createEvent({ event_id: 'b' })]))).toEqual([200, 20_001]);
    expect(running.journalEvents()).toHaveLength(2);
  });

  it('are limited to an event, to a pixel and by the status that is asked for', async () => {
    const running = await start();
    running.faults({ mode: 'reject', eventIds: ['bad'], details: 'none' });
    expect(await codeOf(post(running, [createEvent()]))).toEqual([200, 0]);
    expect(await answer(post(running, [createEvent(), createEvent({ event_id: 'bad' })]))).toEqual([
      200,
      40_002,
      'Invalid parameter.',
    ]);
    running.faults({ mode: 'throttle', status: 401, pixelCode: pixel, retryAfter: 7 });
    const response = await post(running, [createEvent()]);
    expect([response.status, response.headers.get('retry-after')]).toEqual([401, '7']);
    expect(await codeOf(post(running, [createEvent()], { root: { event_source_id: 'C4OTHER' } }))).toEqual([200, 0]);
  });
});

describe('counting', () => {
  /** Starts a simulator whose clock a test moves. */
  async function startClock() {
    let nowMs = nowSeconds * 1_000;
    const running = await start({ now: () => nowMs });
    const at = (event: Record<string, unknown>) => ({ ...event, event_time: Math.floor(nowMs / 1_000) });
    return {
      running,
      wait: (ms: number) => {
        nowMs += ms;
      },
      server: (event = createPurchase()) => post(running, [at(event)]),
      browser: (members: object = {}) => sendBeacon(running, { event_id: 'purchase-1001', timestamp: nowMs, ...members }),
      uses: () =>
        running
          .journalEvents()
          .map(({ counted, mergedBy, browser, server }) => [counted, mergedBy, ...[...browser, ...server].map(({ use }) => use)]),
    };
  }

  it.each(['browser', 'server'] as const)('merges the other report within 5 minutes when the %s is first', async (first) => {
    const { server, browser, wait, uses, running } = await startClock();
    const reports = first === 'browser' ? [browser, server] : [server, browser];
    await reports[0]?.();
    wait(5 * 60_000);
    await reports[1]?.();
    expect(uses()).toEqual([[first, 'event_id', ...(first === 'browser' ? ['first', 'merged'] : ['merged', 'first'])]]);
    // The merged report adds its keys.
    expect(running.journalEvents()[0]?.matchedBy).toContain('email');
  });

  it('drops the other report after 5 minutes, and counts it again after 48 hours', async () => {
    const { server, browser, wait, uses, running } = await startClock();
    await browser();
    wait(5 * 60_000 + 1);
    await server();
    expect(uses()).toEqual([['browser', 'event_id', 'first', 'dropped']]);
    expect(running.journalEvents()[0]?.matchedBy).not.toContain('email');
    wait(48 * hourMs);
    await server();
    expect(uses()).toEqual([
      ['browser', 'event_id', 'first', 'dropped'],
      ['server', null, 'first'],
    ]);
    expect(running.journalEvents()[1]).toMatchObject({ doubtful: true, why: expect.stringContaining('so both count') });
  });

  it('drops a resend of the same side within 48 hours, at any time', async () => {
    const { server, wait, uses } = await startClock();
    await server();
    await server();
    wait(48 * hourMs);
    await server();
    expect(uses()).toEqual([['server', null, 'first', 'dropped', 'dropped']]);
  });

  it('keeps other names, ids and pixels apart, and explains what looks alike', async () => {
    const { server, browser, running } = await startClock();
    await server();
    await browser({ event: 'CompletePayment' });
    await browser({ event_id: 'other', properties: { order_id: '1001' } });
    await browser({ pixel_code: 'C4OTHER' });
    const events = running.journalEvents();
    expect(events.map(({ counted }) => counted)).toEqual(['server', 'browser', 'browser', 'browser']);
    expect(events.map(({ doubtful }) => doubtful)).toEqual([true, true, true, false]);
    expect(events[1]?.why).toContain("its name is Purchase, this one's is CompletePayment");
    expect(events[2]?.why).toContain('the event ids differ');
  });

  it("drops the server's copy of a report without an event id by cookie and name, within 5 minutes", async () => {
    const { server, browser, wait, uses } = await startClock();
    const purchase = createPurchase({ user: { ttp: '2abc' } });
    await browser({ event_id: undefined, user: { ttp: '2abc' } });
    await server(purchase);
    expect(uses()).toEqual([['browser', 'ttp', 'first', 'dropped']]);
    wait(5 * 60_000 + 1);
    await server({ ...purchase, event_id: 'next' });
    expect(uses()).toHaveLength(2);
  });

  it('counts no event with a test code, and none of another pixel or without a name', async () => {
    const { running } = await startClock();
    await post(running, [createEvent()], { root: { test_event_code: 'TEST1' } });
    await post(running, [createEvent()]);
    await sendBeacon(running, { event: '' });
    await sendBeacon(running, { pixel_code: 'no pixel' });
    expect(running.journalEvents().map(({ counted, reason }) => [counted, reason])).toEqual([
      ['none', 'test'],
      ['server', 'counted'],
      ['none', 'not-readable'],
      ['none', 'not-readable'],
    ]);
    const known = await start({ tokens: { C4OTHER: 'x' } });
    await sendBeacon(known, {});
    expect(known.journalEvents()).toMatchObject([{ counted: 'none', reason: 'unknown-pixel' }]);
  });
});
