import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import {
  createStripeEvent,
  firstInvoice,
  invoicePayment,
  partialRefund,
  signAsStripe,
} from '../../src/hooks/stripe/stripe.fixture.ts';
import { startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { makeFolder } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';

/** Refunds of a subscription's invoice, which name the payment alone, reach a platform that takes changes of a purchase. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const secret = 'whsec_0123456789abcdef';
const account = 'convey@shop-project.example';
const [minuteMs, clickedMs] = [60_000, 24 * 3_600_000];

it('a refund of a part restates the sale, and one that fails restates the whole value again', async () => {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  const clock = createPacedClock();
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const google = await startGoogleAdsSimulator({
    port: 0,
    now: clock.now,
    credentials: { serviceAccounts: { [account]: publicKey } },
    overrides: { actions: [{ id: '987654321', name: 'Purchase', type: 'WEBPAGE', owner: '1234567890' }] },
  });
  cleanups.push(google.close);
  const settings = {
    customerId: '123-456-7890',
    conversions: { Purchase: '987654321 website' },
    serviceAccount: JSON.stringify({ type: 'service_account', client_email: account, private_key: privateKey }),
    endpoint: google.url,
    tokenEndpoint: google.url,
  };
  const site = {
    consent: { policy: 'granted' },
    purchaseHoldSeconds: 0,
    connections: [{ id: 'google', destination: 'google-ads', settings }],
    hooks: [{ id: 'stripe', source: 'stripe', secrets: [secret] }],
  };
  const gateway = await startPacedGateway(folder.writeConfig(google.url, { site }), clock);
  cleanups.push(gateway.stop);
  const send = async (type: Parameters<typeof createStripeEvent>[0], object: object) => {
    const body = JSON.stringify(createStripeEvent(type, object, clock.now()));
    const init = { method: 'POST', body, headers: { 'Stripe-Signature': signAsStripe(body, secret, clock.now()) } };
    expect(await (await fetch(`${gateway.url}/hooks/stripe/shop/stripe`, init)).json()).toMatchObject({ accepted: 1 });
  };
  const getOutcome = async (id: string) => {
    clock.jump(5 * minuteMs);
    const { events } = await gateway.callApi('GET /api/sites/:site/events', { site: 'shop' });
    return events.flatMap((one) => ('id' in one && one.id === id ? one.outcomes.map(({ outcome }) => outcome) : [])).join();
  };
  const getSale = () => google.journalEvents().at(0);
  clock.jump(clickedMs);

  const details = { subscription: 'sub_1', metadata: { gclid: 'Cj0KCQ.click' } };
  await send('invoice.paid', { ...firstInvoice, parent: { subscription_details: details } });
  await send('invoice_payment.paid', invoicePayment);
  await expect.poll(() => getOutcome('purchase-in_1'), { interval: 100 }).toBe('delivered');
  expect(getSale()).toMatchObject({ value: 49.9, currency: 'EUR' });

  await send('refund.created', partialRefund);
  await expect.poll(() => getOutcome('refund-re_1'), { interval: 100 }).toBe('restated');
  expect(getSale()).toMatchObject({ value: 40, adjustments: 1 });

  await send('refund.failed', { ...partialRefund, status: 'failed' });
  await expect.poll(() => getOutcome('refund-re_1-failed'), { interval: 100 }).toBe('restated');
  expect(getSale()).toMatchObject({ value: 49.9, adjustments: 2 });
});
