// Sends one purchase to a Convey gateway, as a shop's server would. Plain Node.js 18 or newer, no dependencies.
//   node send.mjs [gateway] [secret key] [order number]

import { purchaseId } from './purchase-id.mjs';

const [
  gateway = 'http://127.0.0.1:8080',
  secretKey = process.env.CONVEY_SECRET_KEY ?? 'sk_example_0123456789abcdef',
  order = String(Date.now()),
] = process.argv.slice(2);

const attempts = 6;
const timeoutMs = 10_000;

// The same order has the same id on every attempt, so it counts once. The thank-you page passes the same id to the pixel.
const idSecret = process.env.PURCHASE_ID_SECRET ?? 'example_0123456789abcdef';
const purchase = {
  id: purchaseId(order, idSecret),
  name: 'Purchase',
  time: new Date().toISOString(),
  page: { url: 'https://shop.example/thanks' },
  user: { email: 'jane.doe@example.com', phone: '+1 425 555 1234', externalId: 'cust-7', ip: '203.0.113.42', country: 'US' },
  clickIds: { msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab' },
  consent: { adStorage: 'granted', source: 'server', explicit: true },
  commerce: { orderId: order, value: 125.4, currency: 'USD', items: [{ id: 'sku1', price: 62.7, quantity: 2 }] },
};

const result = await send([purchase]).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
for (const { index, field, message } of result.warnings) console.warn(`warning: event ${index}, ${field}: ${message}`);
for (const { index, issues } of result.rejected) {
  for (const { field, message } of issues) console.error(`rejected: event ${index}, ${field}: ${message}`);
}
console.log(`${result.accepted} accepted, ${result.duplicates} duplicates: ${result.ids.join(', ')}`);
if (result.rejected.length > 0) process.exitCode = 1;

/** Sends events and returns the gateway's result. Retries temporary failures; throws on all others. */
async function send(events) {
  for (let attempt = 1; ; attempt++) {
    const answer = await post(events).catch((error) => ({ reason: error.message }));
    if (answer.status === 202) return JSON.parse(answer.body);
    const reason = answer.reason ?? `${answer.status} ${answer.body}`;
    const isTemporary = answer.status === undefined || answer.status === 429 || answer.status >= 500;
    if (!isTemporary || attempt === attempts) throw new Error(`The gateway rejected the events: ${reason}`);
    const seconds = answer.retryAfter ?? 2 ** (attempt - 1);
    console.warn(`Attempt ${attempt} failed (${reason}). Retrying in ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  }
}

async function post(events) {
  const response = await fetch(`${gateway}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return { status: response.status, body: await response.text(), ...(retryAfter >= 0 && { retryAfter }) };
}
