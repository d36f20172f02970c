import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';

const secret = 'client-secret-of-recharge';
const order = { id: 7, type: 'checkout', total_price: '49.90', currency: 'EUR', email: 'jane@shop.example' };
const body = JSON.stringify({ order });

function open(webhooks = shop.webhooks) {
  const hooks = [{ id: 'plans', source: 'recharge', secrets: [secret] }] as const;
  const site = { ...shop, webhooks, hooks };
  const app = createCollectorApp({ ...createCollectorDeps(createMemoryLog()), sites: () => [site] });
  return async (headers: Readonly<Record<string, string>>, text = body, topic = 'order/created') => {
    const init = { method: 'POST', body: text, headers: { ...headers, 'X-Recharge-Topic': topic } };
    const answer = await app.request('/hooks/recharge/shop/plans', init, buildConnectionInfo('203.0.113.9'));
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
}

function signAt(at: number, key = secret) {
  const seconds = Math.floor(at / 1_000);
  const digest = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  return { 'X-Recharge-Webhook-Signature': `t=${seconds},v1=${digest}`, 'X-Recharge-Webhook-Timestamp': String(seconds) };
}
const older = (key = secret) => ({ 'X-Recharge-Hmac-Sha256': createHash('sha256').update(key).update(body).digest('hex') });
const hourMs = 3_600_000;

describe('the hook of Recharge', () => {
  test('takes the newer signature for 48 hours, and the older one without the newer', async () => {
    for (const headers of [signAt(now), signAt(now - 47 * hourMs), older()])
      expect(await open()(headers)).toMatchObject({ status: 200, json: { accepted: 1 } });
    for (const headers of [
      signAt(now - 49 * hourMs),
      signAt(now, 'another-secret'),
      older('another-secret'),
      // A present header is verified, also beside a right one of the older form.
      { ...signAt(now, 'another-secret'), ...older() },
      {},
    ])
      expect(await open()(headers)).toMatchObject({ status: 401 });
    expect(await open()(older(), body.replace('49.90', '99.90'))).toMatchObject({ status: 401 });
  });

  test('counts a repeat once, and ignores a signed body under a topic that it does not fit', async () => {
    const post = open();
    expect(await post(signAt(now), body, 'charge/failed')).toMatchObject({ status: 200, json: { ignored: expect.any(String) } });
    expect(await post(signAt(now))).toMatchObject({ json: { accepted: 1, duplicates: 0 } });
    expect(await post(signAt(now))).toMatchObject({ json: { accepted: 0, duplicates: 1 } });
  });

  test("leaves the orders of a site with the shop's webhooks to them", async () => {
    const post = open({ secrets: ['shpss_0123456789abcdef'], purchaseOn: 'create' });
    expect(await post(signAt(now))).toMatchObject({ status: 200, json: { accepted: 0, ignored: expect.any(String) } });
  });
});
