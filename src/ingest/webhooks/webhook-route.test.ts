import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parseEventKey } from '../../event/event-key.ts';
import { LogUnavailableError } from '../../storage/log/event-log.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { shop } from '../site.fixture.ts';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken } from './shopify.fixture.ts';

const [present, before] = ['shpss_present', 'shpss_before'];

function open(parts: Partial<CollectorDeps> = {}) {
  const log = createMemoryLog();
  const site = { ...shop, webhooks: { secrets: [present, before], purchaseOn: 'create' } as const };
  const app = createCollectorApp({ ...createCollectorDeps(log), sites: () => [{ ...shop, id: 'other' }, site], ...parts });
  const post = async (body: string, headers: Record<string, string>, path = '/hooks/shopify/shop', address = '203.0.113.9') => {
    const answer = await app.request(path, { method: 'POST', body, headers }, buildConnectionInfo(address));
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
  const order = (changes = {}, delivery = 'w-1', secret = present) => {
    const body = JSON.stringify(buildShopifyOrder(changes));
    return post(body, buildShopifyHeaders(body, 'orders/create', secret, delivery));
  };
  return { app, log, post, order };
}

const refused = { status: 401, json: { error: { code: 'not-signed', message: expect.any(String) } } };
const acceptedJson = { accepted: 1, duplicates: 0, rejected: [], warnings: [], ids: [`purchase-${checkoutToken}`] };

describe('a webhook', () => {
  test('is answered after its event is durable', async () => {
    const woken: string[] = [];
    let isDurable = false;
    const log = createMemoryLog();
    const { order } = open({
      append: async (records) => {
        await nextTurn();
        isDurable = true;
        return log.append(records);
      },
      onAppended: (site) => void woken.push(`${site} ${isDurable}`),
    });
    expect(await order()).toEqual({ status: 200, json: acceptedJson });
    expect(woken).toEqual(['shop true']);
    expect(log.stored().map(({ partition, key }) => [partition, parseEventKey(key)])).toEqual([
      ['shop', { name: 'Purchase', id: `purchase-${checkoutToken}`, reporter: 'webhook' }],
    ]);
  });

  test('may be signed with the current secret or the previous one', async () => {
    const { order } = open();
    expect(await order({}, 'w-1', before)).toEqual({ status: 200, json: acceptedJson });
    expect(await order({ checkout_token: 'another' }, 'w-2', present)).toMatchObject({ status: 200, json: { accepted: 1 } });
  });

  test('is limited when unsigned, for any site id, and never limited when signed', async () => {
    const rates = { ...createCollectorDeps(createMemoryLog()).rates, unsignedWebhooks: { perSecond: 1, burst: 3 } };
    const bodies: string[] = [];
    const { app, order, post } = open({ rates });
    const stranger = '198.51.100.7';
    const forged = (site: string, address: string) => {
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            bodies.push(site);
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      const headers = buildShopifyHeaders('{}', 'orders/create', 'shpss_wrong', 'w-9');
      const init = { method: 'POST', body, headers, duplex: 'half' };
      return app.request(`/hooks/shopify/${site}`, init, buildConnectionInfo(address));
    };
    for (const site of ['shop', 'other', 'no-such-site']) {
      const answers = [];
      for (let n = 0; n < 5; n++) answers.push(await forged(site, stranger));
      expect(
        answers.map(({ status }) => status),
        site,
      ).toEqual([401, 401, 401, 429, 429]);
      expect(answers.at(-1)?.headers.get('retry-after')).toBe('1');
    }
    expect(bodies.length, 'each was read to its end').toBe(15);
    expect(await order()).toEqual({ status: 200, json: acceptedJson });
    const mine = JSON.stringify(buildShopifyOrder({ checkout_token: 'another' }));
    const signed = buildShopifyHeaders(mine, 'orders/create', present, 'w-2');
    expect((await post(mine, signed, '/hooks/shopify/shop', '198.51.100.8')).status).toBe(200);
    const fromThere = await post(mine, signed, '/hooks/shopify/shop', stranger);
    expect(fromThere, 'from the address that sent the others').toMatchObject({ status: 200, json: { duplicates: 1 } });
  });

  test('is a duplicate by its delivery id or by its event when repeated', async () => {
    const woken: string[] = [];
    const { log, order } = open({ onAppended: (site) => void woken.push(site) });
    await order({}, 'w-1');
    expect(await order({}, 'w-1')).toMatchObject({ status: 200, json: { accepted: 0, duplicates: 1 } });
    expect(await order({}, 'w-2')).toMatchObject({ status: 200, json: { accepted: 0, duplicates: 1 } });
    expect(log.stored()).toHaveLength(1);
    expect(log.calls).toHaveLength(2);
    expect(woken, 'each append may have added a denial').toHaveLength(2);
  });

  test('is accepted when the shop repeats it after a failed append', async () => {
    const log = createMemoryLog();
    let fails = true;
    const woken: string[] = [];
    const { order } = open({
      onAppended: (site) => void woken.push(site),
      append: async (records) => {
        if (fails) throw new LogUnavailableError('full');
        return log.append(records);
      },
    });
    expect(await order()).toMatchObject({ status: 503, json: { error: { code: 'not-accepting' } } });
    expect(woken, 'the append may be committed later').toEqual(['shop']);
    fails = false;
    expect(await order()).toEqual({ status: 200, json: acceptedJson });
  });

  test.each([
    ['another secret', (body: string) => buildShopifyHeaders(body, 'orders/create', 'shpss_other'), true],
    ['the signature of another body', () => buildShopifyHeaders('{}', 'orders/create', present), true],
    ['no signature', () => ({ 'x-shopify-topic': 'orders/create' }), false],
    ['no form of a signature', () => ({ 'x-shopify-topic': 'orders/create', 'x-shopify-hmac-sha256': 'c2lnbmVk' }), false],
    ['an empty signature', () => ({ 'x-shopify-topic': 'orders/create', 'x-shopify-hmac-sha256': '' }), false],
  ])('with %s is refused, stores nothing, and is reported if a shop may have sent it', async (_, getHeaders, isReported) => {
    const reports: unknown[] = [];
    const { log, post } = open({ onUnsigned: (...what) => void reports.push(what) });
    const body = JSON.stringify(buildShopifyOrder());
    expect(await post(body, getHeaders(body))).toEqual(refused);
    expect(log.calls).toEqual([]);
    expect(reports).toEqual(isReported ? [['shop', true]] : []);
  });

  test('is refused alike for a site without a secret and for an unknown site', async () => {
    const { post } = open();
    const body = JSON.stringify(buildShopifyOrder());
    const signed = buildShopifyHeaders(body, 'orders/create', present);
    const empty = buildShopifyHeaders(body, 'orders/create', '');
    for (const path of ['/hooks/shopify/other', '/hooks/shopify/nowhere'])
      for (const headers of [signed, empty]) expect(await post(body, headers, path)).toEqual(refused);
  });

  test('gets the same response for any site when the limit is reached', async () => {
    const { app } = open();
    const endings: (() => void)[] = [];
    const slow = (site: string) => {
      const body = new ReadableStream<Uint8Array>({
        start(stream) {
          stream.enqueue(new Uint8Array(2 * 1_048_576 - 1));
          endings.push(() => stream.close());
        },
      });
      const headers = { 'x-shopify-hmac-sha256': `${'A'.repeat(43)}=` };
      const streamed = { method: 'POST', body, headers, duplex: 'half' };
      const request = new Request(`http://gateway/hooks/shopify/${site}`, streamed);
      return Promise.resolve(app.request(request, undefined, buildConnectionInfo('198.51.100.7')));
    };
    const holding = [slow('shop'), slow('nowhere')];
    for (const site of ['shop', 'other', 'nowhere']) expect((await slow(site)).status, site).toBe(503);
    for (const end of endings.slice(0, 2)) end();
    expect((await Promise.all(holding)).map(({ status }) => status)).toEqual([401, 401]);
  });

  test('is refused before its body is read when its signature cannot be valid', async () => {
    const { app } = open();
    let pulled = 0;
    const body = () =>
      new ReadableStream(
        {
          pull(stream) {
            pulled += 1;
            stream.enqueue(new Uint8Array(1_024));
          },
        },
        { highWaterMark: 0 },
      );
    const headers = { 'x-shopify-hmac-sha256': 'none' };
    const post = (path: string) => {
      const streamed = { method: 'POST', body: body(), headers, duplex: 'half' };
      return app.request(new Request(`http://gateway${path}`, streamed), undefined, buildConnectionInfo('203.0.113.9'));
    };
    expect((await post('/hooks/shopify/shop')).status).toBe(401);
    expect(pulled).toBe(0);
    // A possible ping of WooCommerce is read up to a ping's length.
    expect((await post('/hooks/woocommerce/shop')).status).toBe(401);
    expect(pulled).toBe(1);
  });

  test('gets the same response for any site when it is a ping', async () => {
    const { post } = open();
    for (const site of ['shop', 'other', 'nowhere'])
      expect(await post('webhook_id=7', {}, `/hooks/woocommerce/${site}`)).toMatchObject({ status: 200, json: { accepted: 0 } });
    expect(await post('webhook_id=7', {})).toEqual(refused);
    expect(await post('webhook_id=7&x=1', {}, '/hooks/woocommerce/shop')).toEqual(refused);
  });

  test('is refused when compressed, because the shops do not compress', async () => {
    const { post } = open();
    const body = JSON.stringify(buildShopifyOrder());
    const headers = { ...buildShopifyHeaders(body, 'orders/create', present), 'content-encoding': 'gzip' };
    for (const site of ['shop', 'other', 'nowhere'])
      expect(await post(body, headers, `/hooks/shopify/${site}`)).toMatchObject({
        status: 415,
        json: { error: { code: 'encoding-unsupported' } },
      });
  });

  test('is refused alike for any site when it declares too long a body, and is not signed when it becomes too long', async () => {
    const { post, app } = open();
    const declared = { ...buildShopifyHeaders('{}', 'orders/create', present), 'content-length': String(2 * 1_048_576 + 1) };
    for (const site of ['shop', 'other', 'nowhere'])
      expect(await post('{}', declared, `/hooks/shopify/${site}`)).toMatchObject({
        status: 413,
        json: { error: { code: 'body-too-large' } },
      });
    const headers = buildShopifyHeaders('{}', 'orders/create', present);
    const streamed = { method: 'POST', body: new Blob([new Uint8Array(2 * 1_048_576 + 1)]).stream(), headers, duplex: 'half' };
    const request = new Request('http://gateway/hooks/shopify/shop', streamed);
    expect((await app.request(request, undefined, buildConnectionInfo('203.0.113.9'))).status).toBe(401);
  });

  test("takes no part of the shop's limit when unsigned and slow", async () => {
    const { app, order } = open();
    const endings: (() => void)[] = [];
    const slow = () => {
      let isOpen = true;
      const body = new ReadableStream({
        start(stream) {
          stream.enqueue(new Uint8Array(2 * 1_048_576 - 1));
          endings.push(() => isOpen && stream.close());
        },
        cancel() {
          isOpen = false;
        },
      });
      const headers = { 'x-shopify-hmac-sha256': `${'A'.repeat(43)}=` };
      const streamed = { method: 'POST', body, headers, duplex: 'half' };
      return Promise.resolve(
        app.request(new Request('http://gateway/hooks/shopify/shop', streamed), undefined, buildConnectionInfo('198.51.100.7')),
      );
    };
    const strangers = Array.from({ length: 8 }, slow);
    // The requests beyond the limit are answered; the others hold one caller's limit.
    expect((await Promise.all(strangers.slice(2))).map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 503));
    expect(await order()).toEqual({ status: 200, json: acceptedJson });
    for (const end of endings) end();
    expect((await Promise.all(strangers)).map(({ status }) => status)).toEqual([401, 401, 503, 503, 503, 503, 503, 503]);
    // The limit is free again.
    const after = slow();
    endings.at(-1)?.();
    expect((await after).status).toBe(401);
  });

  test.each([
    ['[]', 400, 'body-unreadable'],
    ['{', 400, 'body-unreadable'],
    ['\ufffd', 400, 'body-unreadable'],
    [`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 400, 'body-too-deep'],
  ])('is refused with the reason when its signed body is unreadable (%#)', async (body, status, code) => {
    const { post } = open();
    expect(await post(body, buildShopifyHeaders(body, 'orders/create', present))).toMatchObject({
      status,
      json: { error: { code } },
    });
  });

  test('is answered with the reason when it is ignored', async () => {
    const { log, post } = open();
    const body = '{"id":1}';
    const { status, json } = await post(body, buildShopifyHeaders(body, 'products/update', present));
    expect({ status, json }).toMatchObject({ status: 200, json: { accepted: 0, ignored: expect.stringContaining('topic') } });
    expect(log.calls).toEqual([]);
  });

  test('is rejected when its event is too old, and need not be repeated', async () => {
    const { order } = open();
    expect(await order({ created_at: '2026-11-01T00:00:00Z' })).toMatchObject({
      status: 200,
      json: { accepted: 0, rejected: [{ index: 0, issues: [{ field: 'time', code: 'too-old' }] }] },
    });
  });

  test('is answered after a privacy request is done, and is the same request when repeated', async () => {
    const requests: unknown[] = [];
    const answers: ('later' | 'done')[] = ['later', 'done'];
    const { post } = open({
      onPrivacyRequest: async (site, kind, person, delivery) => {
        requests.push([site.id, kind, person, delivery]);
        return answers.shift() ?? 'done';
      },
    });
    const customer = { id: 1, email: 'jane@shop.example' };
    const body = JSON.stringify({ shop_domain: 'shop.myshopify.example', customer, orders_to_redact: [7] });
    const headers = buildShopifyHeaders(body, 'customers/redact', present, 'w-9');
    expect(await post(body, headers)).toMatchObject({ status: 503 });
    expect(await post(body, headers)).toMatchObject({ status: 200 });
    expect(await post(body, headers)).toMatchObject({ status: 200, json: { duplicates: 1 } });
    const request = ['shop', 'erase', { email: 'jane@shop.example', externalId: '1', orderIds: ['7'] }, 'shop w-9'];
    expect(requests).toEqual([request, request]);
  });
});

describe('a signed body under a wrong topic', () => {
  const wrong: unknown[] = [];
  const kinds: unknown[] = [];
  const openGuarded = (parts: Partial<CollectorDeps> = {}) => {
    wrong.length = 0;
    kinds.length = 0;
    return open({
      onMismatch: (...what) => void wrong.push(what),
      onPrivacyRequest: async (_, kind) => {
        kinds.push(kind);
        return 'done';
      },
      ...parts,
    });
  };
  const ignored = { status: 200, json: { accepted: 0, ignored: expect.stringContaining('does not fit its topic') } };

  test('erases nothing and exports nothing, and the operator is warned', async () => {
    const { order, post, log } = openGuarded();
    await order();
    const body = JSON.stringify(buildShopifyOrder());
    for (const topic of ['customers/redact', 'customers/data_request', 'customers/create', 'refunds/create'])
      expect(await post(body, buildShopifyHeaders(body, topic, present, `w-${topic}`))).toMatchObject(ignored);
    expect(kinds).toEqual([]);
    expect(log.stored()).toHaveLength(1);
    expect(wrong).toEqual([
      ['shop', 'customers/redact'],
      ['shop', 'customers/data_request'],
      ['shop', 'customers/create'],
      ['shop', 'refunds/create'],
    ]);
  });

  test('is ignored for 24 hours when its members fit both topics', async () => {
    let now = 1_764_000_000_000;
    const { post } = openGuarded({ now: () => now });
    // A subscription may omit the members that distinguish a customer from an order.
    const body = JSON.stringify({ id: 7, email: 'jane@shop.example', created_at: new Date(now).toISOString() });
    const send = (topic: string) => post(body, buildShopifyHeaders(body, topic, present, crypto.randomUUID()));
    expect(await send('customers/create')).toMatchObject({ status: 200, json: { accepted: 1 } });
    expect(await send('orders/create')).toMatchObject(ignored);
    expect(await send('customers/create')).toMatchObject({ status: 200, json: { duplicates: 1 } });
    now += 24 * 3_600_000;
    expect(await send('orders/create')).toMatchObject({ status: 200, json: { accepted: 1 } });
  });

  test('is accepted when both topics are of orders, which may have the same body', async () => {
    const site = { ...shop, webhooks: { secrets: [present], purchaseOn: 'paid' } } as const;
    const { post } = openGuarded({ sites: () => [site] });
    const body = JSON.stringify(buildShopifyOrder());
    const send = (topic: string) => post(body, buildShopifyHeaders(body, topic, present, crypto.randomUUID()));
    expect(await send('orders/create')).toMatchObject({ status: 200, json: { ignored: expect.stringContaining('orders/paid') } });
    expect(await send('orders/paid')).toMatchObject({ status: 200, json: { accepted: 1 } });
    expect(wrong).toEqual([]);
  });

  test('does not make the real delivery of the same id a duplicate', async () => {
    const { order, post } = openGuarded();
    const body = JSON.stringify(buildShopifyOrder());
    await post(body, buildShopifyHeaders(body, 'customers/redact', present, 'w-1'));
    expect(await order({}, 'w-1')).toEqual({ status: 200, json: acceptedJson });
  });
});
