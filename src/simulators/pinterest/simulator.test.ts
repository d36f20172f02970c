import { describe, expect, it } from 'vitest';
import { sendToHost } from '../kit/http/host-guard.fixture.ts';
import type { Fault } from './faults.ts';
import {
  account,
  createEvent,
  createPurchase,
  emailHash,
  nowSeconds,
  post,
  sendBeacon,
  start,
  token,
} from './pinterest.fixture.ts';
import type { PinterestSimulator } from './simulator.ts';

async function read(answer: Response): Promise<[number, unknown]> {
  return [answer.status, await answer.json()];
}

const processed = { status: 'processed', error_message: null, warning_message: '' };
const failed = (error_message: string) => ({ status: 'failed', error_message, warning_message: null });
const answered = (...events: readonly (typeof processed | ReturnType<typeof failed>)[]) => ({
  num_events_received: events.length,
  num_events_processed: events.filter(({ status }) => status === 'processed').length,
  events,
});

describe('the events endpoint', () => {
  it('returns one entry for each event, in the order of the request', async () => {
    const running = await start();
    const old = createEvent({ event_id: 'old', event_time: nowSeconds - 7 * 86_400 - 1 });
    expect(await read(await post(running, [createEvent(), old, createPurchase()]))).toEqual([
      200,
      answered(processed, failed('Invalid event_time: it is more than 7 days ago.'), processed),
    ]);
    expect(running.journalEvents().map(({ eventId }) => eventId)).toEqual(['lead-1', 'ord-1001']);
  });

  it('checks method, ad account, token, permission and content in this order', async () => {
    const running = await start({ tokens: { [account]: token, '77': 'other' } });
    const bad = { authorization: 'Bearer wrong', body: '{' };
    const to = (id: string) => `/v5/ad_accounts/${id}/events`;
    expect((await post(running, [], { ...bad, path: to('x'), method: 'GET' })).status).toBe(405);
    expect(await read(await post(running, [], { ...bad, path: to('12x') }))).toMatchObject([404, { code: 50 }]);
    expect((await post(running, [], { ...bad, path: to('1'.repeat(19)) })).status).toBe(404);
    expect(await read(await post(running, [], { ...bad, path: to('88') }))).toEqual([
      401,
      { code: 2, message: 'Authentication failed.' },
    ]);
    expect(await read(await post(running, [], { body: '{', path: to('77') }))).toEqual([
      403,
      { code: 29, message: 'You are not permitted to access that resource.' },
    ]);
    expect(await read(await post(running, [], { body: '{' }))).toMatchObject([400, { code: 400 }]);
    expect(running.journal().every((request) => request.token === '***')).toBe(true);
    expect(JSON.stringify(running.journal())).not.toContain(token);
  });

  it.each([
    ['no token', null],
    ['an empty token', 'Bearer '],
    ['another scheme', `Basic ${token}`],
    ['an unknown token', 'Bearer other'],
  ])('refuses %s', async (_, authorization) => {
    const running = await start({ tokens: { [account]: token } });
    expect((await post(running, [createEvent()], { authorization })).status).toBe(401);
  });

  it('has no other path of the API', async () => {
    expect((await post(await start(), [createEvent()], { path: `/v5/ad_accounts/${account}` })).status).toBe(404);
  });

  it.each<[string, unknown, string]>([
    [
      'a second member at the root',
      { data: [createEvent()], np: 'x' },
      "Additional properties are not allowed ('np' was unexpected)",
    ],
    ['no list', {}, "'data' is a required property"],
    ['an empty list', { data: [] }, '[] is too short'],
    ['1,001 events', { data: Array.from({ length: 1_001 }, () => createEvent()) }, 'A list of 1001 is too long'],
    ['a list of texts', { data: ['x'] }, "'x' is not of type 'object'"],
    [
      'an unknown member',
      { data: [createEvent({ pageTitle: 'x' })] },
      "Additional properties are not allowed ('pageTitle' was unexpected)",
    ],
    ['no event id', { data: [createEvent({ event_id: undefined })] }, "'event_id' is a required property"],
    ['a time in parts of seconds', { data: [createEvent({ event_time: 12.5 })] }, "12.5 is not of type 'integer'"],
    [
      'another source',
      { data: [createEvent({ action_source: 'website' })] },
      "'website' is not one of ['app_android', 'app_ios', 'web', 'offline']",
    ],
    ['a number as value', { data: [createPurchase({ custom_data: { value: 129.9 } })] }, "129.9 is not of type 'string'"],
    [
      'a number as price',
      { data: [createPurchase({ custom_data: { contents: [{ id: 'a', item_price: 5 }] } })] },
      "5 is not of type 'string'",
    ],
    [
      'a text as quantity',
      { data: [createPurchase({ custom_data: { contents: [{ id: 'a', quantity: '5' }] } })] },
      "'5' is not of type 'integer'",
    ],
    [
      'an unknown member of an item',
      { data: [createPurchase({ custom_data: { contents: [{ id: 'a', category_name: 'x' }] } })] },
      "Additional properties are not allowed ('category_name' was unexpected)",
    ],
    [
      'two unknown members',
      { data: [createPurchase({ custom_data: { a: 1, b: 2 } })] },
      "Additional properties are not allowed ('a', 'b' were unexpected)",
    ],
    [
      'a hash that is no list',
      { data: [createEvent({ user_data: { em: emailHash } })] },
      `'${emailHash}' is not of type 'array'`,
    ],
    [
      'a phone alone',
      { data: [createEvent({ user_data: { ph: [emailHash], client_user_agent: 'x' } })] },
      'user_data is not valid under any of the given schemas',
    ],
    ['no person', { data: [createEvent({ user_data: {} })] }, '{} is not valid under any of the given schemas'],
  ])('refuses the whole request for %s', async (_, body, problem) => {
    const running = await start();
    expect(await read(await post(running, [], { body: JSON.stringify(body) }))).toEqual([
      400,
      { code: 400, message: `Invalid request: ${problem}` },
    ]);
    expect(running.journalEvents()).toEqual([]);
  });

  it('refuses with the documented code by a setting', async () => {
    const running = await start({ overrides: { refusalCode: 4_196 } });
    expect(await read(await post(running, [createEvent({ x: 1 })]))).toMatchObject([400, { code: 4_196 }]);
  });

  it('answers 413 to a body over the limit', async () => {
    const running = await start({ overrides: { maxBodyBytes: 100 } });
    expect((await post(running, [createEvent()])).status).toBe(413);
  });

  it('warns of a malformed hash, and fails the event if no other key suffices', async () => {
    const running = await start();
    const message = "'em' is not in sha256 hashed format";
    const withClient = { em: ['jane'], client_ip_address: '203.0.113.42', client_user_agent: 'x', external_id: ['y'] };
    expect(
      await read(await post(running, [createEvent({ user_data: { em: ['jane'] } }), createEvent({ user_data: withClient })])),
    ).toEqual([
      200,
      answered(failed(message), { ...processed, warning_message: `${message} 'external_id' is not in sha256 hashed format` }),
    ]);
  });

  it('fails an event of the future, and a name that is not listed if it is strict', async () => {
    const events = [
      createEvent({ event_time: nowSeconds + 60 }),
      createEvent({ event_time: nowSeconds + 61 }),
      createEvent({ event_name: 'purchase' }),
    ];
    const future = failed('Invalid event_time: it is in the future.');
    expect(await read(await post(await start(), events))).toEqual([200, answered(processed, future, processed)]);
    const strict = await start({ overrides: { strict: true } });
    expect(await read(await post(strict, events))).toEqual([
      200,
      answered(processed, future, failed('Invalid event_name: purchase.')),
    ]);
  });

  it('looks at 20 events in the test mode, and records none', async () => {
    const running = await start();
    const events = Array.from({ length: 21 }, (_, index) => createEvent({ event_id: `t-${index}` }));
    const answer = await post(running, events, { path: `/v5/ad_accounts/${account}/events?test=true` });
    expect(await read(answer)).toEqual([200, answered(...Array.from({ length: 20 }, () => processed))]);
    expect(running.journalEvents()).toEqual([]);
    expect(running.journal()).toMatchObject([{ isTest: true, status: 200 }]);
  });

  it('stores no e-mail address', async () => {
    const running = await start();
    await post(running, [
      createEvent({ user_data: { em: ['jane@shop.example'] }, event_source_url: 'https://shop.example/?m=jane@shop.example' }),
    ]);
    expect(JSON.stringify([running.journal(), running.journalEvents()])).not.toContain('jane');
  });
});

describe('a fault', () => {
  const answersOf = async (running: PinterestSimulator, fault: Fault, events: readonly unknown[] = [createEvent()]) => {
    running.faults(fault);
    return post(running, events);
  };

  it.each<[Fault['mode'], number, number | undefined]>([
    ['400', 400, 400],
    ['401', 401, 2],
    ['401-scope', 401, 3],
    ['403', 403, 29],
    ['404', 404, 50],
    ['429', 429, 8],
    ['429-no-headers', 429, 8],
    ['500', 500, -1],
    ['503', 503, 4_197],
  ])('%s answers %i with code %i and processes nothing', async (mode, status, code) => {
    const running = await start();
    const answer = await answersOf(running, { mode, count: 1 });
    expect(await read(answer)).toMatchObject([status, { code }]);
    expect(answer.headers.get('x-ratelimit-reset')).toBe(mode === '429' ? '30' : null);
    expect(running.journalEvents()).toEqual([]);
    expect((await post(running, [createEvent()])).status).toBe(200);
  });

  it.each<[Fault['mode'], number]>([
    ['html', 502],
    ['html-200', 200],
    ['413', 413],
  ])('%s answers a page with %i', async (mode, status) => {
    const answer = await answersOf(await start(), { mode });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
  });

  it('turns a refusal in a 200 into a 422, with or without the list', async () => {
    const running = await start();
    const events = [createEvent(), createEvent({ event_time: 1 })];
    expect(await read(await answersOf(running, { mode: '422' }, events))).toMatchObject([
      422,
      { details: { events: [processed, { status: 'failed' }] } },
    ]);
    expect(await read(await answersOf(running, { mode: '422-no-list' }, events))).toMatchObject([
      422,
      { code: 4_196, details: {} },
    ]);
    expect((await answersOf(running, { mode: '422' }, [createEvent()])).status).toBe(200);
    expect(running.journalEvents()).toHaveLength(1);
  });

  it('shortens the list, or leaves it out, and fails the named events', async () => {
    const running = await start();
    const two = [createEvent(), createPurchase()];
    expect(await read(await answersOf(running, { mode: 'fewer-entries' }, two))).toEqual([
      200,
      { num_events_received: 2, num_events_processed: 2, events: [processed] },
    ]);
    expect(await read(await answersOf(running, { mode: 'no-entries' }, two))).toEqual([
      200,
      { num_events_received: 2, num_events_processed: 2 },
    ]);
    expect(await read(await answersOf(running, { mode: 'reject', eventIds: ['ord-1001'] }, two))).toEqual([
      200,
      answered(
        processed,
        failed("The simulator's fault `reject` refuses the event on purpose. Retry the event after the fault ends."),
      ),
    ]);
  });
});

describe('the page and the journal', () => {
  it('merges the reports of tag and server, and returns them as JSON', async () => {
    const running = await start();
    await sendBeacon(running, { event_id: 'ord-1001', value: 129.9, currency: 'EUR' });
    await post(running, [createPurchase()]);
    const { events } = await (await fetch(`${running.url}/journal/events`)).json();
    expect(events).toMatchObject([{ eventId: 'ord-1001', eventName: 'checkout', counted: 'browser', isMerged: true }]);
    const page = await (await fetch(running.url)).text();
    expect(page).toContain('merged by event id');
    expect(page).toContain('Pinterest API for Conversions');
  });

  it('is only for hosts of this machine', async () => {
    const { port } = await start();
    expect(await sendToHost(port, 'evil.example', 'GET', '/journal')).toMatch(/^403 /);
    for (const path of ['/ct/core.js', '/v3/?event=lead', '/user/'])
      expect(await sendToHost(port, 'shop.example', 'GET', path)).toMatch(/^200 /);
  });

  it('escapes every text', async () => {
    const running = await start();
    const evil = '<img src=x onerror=alert(1)>';
    await post(running, [createPurchase({ event_name: evil, event_id: evil, custom_data: { value: evil, currency: evil } })]);
    await post(running, [createEvent({ [evil]: 1 })], { path: `/v5/ad_accounts/${encodeURIComponent(evil)}/events` });
    await sendBeacon(running, { event_id: evil, [evil]: evil }, { event: evil, tid: evil });
    for (const view of ['', '?show=not-counted'])
      expect(await (await fetch(`${running.url}/${view}`)).text()).not.toContain('<img');
  });
});
