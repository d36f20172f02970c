import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { systemClock } from '../src/clock/clock.ts';
import { buildShopifyHeaders, buildShopifyOrder, checkoutToken } from '../src/ingest/webhooks/shopify.fixture.ts';
import { convey } from './cli.fixture.ts';
import { eventually, makeFolder, post, purchase, startSink } from './gateway.fixture.ts';
import { countReceived, writeLines } from './import.fixture.ts';
import { startPacedGateway } from './paced-gateway.fixture.ts';
import { createTestDatabase, hasPostgres } from './postgres.fixture.ts';

/** Orders that a shop reported by itself, and imports from a file afterwards under the same event ids. */

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

const secret = 'shpss_0123456789abcdef';
const secretsKey = 'c7'.repeat(32);
const now = new Date().toISOString();

async function open(store: 'SQLite' | 'PostgreSQL') {
  const folder = makeFolder();
  cleanups.push(() => folder.remove());
  const sink = await startSink();
  cleanups.push(() => sink.close());
  const site = { platform: 'shopify', purchaseHoldSeconds: 0, webhooks: { secrets: [secret] }, consent: { policy: 'granted' } };
  const database = store === 'PostgreSQL' ? await createTestDatabase() : undefined;
  if (database) cleanups.push(() => database.drop());
  const config = folder.writeConfig(sink.url, { site, ...(database && { store: `${database.url}?sslmode=disable` }) });
  // The command reads the config file, which needs the key.
  process.env.CONVEY_SECRETS_KEY = secretsKey;
  cleanups.push(() => delete process.env.CONVEY_SECRETS_KEY);
  const gateway = await startPacedGateway(config, systemClock, { env: { CONVEY_SECRETS_KEY: secretsKey } });
  cleanups.push(() => gateway.stop());
  const sendWebhook = async () => {
    const body = JSON.stringify(buildShopifyOrder({ created_at: now }));
    const headers = buildShopifyHeaders(body, 'orders/create', secret, crypto.randomUUID());
    const answer = await fetch(`${gateway.url}/hooks/shopify/shop`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
  };
  const importRows = async (name: string, rows: readonly string[], ...more: readonly string[]) => {
    const header = 'name,id,time,commerce.value,commerce.currency,commerce.orderId,user.email';
    const { stdout } = await convey('import', writeLines(folder, [header, ...rows], name), '--config', config, ...more);
    return stdout;
  };
  return { folder, sink, config, gateway, sendWebhook, importRows, ask: connectToGateway({ dataDir: folder.dataDir }) };
}

const rows = [
  `Purchase,ord-1,${now},99,USD,ord-1,jane@mail.example`,
  `Purchase,purchase-${checkoutToken},${now},125.40,USD,5734826901234,jane@mail.example`,
  `Purchase,,${now},10,USD,old-1,jane@mail.example`,
];

describe.each(['SQLite', 'PostgreSQL'] as const)('an import on %s', (store) => {
  const check = test.skipIf(store === 'PostgreSQL' && !hasPostgres);

  check('names itself, and counts and delivers orders once that the shop reports too', { timeout: 90_000 }, async () => {
    const { folder, sink, config, gateway, sendWebhook, importRows, ask } = await open(store);
    await post(gateway.url, [purchase('ord-1')]);
    await sendWebhook();
    expect(await eventually(() => sink.events().length === 2)).toBe(true);
    const results = join(folder.dir, 'results.csv');
    expect(await importRows('orders.csv', rows, '--results', results)).toBe('3 rows accepted, 0 repeated, 0 refused.\n');
    const ids = ['ord-1', `purchase-${checkoutToken}`, 'purchase-old-1'];
    const listed = readFileSync(results, 'utf8').trimEnd().split('\n').slice(1);
    expect(listed).toEqual(ids.map((id, index) => `${index + 2},accepted,${id},,,,,`));
    // Another file has the same rows.
    expect(await importRows('again.csv', [...rows, ''])).toBe('0 rows accepted, 3 repeated, 0 refused.\n');
    // The shop's server reports an imported order afterwards.
    expect(await post(gateway.url, [purchase('purchase-old-1')])).toMatchObject({ accepted: 1 });
    await post(gateway.url, [purchase('last')]);
    expect(await eventually(() => sink.events().length === 4)).toBe(true);
    const sent = sink.events().map(({ eventId }) => eventId);
    expect(sent.toSorted()).toEqual([...ids, 'last'].toSorted());
    expect(await countReceived(ask)).toEqual({ received: 4, copies: 3 });
    const { reported } = await ask('GET /api/sites/:site/money', { site: 'shop' });
    // The server's amount of ord-1 stays, because it came first.
    expect(reported).toMatchObject({ orders: 4, amounts: [{ currency: 'USD', orders: 4, amount: 386.2 }] });
    const text = (await convey('event', 'ord-1', '--config', config)).stdout;
    expect(text).toMatch(/received .* from the server\n/);
    expect(text).toMatch(/duplicate .* from an import\n/);
    expect((await convey('events', '--config', config)).stdout).toMatch(/server\/import +Purchase +purchase-old-1/);
    const { ways } = await ask('GET /api/sites/:site/checklist', { site: 'shop' });
    expect(ways).toMatchObject([
      { reporter: 'server', count: 3 },
      { reporter: 'server', via: 'import', count: 3 },
      { reporter: 'webhook', count: 1 },
    ]);
  });

  check('reports no way in but its own, and refunds an order once', { timeout: 90_000 }, async () => {
    const { sink, gateway, importRows, ask } = await open(store);
    await importRows('orders.csv', rows);
    expect(await eventually(() => sink.events().length === 3)).toBe(true);
    const { ways, steps } = await ask('GET /api/sites/:site/checklist', { site: 'shop' });
    expect(ways).toMatchObject([{ reporter: 'server', via: 'import', count: 3 }]);
    expect(steps.find(({ id }) => id === 'server-seen')).toMatchObject({ state: 'optional' });
    const refund = { id: 'refund-1', name: 'Refund', commerce: { orderId: 'old-1', value: 4, currency: 'USD' } };
    await post(gateway.url, [refund]);
    expect(await importRows('refunds.csv', [`Refund,refund-1,${now},4,USD,old-1,`])).toContain('1 row accepted');
    const read = () => ask('GET /api/sites/:site/money', { site: 'shop' });
    expect(await eventually(async () => (await read()).refunded.orders > 0)).toBe(true);
    await post(gateway.url, [purchase('last')]);
    expect(await eventually(() => sink.events().some(({ eventId }) => eventId === 'last'))).toBe(true);
    expect((await read()).refunded).toMatchObject({ orders: 1, amounts: [{ currency: 'USD', amount: 4 }] });
  });
});
