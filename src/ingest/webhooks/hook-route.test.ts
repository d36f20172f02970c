import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';

const stripe = new Stripe('sk_test_not_used');
const [ofStripe, ofShop] = ['whsec_0123456789abcdef', 'shpss_0123456789abcdef'];

function open(parts: Partial<CollectorDeps> = {}) {
  const site = {
    ...shop,
    webhooks: { secrets: [ofShop], purchaseOn: 'create' } as const,
    hooks: [{ id: 'payments', source: 'stripe', secrets: [ofStripe] } as const],
  };
  const app = createCollectorApp({ ...createCollectorDeps(createMemoryLog()), sites: () => [site], ...parts });
  const post = async (path: string, body: string, secret = ofStripe, at = now) => {
    const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(at / 1_000) });
    const init = { method: 'POST', body, headers: { 'Stripe-Signature': signature } };
    const answer = await app.request(path, init, buildConnectionInfo('203.0.113.9'));
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
  return { post };
}

const refused = { status: 401, json: { error: { code: 'not-signed', message: expect.any(String) } } };

describe('a hook of another sender', () => {
  test('takes only what its own secret signed, at its own address', async () => {
    const unsigned: unknown[] = [];
    const { post } = open({ onUnsigned: (...all) => void unsigned.push(all) });
    expect(await post('/hooks/stripe/shop/payments', '{}')).toMatchObject({ status: 200 });
    for (const path of ['/hooks/stripe/shop/other', '/hooks/stripe/other/payments', '/hooks/recharge/shop/payments'])
      expect(await post(path, '{}'), path).toEqual(refused);
    expect(unsigned).toEqual([]);
    expect(await post('/hooks/stripe/shop/payments', '{}', ofShop)).toEqual(refused);
    expect(await post('/hooks/stripe/shop/payments', '{}', ofStripe, now - 301_000)).toEqual(refused);
    expect(unsigned).toEqual([
      ['shop', true, 'payments'],
      ['shop', true, 'payments'],
    ]);
  });

  test('is limited when unsigned, as the webhooks of a shop are', async () => {
    const rates = { ...createCollectorDeps(createMemoryLog()).rates, unsignedWebhooks: { perSecond: 1, burst: 2 } };
    const { post } = open({ rates });
    const statuses = [];
    for (let tries = 0; tries < 4; tries += 1) statuses.push((await post('/hooks/stripe/shop/payments', '{}', ofShop)).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    expect(await post('/hooks/stripe/shop/payments', '{}')).toMatchObject({ status: 200 });
  });
});
