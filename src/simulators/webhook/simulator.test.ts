import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startWebhookSimulator, type WebhookSimulatorOptions } from './simulator.ts';

const toSecret = (text: string) => `whsec_${Buffer.from(text.repeat(3)).toString('base64')}`;
const [first, second, foreign] = [toSecret('secret-1'), toSecret('secret-2'), toSecret('secret-3')];
const now = Date.now();

/** Starts a receiver at a fixed time; it closes after the test. */
async function start(options: WebhookSimulatorOptions = {}) {
  const simulator = await startWebhookSimulator({ port: 0, now: () => now, overrides: { secrets: [first, second] }, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

type Running = Awaited<ReturnType<typeof start>>;

const message = (changes: object = {}) =>
  JSON.stringify({
    type: 'event.Purchase',
    timestamp: '2026-11-24T10:00:00Z',
    data: { id: 'o-1', name: 'Purchase', commerce: { value: 125.4, currency: 'USD' } },
    ...changes,
  });

interface Sent {
  readonly id?: string;
  readonly at?: number;
  readonly secrets?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signs a message with the package of Standard Webhooks, and sends it. Returns the status and the answer. */
async function send({ url }: Running, body = message(), { id = 'msg_1', at = now, secrets = [first], headers }: Sent = {}) {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, new Date(at), body));
  const response = await fetch(`${url}/receive`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1_000)),
      'webhook-signature': signatures.join(' '),
      ...headers,
    },
    body,
    redirect: 'manual',
  });
  return [response.status, await response.text()] as const;
}

const status = async (...given: Parameters<typeof send>) => (await send(...given))[0];

describe('the receiver', () => {
  it('accepts a message that is signed with one of its secrets', async () => {
    const running = await start();
    expect(await send(running)).toEqual([200, '{"received":true}']);
    expect(await status(running, message(), { id: 'msg_2', secrets: [foreign, second] })).toBe(200);
    expect(running.journalEvents().map(({ messageId, type, eventId }) => [messageId, type, eventId])).toEqual([
      ['msg_1', 'event.Purchase', 'o-1'],
      ['msg_2', 'event.Purchase', 'o-1'],
    ]);
  });

  it('refuses a foreign signature, a changed body or id, and a time over five minutes off', async () => {
    const running = await start();
    expect(await status(running, message(), { secrets: [foreign] })).toBe(401);
    expect(await status(running, message(), { headers: { 'webhook-id': 'msg_other' } })).toBe(401);
    expect(await status(running, message(), { headers: { 'webhook-timestamp': String(Math.floor(now / 1_000) - 1) } })).toBe(401);
    for (const offset of [-301_000, 301_000]) expect(await status(running, message(), { at: now + offset })).toBe(401);
    for (const offset of [-299_000, 299_000]) expect(await status(running, message(), { at: now + offset })).toBe(200);
    const [signature] = [new Webhook(first).sign('msg_1', new Date(now), message())];
    expect(await status(running, `${message()} `, { headers: { 'webhook-signature': signature } })).toBe(401);
    expect(running.journalEvents()).toHaveLength(1);
  });

  it.each([
    ['an id with a dot', message(), { 'webhook-id': 'a.b' }, 400],
    ['no signature of version 1', message(), { 'webhook-signature': 'v1a,x' }, 400],
    ['a time that is no number', message(), { 'webhook-timestamp': 'now' }, 400],
    ['no JSON', 'no json', {}, 400],
    ['no data', message({ data: 1 }), {}, 400],
    ['a type without a dot', message({ type: 'Purchase' }), {}, 400],
    ['no time', message({ timestamp: 'yesterday' }), {}, 400],
  ])('refuses a message with %s', async (_, body, headers, expected) => {
    const running = await start();
    expect(await status(running, body, { headers })).toBe(expected);
    expect(running.journalEvents()).toEqual([]);
  });

  it('counts a message once, and answers a repeat as well', async () => {
    const running = await start();
    await send(running);
    expect(await send(running, message(), { at: now + 60_000 })).toEqual([200, '{"received":true,"isRepeat":true}']);
    expect(running.journalEvents().map(({ reports }) => reports.length)).toEqual([2]);
    expect(running.journalEvents()[0]?.why).toContain('arrived 2 times');
  });

  it('answers a ping and stores no message', async () => {
    const running = await start();
    expect(await status(running, message({ type: 'convey.ping', data: {} }))).toBe(200);
    expect(running.journalEvents()).toEqual([]);
    expect(running.journal()).toHaveLength(1);
  });

  it.each(['400', '401', '403', '404', '410', '413', '422', '429', '500', '502', '504'] as const)(
    'the fault %s answers so, and stores nothing',
    async (mode) => {
      const running = await start();
      running.faults({ mode });
      expect(await status(running)).toBe(Number(mode));
      expect(running.journalEvents()).toEqual([]);
    },
  );

  it('the faults redirect and html store nothing', async () => {
    const running = await start();
    running.faults({ mode: 'redirect', count: 1 });
    expect(await status(running)).toBe(307);
    running.faults({ mode: 'html', count: 1 });
    expect(await send(running)).toEqual([200, expect.stringContaining('<!doctype html>')]);
    expect(running.journalEvents()).toEqual([]);
  });
});

it('the page shows messages and repeats, and escapes hostile values', async () => {
  const running = await start();
  const read = async () => (await fetch(`${running.url}/`)).text();
  expect(await read()).toContain('No messages yet');
  await send(running);
  await send(running);
  await send(running, message({ data: { id: '<script>alert(1)</script>' } }), { id: 'msg_2' });
  await send(running, message(), { secrets: [foreign] });
  const page = await read();
  expect(page).toContain('<b>2</b> verified messages');
  expect(page).toContain('1 repeat');
  expect(page).toContain('125.4 USD');
  expect(page).toContain('No signature fits.');
  expect(page).not.toContain('<script>alert(1)');
});
