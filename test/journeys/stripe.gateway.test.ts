import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createStripeEvent,
  firstInvoice,
  invoicePayment,
  paidSession,
  partialRefund,
  signAsStripe,
  subscriptionSession,
  trialSubscription,
} from '../../src/hooks/stripe/stripe.fixture.ts';
import { settleAll } from '../paced-gateway.fixture.ts';
import { startWithTwoPlatforms } from './two-platforms.fixture.ts';

/** Stripe reports a subscription as a test clock makes it: each event signed by Stripe's own package, to a gateway with two platforms. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const _datasetId = '1234567890123456';
const secret = 'whsec_0123456789abcdef';
const dayMs = 86_400_000;

async function open() {
  const hooks = [{ id: 'stripe', source: 'stripe', secrets: [secret] }];
  const site = { hooks, consent: { policy: 'granted' } };
  const { folder, clock, meta, microsoft, gateway } = await startWithTwoPlatforms(site, cleanups);
  const post = async (body: string, signature: string) => {
    const init = { method: 'POST', body, headers: { 'Stripe-Signature': signature } };
    const answer = await fetch(`${gateway.url}/hooks/stripe/shop/stripe`, init);
    const json: unknown = await answer.json();
    return { status: answer.status, json };
  };
  /** Sends an event that happens now. */
  const send = (...[type, object, rest]: [Parameters<typeof createStripeEvent>[0], object, object?]) => {
    const body = JSON.stringify(createStripeEvent(type, object, clock.now(), rest));
    return post(body, signAsStripe(body, secret, clock.now()));
  };
  const listEvents = async () => {
    const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop' });
    return events.flatMap((one) => ('name' in one ? [one] : []));
  };
  const settle = () => settleAll(gateway, clock);
  const listPurchases = () => ({
    meta: meta.journalEvents().flatMap(({ server }) => server.map(({ event }) => event)),
    microsoft: microsoft.journalEvents().map(({ eventId }) => eventId),
  });
  return { folder, clock, gateway, post, send, listEvents, settle, listPurchases };
}

const accepted = { status: 200, json: { accepted: 1 } };
const renewal = { ...firstInvoice, id: 'in_2', billing_reason: 'subscription_cycle' };

describe('a subscription of Stripe', () => {
  it('is one purchase at each platform, with the visitor, and its renewal none; a refund of a part finds the order', async () => {
    const { folder, clock, gateway, send, listEvents, settle, listPurchases } = await open();
    expect(await send('invoice.paid', firstInvoice)).toMatchObject(accepted);
    expect(await send('invoice_payment.paid', invoicePayment)).toMatchObject(accepted);
    expect(await send('checkout.session.completed', subscriptionSession)).toMatchObject(accepted);
    await settle();
    const custom_data = { value: 49.9, currency: 'EUR' };
    expect(listPurchases()).toMatchObject({
      meta: [{ event_name: 'Purchase', event_id: 'purchase-in_1', custom_data }],
      microsoft: ['purchase-in_1'],
    });
    const find = async (name: string) => (await listEvents()).find((one) => one.name === name);
    expect(await find('Purchase')).toMatchObject({ id: 'purchase-in_1', reporter: 'webhook', commerce: { value: 49.9 } });

    clock.jump(dayMs);
    expect(await send('invoice.paid', renewal)).toMatchObject(accepted);
    expect(await send('refund.created', partialRefund)).toMatchObject(accepted);
    await settle();
    expect(listPurchases()).toMatchObject({ meta: [{ event_id: 'purchase-in_1' }], microsoft: ['purchase-in_1'] });
    const refund = await find('Refund');
    expect(refund).toMatchObject({ id: 'refund-re_1', commerce: { value: 9.9 } });
    const { outcomes } = refund ?? {};
    expect(JSON.stringify(outcomes)).toContain('unsupported');

    const files = readdirSync(folder.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const stored = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString('latin1')).join('');
    expect(stored).toContain('purchase-in_1');
    expect(stored + JSON.stringify(gateway.lines)).not.toMatch(/jane@|1711234567/i);
  });

  it('has its first sale when the first invoice after the trial is paid, weeks later, and renewals then', async () => {
    const { clock, send, listEvents, settle, listPurchases } = await open();
    expect(await send('customer.subscription.created', trialSubscription)).toMatchObject(accepted);
    const started = { ...subscriptionSession, payment_status: 'no_payment_required', amount_total: 0 };
    expect(await send('checkout.session.completed', started)).toMatchObject(accepted);
    expect(await send('invoice.paid', { ...firstInvoice, amount_paid: 0 })).toMatchObject(accepted);
    await settle();
    clock.jump(30 * dayMs);
    expect(await send('invoice.paid', renewal)).toMatchObject(accepted);
    await settle();
    clock.jump(dayMs);
    expect(await send('invoice.paid', { ...renewal, id: 'in_3' })).toMatchObject(accepted);
    await settle();
    const { meta, microsoft } = listPurchases();
    expect(meta.filter(({ event_name }) => event_name === 'Purchase')).toMatchObject([
      { event_id: 'purchase-in_2', custom_data: { value: 49.9 } },
    ]);
    expect(microsoft.filter((id) => id?.startsWith('purchase-'))).toEqual(['purchase-in_2']);
    const names = (await listEvents()).map(({ name, id }) => `${name} ${id}`);
    expect(names).toContain('Renewal renewal-in_3');
  });
});

describe('a request to the hook of Stripe', () => {
  it('counts once when it is replayed or sent again, and not at all with a wrong or an old signature', async () => {
    const { clock, post, send, listEvents, settle, listPurchases } = await open();
    const body = JSON.stringify(createStripeEvent('checkout.session.completed', paidSession, clock.now()));
    expect(await post(body, signAsStripe(body, 'whsec_fedcba9876543210', clock.now()))).toMatchObject({ status: 401 });
    expect(await post(body, signAsStripe(body, secret, clock.now() - 301_000))).toMatchObject({ status: 401 });
    expect(await post(body.replace('4990', '9990'), signAsStripe(body, secret, clock.now()))).toMatchObject({ status: 401 });
    expect(await listEvents()).toEqual([]);

    const signature = signAsStripe(body, secret, clock.now());
    expect(await post(body, signature)).toMatchObject(accepted);
    expect(await post(body, signature)).toMatchObject({ status: 200, json: { accepted: 0, duplicates: 1 } });
    // One change may have two events, and a repeat a new signature.
    expect(await send('checkout.session.completed', paidSession)).toMatchObject({ json: { accepted: 0, duplicates: 1 } });
    await settle();
    expect(listPurchases()).toMatchObject({ meta: [{ event_id: 'purchase-cs_live_1' }], microsoft: ['purchase-cs_live_1'] });
  });

  it('reaches no platform in test mode, and is answered with a hint if the event is thin', async () => {
    const { clock, post, send, listEvents, settle, listPurchases } = await open();
    expect(await send('checkout.session.completed', paidSession, { livemode: false })).toMatchObject(accepted);
    const thin = JSON.stringify({ id: 'evt_thin', object: 'v2.core.event', type: 'v1.invoice.paid' });
    expect(await post(thin, signAsStripe(thin, secret, clock.now()))).toMatchObject({
      status: 200,
      json: { ignored: expect.stringContaining('snapshot') },
    });
    await settle();
    expect(listPurchases()).toEqual({ meta: [], microsoft: [] });
    expect(await listEvents()).toMatchObject([{ name: 'Purchase' }]);
  });
});
