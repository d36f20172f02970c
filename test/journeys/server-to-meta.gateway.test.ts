import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type MetaSimulator, startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import { eventually, type Folder, makeFolder, post, purchase, tagId } from '../gateway.fixture.ts';
import { startLocalGateway } from '../paced-gateway.fixture.ts';

const datasetId = '1234567890123456';
const token = 'EAAexampletoken';
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let folder: Folder;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

beforeEach(() => {
  folder = makeFolder();
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
  folder.remove();
});

async function startMeta(): Promise<MetaSimulator> {
  // Strict: a field that Meta calls required and that Convey leaves out would be refused.
  const running = await startMetaSimulator({ port: 0, tokens: { [datasetId]: token }, overrides: { strict: true } });
  cleanups.push(() => running.close());
  return running;
}

async function startGateway(config: string): Promise<string> {
  const running = await startLocalGateway(config);
  cleanups.push(running.stop);
  return running.url;
}

const toMeta = ({ url }: MetaSimulator) => ({
  id: 'meta',
  destination: 'meta',
  settings: { datasetId, token, endpoint: url },
});

/** A purchase with what Meta asks for. */
const order = (id: string, extra: Readonly<Record<string, unknown>> = {}) =>
  purchase(id, {
    user: {
      anonymousId: 'b171a9b06ce011ecafcd1b209be8601b',
      email: 'Jane.Doe+News@Example.com',
      phone: '(425) 555-1234',
      ip: '203.0.113.42',
      userAgent,
    },
    page: { url: 'https://shop.example/thanks' },
    ...extra,
  });

const deadLettersSchema = z.array(z.object({ eventId: z.string() }));
const bodySchema = z.object({ data: z.array(z.record(z.string(), z.unknown())) });
const listRequests = (meta: MetaSimulator) => meta.journal().flatMap(({ body }) => bodySchema.safeParse(body).data ?? []);
/** Returns how often each event was accepted. */
const countAccepted = (meta: MetaSimulator) =>
  meta.journalEvents().map(({ eventId, server }) => [eventId, server.length] as const);

describe('a shop server that reports to Meta through Convey', () => {
  it('delivers 999 of 1,000 events once each, and finds the one that Meta refuses, whether Meta names it or not', async () => {
    const meta = await startMeta();
    meta.faults({ mode: 'reject', eventIds: ['o-500'], details: 'none' });
    const config = folder.writeConfig(meta.url, { site: { connections: [toMeta(meta)] } });
    const url = await startGateway(config);
    const ids = Array.from({ length: 1_000 }, (_, index) => `o-${index}`);
    await post(
      url,
      ids.slice(0, 500).map((id) => order(id)),
    );
    await post(
      url,
      ids.slice(500).map((id) => order(id)),
    );
    expect(await eventually(() => meta.journalEvents().length >= 999)).toBe(true);
    const listDead = async () => {
      const { stdout } = await convey('dead-letters', 'list', '--site', 'shop', '--json', '--config', config);
      return deadLettersSchema.parse(parseJsonLines(stdout)).map(({ eventId }) => eventId);
    };
    expect(await eventually(async () => (await listDead()).length > 0)).toBe(true);
    expect(await listDead()).toEqual(['o-500']);
    const others = ids.filter((id) => id !== 'o-500');
    expect(new Map(countAccepted(meta))).toEqual(new Map(others.map((id) => [id, 1])));

    meta.faults({ mode: 'reject', eventIds: ['named'], details: 'full' });
    const before = meta.journal().length;
    await post(url, [order('first'), order('named'), order('last')]);
    expect(await eventually(() => countAccepted(meta).filter(([id]) => id === 'first' || id === 'last').length === 2)).toBe(true);
    // One refusal that names the event, and the rest.
    expect(meta.journal().length - before).toBe(2);
    expect(countAccepted(meta).some(([id]) => id === 'named')).toBe(false);
    expect(await eventually(async () => (await listDead()).includes('named'))).toBe(true);
  });

  it('delivers to Microsoft while Meta is down, and to Meta once it is back, each event once', async () => {
    const meta = await startMeta();
    const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
    cleanups.push(() => microsoft.close());
    meta.faults({ mode: 'html' });
    const bing = { id: 'bing', destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: microsoft.url } };
    const url = await startGateway(folder.writeConfig(meta.url, { site: { connections: [toMeta(meta), bing] } }));
    const ids = ['o-1', 'o-2', 'o-3'];
    await post(
      url,
      ids.map((id) => order(id)),
    );
    expect(await eventually(() => microsoft.journalEvents().length === 3)).toBe(true);
    expect(await eventually(() => meta.journal().length > 0)).toBe(true);
    expect(meta.journalEvents()).toEqual([]);
    meta.faults({ mode: 'ok' });
    expect(await eventually(() => meta.journalEvents().length === 3)).toBe(true);
    expect(countAccepted(meta)).toEqual(ids.map((id) => [id, 1]));
    expect(microsoft.journalEvents().map(({ eventId, server }) => [eventId, server.length])).toEqual(ids.map((id) => [id, 1]));
  });

  it('sends what Meta documents: hashes in its own forms, the click as it was, and no address of a person', async () => {
    const meta = await startMeta();
    const url = await startGateway(folder.writeConfig(meta.url, { site: { connections: [toMeta(meta)] } }));
    const time = Date.now() - 60_000;
    await post(url, [
      order('ord-1001', {
        time,
        page: { url: 'https://shop.example/thanks', referrer: 'https://shop.example/pay' },
        clickIds: { fbclid: 'IwAR2x-_Zq09_aem_AbC' },
        browserIds: { _fbp: 'fb.1.1790000000123.1098115397' },
      }),
    ]);
    expect(await eventually(() => meta.journalEvents().length === 1)).toBe(true);
    const [request] = listRequests(meta);
    expect(request?.data).toEqual([
      {
        event_name: 'Purchase',
        event_time: Math.floor(time / 1_000),
        event_id: 'ord-1001',
        action_source: 'website',
        event_source_url: 'https://shop.example/thanks',
        referrer_url: 'https://shop.example/pay',
        user_data: {
          external_id: ['b171a9b06ce011ecafcd1b209be8601b'],
          em: ['dbf1912b4cad4df9823f627874244e64b50a6ac550b9cb33b17df671a26679db'],
          ph: [expect.stringMatching(/^[0-9a-f]{64}$/)],
          fbc: `fb.1.${time}.IwAR2x-_Zq09_aem_AbC`,
          fbp: 'fb.1.1790000000123.1098115397',
          client_ip_address: '203.0.113.42',
          client_user_agent: userAgent,
        },
        custom_data: {
          value: 125.4,
          currency: 'USD',
          order_id: 'ord-1001',
          num_items: 1,
          content_type: 'product',
          content_ids: ['sku1'],
          contents: [{ id: 'sku1', quantity: 1, item_price: 125.4 }],
        },
      },
    ]);
    expect(JSON.stringify(meta.journal())).not.toMatch(/jane|example\.com|5551234/i);
    expect(meta.journalEvents()).toMatchObject([
      { counted: 'server', matchedBy: expect.arrayContaining(['em', 'ph', 'fbc', 'fbp']) },
    ]);
  });
});
