import { describe, expect, it, onTestFinished } from 'vitest';
import { type OpenaiSimulator, type OpenaiSimulatorOptions, startOpenaiSimulator } from './simulator.ts';

const now = 1_790_000_000_000;
const day = 86_400_000;
const hash = 'dbf1912b4cad4df9823f627874244e64b50a6ac550b9cb33b17df671a26679db';

/** Starts a simulator at a fixed time; it closes after the test. */
async function start(options: OpenaiSimulatorOptions = {}): Promise<OpenaiSimulator> {
  const simulator = await startOpenaiSimulator({ port: 0, now: () => now, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

/** Returns an event that is accepted, with the given members changed. Undefined removes one. */
const order = (changes: object = {}) => ({
  id: 'ord-1',
  type: 'order_created',
  timestamp_ms: now,
  action_source: 'web',
  source_url: 'https://shop.example/thanks',
  oppref: 'gAAAA-1',
  data: { type: 'contents', amount: 12_540, currency: 'USD' },
  ...changes,
});

interface Sent {
  readonly pixel?: string;
  readonly key?: string | null;
  readonly root?: object;
}

async function post({ url }: OpenaiSimulator, events: unknown, { pixel = 'px-1', key = 'key-1', root }: Sent = {}) {
  const response = await fetch(`${url}/v1/events?pid=${pixel}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ events, ...root }),
  });
  const body = await response.text();
  return { status: response.status, body: body === '' ? null : JSON.parse(body) };
}

/** Reports an event as the browser's pixel does. */
const beacon = ({ url }: OpenaiSimulator, event: object, pid = 'px-1') =>
  fetch(`${url}/v1/sdk/events`, { method: 'POST', body: JSON.stringify({ pid, events: [event] }) });

const summarize = (running: OpenaiSimulator) =>
  running.journalEvents().map(({ eventName, counted, isMerged }) => [eventName, counted, isMerged]);

describe('the events endpoint', () => {
  it('accepts events of each kind, and reports how many', async () => {
    const running = await start();
    const lead = order({ type: 'lead_created', data: { type: 'customer_action' } });
    const trial = order({ type: 'trial_started', data: { type: 'plan_enrollment', plan_id: 'p' } });
    const custom = order({ type: 'custom', custom_event_name: 'Wish-1', data: { type: 'custom' } });
    const contents = [
      {
        id: 'a',
        group_id: 'g',
        name: 'n',
        content_type: 'plan',
        quantity: 1,
        amount: 0,
        currency: 'EUR',
        variant_dict: { size: 'L' },
      },
    ];
    const events = [
      order({ data: { type: 'contents', contents } }),
      lead,
      trial,
      custom,
      order({ action_source: undefined, id: 'o-2' }),
    ];
    expect(await post(running, events)).toEqual({ status: 200, body: { accepted_events: 5 } });
    expect(summarize(running).map(([name]) => name)).toEqual([
      'order_created',
      'lead_created',
      'trial_started',
      'Wish-1',
      'order_created',
    ]);
  });

  it('checks the key, then the pixel, then their relation', async () => {
    const running = await start({ tokens: { 'px-1': 'key-1', 'px-2': 'key-2' } });
    const sent: readonly (readonly [Sent, number])[] = [
      [{ key: null }, 401],
      [{ key: 'wrong', pixel: 'px-9' }, 401],
      [{ pixel: 'px-9' }, 404],
      [{ key: 'key-2' }, 403],
      [{}, 200],
    ];
    for (const [one, status] of sent) expect((await post(running, [order()], one)).status).toBe(status);
    expect(JSON.stringify(running.journal())).not.toMatch(/key-[12]|wrong/);
  });

  it.each<[string, object, string]>([
    ['no id', { id: undefined }, 'id'],
    ['an unknown type', { type: 'purchase' }, 'type'],
    ['a time in seconds', { timestamp_ms: now / 1_000 }, 'timestamp_ms'],
    ['a time as text', { timestamp_ms: String(now) }, 'timestamp_ms'],
    ['a time over seven days ago', { timestamp_ms: now - 7 * day - 1 }, 'timestamp_ms'],
    ['a time over ten minutes ahead', { timestamp_ms: now + 600_001 }, 'timestamp_ms'],
    ['another source', { action_source: 'website' }, 'action_source'],
    ['no URL', { source_url: undefined }, 'source_url'],
    ['a URL without a scheme', { source_url: 'shop.example' }, 'source_url'],
    ['an unknown member', { event_name: 'x' }, 'event_name'],
    ['null', { oppref: null }, 'oppref'],
    ['the click id in the person', { oppref: undefined, user: { oppref: 'x' } }, 'user.oppref'],
    ['a null in the person', { user: { obref: null } }, 'user.obref'],
    ['a hash that is no list', { user: { emails_sha256: hash } }, 'user.emails_sha256'],
    ['no data', { data: undefined }, 'data'],
    ['data without a type', { data: {} }, 'data.type'],
    ['data of another type', { data: { type: 'custom' } }, 'data.type'],
    ['a decimal amount', { data: { type: 'contents', amount: 129.99, currency: 'USD' } }, 'data.amount'],
    ['a negative amount', { data: { type: 'contents', amount: -1, currency: 'USD' } }, 'data.amount'],
    ['an amount without a currency', { data: { type: 'contents', amount: 1 } }, 'data.currency'],
    ['a currency in lower case', { data: { type: 'contents', currency: 'usd' } }, 'data.currency'],
    ['a plan of an order', { data: { type: 'contents', plan_id: 'p' } }, 'data.plan_id'],
    ['contents of a lead', { type: 'lead_created', data: { type: 'customer_action', contents: [] } }, 'data.contents'],
    [
      'an unknown kind of content',
      { data: { type: 'contents', contents: [{ content_type: 'x' }] } },
      'data.contents[0].content_type',
    ],
    ['a fraction of a piece', { data: { type: 'contents', contents: [{ quantity: 1.5 }] } }, 'data.contents[0].quantity'],
    ['an item without a currency', { data: { type: 'contents', contents: [{ amount: 1 }] } }, 'data.contents[0].currency'],
    ['a custom event without a name', { type: 'custom', data: { type: 'custom' } }, 'custom_event_name'],
    ['a name of a standard event', { custom_event_name: 'x' }, 'custom_event_name'],
    ['a name that ends badly', { type: 'custom', custom_event_name: 'x_', data: { type: 'custom' } }, 'custom_event_name'],
    ['a standard name', { type: 'custom', custom_event_name: 'order_created', data: { type: 'custom' } }, 'custom_event_name'],
  ])('fails the whole request for one event with %s, and stores nothing', async (_, changes, field) => {
    const running = await start();
    const { status, body } = await post(running, [order({ id: 'good' }), order(changes)]);
    expect([status, body.error.param]).toEqual([400, `events[1].${field}`]);
    expect(running.journalEvents()).toEqual([]);
  });

  it.each<[object, string]>([
    [{ events: [] }, 'events'],
    [{ events: Array(1_001).fill(order()) }, 'events'],
    [{ validate_only: 'yes' }, 'validate_only'],
    [{ integration_source: '-x' }, 'integration_source'],
    [{ test: true }, 'test'],
  ])('refuses a root of another form: %#', async (root, param) => {
    expect(await post(await start(), [order()], { root })).toMatchObject({ status: 400, body: { error: { param } } });
  });

  it('checks and stores nothing with validate_only', async () => {
    const running = await start();
    expect(await post(running, [order()], { root: { validate_only: true, integration_source: 'convey' } })).toMatchObject({
      status: 200,
    });
    expect((await post(running, [order({ id: '' })], { root: { validate_only: true } })).status).toBe(400);
    expect(running.journalEvents()).toEqual([]);
  });

  it('warns of values that OpenAI would ignore, and of an event without a person', async () => {
    const running = await start();
    const user = { emails_sha256: ['jane'], phone_numbers_sha256: ['1', '2', '3', '4'].map((each) => hash.replace(/^./, each)) };
    await post(running, [order({ id: 'a', user }), order({ id: 'b', oppref: undefined })]);
    const warnings = running.journalEvents().map(({ server }) => server[0]?.warnings.map(({ field }) => field));
    expect(warnings).toEqual([['user.emails_sha256', 'user.phone_numbers_sha256'], ['user']]);
  });
});

describe('the counting of events', () => {
  it('merges reports of the same pixel, name and id, and keeps the first', async () => {
    const running = await start();
    await beacon(running, order({ user: { obref: 'ob' } }));
    await post(running, [order(), order({ type: 'checkout_started' })]);
    await post(running, [order()], { pixel: 'px-2' });
    expect(summarize(running)).toEqual([
      ['order_created', 'browser', true],
      ['checkout_started', 'server', false],
      ['order_created', 'server', false],
    ]);
    expect(running.journalEvents()[0]).toMatchObject({ matchedBy: ['oppref', 'obref'], server: [{ duplicateOf: 'b1' }] });
  });

  it('merges custom events by their own names', async () => {
    const running = await start();
    const custom = (name: string) => order({ type: 'custom', custom_event_name: name, data: { type: 'custom' } });
    await post(running, [custom('a'), custom('b'), custom('a')]);
    expect(summarize(running).map(([name]) => name)).toEqual(['a', 'b']);
  });

  it('counts no beacon of an unknown pixel, and none that breaks a rule', async () => {
    const running = await start({ tokens: { 'px-1': 'key-1' } });
    await beacon(running, order(), 'px-9');
    await beacon(running, order({ data: { type: 'contents', amount: 1.5, currency: 'USD' } }));
    await fetch(`${running.url}/v1/sdk/events`, { method: 'POST', body: 'no json' });
    expect(summarize(running)).toEqual([
      ['order_created', 'none', false],
      ['order_created', 'none', false],
    ]);
  });

  it('stores no e-mail address', async () => {
    const running = await start();
    await beacon(running, order({ source_url: 'https://shop.example/?who=jane.doe@example.com' }));
    await post(running, [order({ id: 'jane.doe@example.com' })]);
    expect(JSON.stringify([running.journal(), running.journalEvents()])).not.toContain('jane.doe@example.com');
  });
});

describe('faults', () => {
  it.each<['401' | '403' | '404' | '413' | '429' | '500' | '400-no-details' | 'error-in-200' | 'html', number]>([
    ['401', 401],
    ['403', 403],
    ['404', 404],
    ['413', 413],
    ['429', 429],
    ['500', 500],
    ['400-no-details', 400],
    ['error-in-200', 200],
    ['html', 200],
  ])('%s answers %i and stores nothing', async (mode, status) => {
    const running = await start();
    running.faults({ mode, retryAfter: 7 });
    const response = await fetch(`${running.url}/v1/events?pid=px-1`, {
      method: 'POST',
      headers: { authorization: 'Bearer key-1' },
      body: JSON.stringify({ events: [order()] }),
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, '7']);
    expect(running.journalEvents()).toEqual([]);
  });

  it('short-count, empty and reject change the answer of a request that is processed', async () => {
    const running = await start();
    running.faults({ mode: 'short-count', count: 1 });
    expect(await post(running, [order()])).toEqual({ status: 200, body: { accepted_events: 0 } });
    running.faults({ mode: 'empty', count: 1 });
    expect(await post(running, [order()])).toEqual({ status: 200, body: null });
    running.faults({ mode: 'reject', eventIds: ['bad'], pixelId: 'px-1' });
    expect((await post(running, [order({ id: 'good' })])).status).toBe(200);
    expect((await post(running, [order(), order({ id: 'bad' })])).status).toBe(400);
    expect((await post(running, [order({ id: 'bad' })], { pixel: 'px-2' })).status).toBe(200);
  });
});

describe('the page', () => {
  it('shows counted and merged events, escapes hostile values, and explains the first steps', async () => {
    const running = await start();
    const read = async (query = '') => (await fetch(`${running.url}/${query}`)).text();
    expect(await read()).toContain('No events yet');
    const hostile = '<script>alert(1)</script>';
    await post(running, [
      order(),
      order({ id: hostile, oppref: undefined }),
      order({ type: 'custom', custom_event_name: 'x', data: { type: 'custom' } }),
    ]);
    await beacon(running, order());
    await post(running, [order({ id: '' })]);
    const page = await read();
    expect(page).toContain('<b>3</b> events counted');
    expect(page).toContain('125.40 USD');
    expect(page).toContain('One bad event fails its whole request.');
    expect(page).not.toContain(hostile);
    expect(page).toContain('&lt;script&gt;');
    expect(await read('?show=merged')).toContain('merged');
    expect(await read('?show=unmatched')).toContain('no key that identifies a person');
  });
});
