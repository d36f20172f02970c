import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import type { Hook } from '../../event/hook.ts';
import { buildConnectionInfo, createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';

const stripe = new Stripe('sk_test_not_used');
const [ofStripe, ofShop] = ['whsec_0123456789abcdef', 'shpss_0123456789abcdef'];

function open(parts: Partial<CollectorDeps> = {}, others: readonly Hook[] = []) {
  const site = {
    ...shop,
    webhooks: { secrets: [ofShop], purchaseOn: 'create' } as const,
    hooks: [{ id: 'payments', source: 'stripe', secrets: [ofStripe] } as const, ...others],
  };
  const app = createCollectorApp({ ...createCollectorDeps(createMemoryLog()), sites: () => [site], ...parts });
  const post = async (path: string, body: string, secret = ofStripe, at = now, header = 'Stripe-Signature') => {
    const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(at / 1_000) });
    const init = { method: 'POST', body, headers: { [header]: signature } };
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

  test.each(['stripe', 'recharge'] as const)('of %s has an address without its id if it is the only one', async (source) => {
    const path = `/hooks/${source}/shop`;
    const one: Hook = { id: 'one', source, secrets: [ofStripe] };
    const hooks: readonly Hook[] = source === 'stripe' ? [] : [one];
    const send = (others: readonly Hook[], at: string) => {
      const body = '{}';
      const header = source === 'stripe' ? 'Stripe-Signature' : 'X-Recharge-Webhook-Signature';
      return open({}, others).post(at, body, ofStripe, now, header);
    };
    expect(await send(hooks, path)).toMatchObject({ status: 200 });
    expect(await send([...hooks, { ...one, id: 'two' }], path)).toEqual(refused);
    expect(await send([...hooks, { ...one, id: 'two' }], `${path}/two`)).toMatchObject({ status: 200 });
    expect(await send(hooks, `/hooks/${source}/other`)).toEqual(refused);
  });

  test('of a mapped source has no address without its id', async () => {
    const crm: Hook = {
      ...{ id: 'crm', source: 'custom', secrets: [ofStripe], events: [{ fields: { name: { const: 'Lead' } } }] },
      signature: { scheme: 'timestamped', header: 'Stripe-Signature', toleranceSeconds: 300 },
    };
    const { post } = open({}, [crm]);
    expect(await post('/hooks/custom/shop', '{}')).toMatchObject({ status: 404 });
    expect(await post('/hooks/custom/shop/crm', '{}')).toMatchObject({ status: 200, json: { accepted: 1 } });
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
