import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { EventRow, TimelineView } from '../src/api/client.ts';
import { createPacedClock, type PacedClock } from '../src/clock/paced-clock.fixture.ts';
import type { Event } from '../src/event/event.ts';
import { sha256 } from '../src/identity/hashing.ts';
import { makeFolder, startSink } from './gateway.fixture.ts';
import { type PacedGateway, settleAll, startPacedGateway } from './paced-gateway.fixture.ts';
import { buildPaymentRequests, paymentHooks } from './planted-payments.fixture.ts';
import {
  buildEvent,
  buildRequests,
  createPerson,
  fieldPaths,
  findPlanted,
  hookSecret,
  plantedCases,
  plantedHooks,
} from './planted-requests.fixture.ts';
import type { TestDatabase } from './postgres.fixture.ts';
import { readDatabaseEvents, readDatabaseText, readFolderEvents, readFolderText } from './stored-bytes.fixture.ts';

/** Describes that no personal data is stored, logged, answered or sent. @param createDatabase absent: on SQLite */
export function describePersonalData(createDatabase?: () => Promise<TestDatabase>): void {
  const folder = makeFolder();
  const people = plantedCases.map((_, index) => createPerson(index));
  const missing = plantedCases.findIndex(({ reporter, consent }) => reporter === 'server' && consent === 'missing');
  const answers: string[] = [];
  const payments: string[] = [];
  let imported = '';
  let clock: PacedClock;
  let sink: Awaited<ReturnType<typeof startSink>>;
  let gateway: PacedGateway | undefined;
  let database: TestDatabase | undefined;
  /** Everything that is stored while events wait for consent, and after the waits. */
  let waiting = '';
  let stored = '';
  let logged = '';
  let events: readonly Event[] = [];
  let rows: readonly EventRow[] = [];
  let timelines: readonly TimelineView[] = [];

  const readStored = async () => {
    const text = database ? await readDatabaseText(database) : readFolderText(folder.dataDir);
    return text.toLowerCase();
  };

  /** Writes a config with a shop of each platform. A missing choice of a shopper in Germany counts as denied. */
  function writeConfig(): string {
    const file = folder.writeConfig(sink.url, {
      collector: { trustedProxies: ['127.0.0.1'] },
      site: { consent: { policy: 'regional' }, purchaseHoldSeconds: 0, bots: 'send', hooks: plantedHooks },
      ...(database && { store: database.url }),
    });
    const config = z.looseObject({ sites: z.array(z.looseObject({})) }).parse(JSON.parse(readFileSync(file, 'utf8')));
    const shops = (['shopify', 'woocommerce'] as const).map((platform, index) => ({
      ...{
        ...config.sites[0],
        id: platform === 'shopify' ? 'on-shopify' : 'on-woo',
        platform,
        webhooks: { secrets: [hookSecret] },
        hooks: undefined,
      },
      ...{ writeKey: `wk_test_${platform}`, secretKeys: [`sk_test_${index}_0123456789abcdef`] },
    }));
    const paid = {
      ...{ ...config.sites[0], id: 'paid', hooks: paymentHooks, consent: { policy: 'granted' } },
      ...{ writeKey: 'wk_test_paid', secretKeys: ['sk_test_paid_0123456789abcdef'] },
    };
    writeFileSync(file, JSON.stringify({ ...config, sites: [...config.sites, ...shops, paid] }));
    return file;
  }

  /** Imports a row of each person whose event a server reports. */
  async function importRows({ callApi }: PacedGateway): Promise<void> {
    const id = '0f'.repeat(16);
    await callApi('POST /api/sites/:site/imports', { site: 'shop' }, { id });
    const rows = people.flatMap((person, index) => {
      const one = plantedCases[index];
      return one?.reporter === 'server' ? [buildEvent(`row-${index}`, one, person)] : [];
    });
    const step = { after: 0, through: rows.length, events: rows };
    imported = JSON.stringify(await callApi('POST /api/sites/:site/imports/:import/rows', { site: 'shop', import: id }, step));
  }

  beforeAll(async () => {
    clock = createPacedClock();
    sink = await startSink();
    database = await createDatabase?.();
    gateway = await startPacedGateway(writeConfig(), clock, { level: 'debug', env: { CONVEY_SECRETS_KEY: 'a1'.repeat(32) } });
    // The gateway keeps the bodies of a hook in memory while an editor asks for its preview.
    const preview = async () => {
      for (const { id: hook } of plantedHooks)
        answers.push(
          JSON.stringify(await gateway?.callApi('POST /api/sites/:site/hooks/:hook/preview', { site: 'shop', hook }, {})),
        );
    };
    await preview();
    for (const [index, person] of people.entries()) {
      const one = plantedCases[index];
      for (const { path, headers, body } of one ? buildRequests(one, person, index, clock.now()) : []) {
        const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });
        answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
      }
    }
    const [payer] = people;
    for (const { path, headers, body } of payer ? buildPaymentRequests(payer, clock.now()) : []) {
      const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body });
      payments.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
    }
    await importRows(gateway);
    await preview();
    const pasted = { type: 'lead', event: { id: 'pasted', user: people[0], page: { title: people[0]?.email } } };
    const tried = { site: 'shop', hook: 'hook' };
    answers.push(JSON.stringify(await gateway.callApi('POST /api/sites/:site/hooks/:hook/preview', tried, { body: pasted })));
    waiting = await readStored();
    await settleAll(gateway, clock);
    const { callApi, stop, lines } = gateway;
    rows = (await callApi('GET /api/sites/:site/events', { site: 'shop', limit: 200 })).events;
    timelines = await callApi('GET /api/sites/:site/timelines', { site: 'shop', id: `lead-${missing}` });
    answers.push(JSON.stringify([rows, timelines]));
    await stop();
    logged = JSON.stringify(lines);
    stored = await readStored();
    events = database ? await readDatabaseEvents(database) : readFolderEvents(folder.dataDir);
  });
  afterAll(async () => {
    await gateway?.stop();
    await sink.close();
    await database?.drop();
    folder.remove();
  });

  it('is accepted from every reporter', () => {
    expect(fieldPaths.length).toBeGreaterThan(60);
    // A hook also answers 200 to a request that no event fits, and to one whose event is rejected.
    const ofHooks = plantedCases.filter(({ reporter }) => plantedHooks.some(({ id }) => id === reporter)).length;
    expect(answers.filter((answer) => /^(?:200|202) /.test(answer)).length).toBe(plantedCases.length + 2 * ofHooks);
    expect(new Set(events.map(({ reporter }) => reporter))).toEqual(new Set(['browser', 'server', 'webhook']));
    // The event without consent is gone after its wait.
    for (const { id } of plantedHooks)
      expect(events.filter(({ via, name }) => via === `hook:${id}` && name === 'Lead').length).toBe(2);
    expect(answers.filter((answer) => answer.includes('"places":[{'))).toHaveLength(plantedHooks.length + 1);
    expect(events.filter(({ via }) => via === 'segment').length).toBeGreaterThanOrEqual(16);
    expect(payments.filter((answer) => answer.startsWith('200 '))).toHaveLength(payments.length);
    expect(new Set(events.flatMap(({ via }) => via ?? []))).toEqual(
      new Set([
        'segment',
        'hook:hook',
        'hook:unsigned-hook',
        'stripe',
        'stripe-invoice',
        'stripe-subscription',
        'recharge',
        'import',
      ]),
    );
    expect(events.length).toBeGreaterThanOrEqual(plantedCases.length - 8);
  });

  it.each([
    ['stored', () => stored],
    ['stored while an event waits', () => waiting],
    ['logged', () => logged],
    ['answered', () => [...answers, ...payments, imported].join('\n')],
    ['sent', () => JSON.stringify(sink.requests)],
  ] as const)('is not %s', (_, read) => {
    expect(read().length).toBeGreaterThan(0);
    expect(findPlanted(read(), people)).toEqual([]);
  });

  it('of a denied event is what the documentation lists', () => {
    const denied = events.filter(({ consent, name }) => consent.effective === 'denied' && !name.startsWith('$'));
    expect(denied.length).toBeGreaterThan(6);
    for (const { page, commerce, identity, client, goal, properties, deniedId, ...rest } of denied) {
      expect(Object.keys(rest).toSorted()).toEqual(
        [
          ...['bot', 'consent', 'id', 'name', 'receivedAt', 'reporter', 'site', 'time', 'v', 'warnings'],
          ...(rest.via ? ['via'] : []),
        ].toSorted(),
      );
      expect([identity, client, goal, properties]).toEqual([{ forms: {}, clickIds: {} }, {}, {}, {}]);
      expect(deniedId).toMatch(/^[0-9a-f]{32}$/);
      expect(Object.keys(page).filter((key) => !['url', 'referrer', 'browserTags'].includes(key))).toEqual([]);
      expect(`${page.url}${page.referrer}`).not.toMatch(/[?#]/);
      for (const key of ['orderId', 'coupon', 'tags', 'customerType', 'orderCount']) expect(commerce).not.toHaveProperty(key);
      expect(commerce.hotel ?? {}).not.toHaveProperty('bookingHref');
    }
    const signals = events.filter(({ consent, name }) => consent.effective === 'denied' && name.startsWith('$'));
    expect(signals.length).toBeGreaterThan(3);
    for (const { identity } of signals) expect(identity).toEqual({ forms: {}, clickIds: {} });
  });

  it('of an event without consent is stored for the wait alone: address and agent, and then not even hashes', () => {
    const { ip = '', agent = '', email = '' } = people[missing] ?? {};
    for (const value of [ip, agent.toLowerCase(), sha256(email)])
      expect([waiting.includes(value), stored.includes(value)]).toEqual([true, false]);
  });

  it('an event that waited for consent in vain is still recognised, and says why it is gone', () => {
    const id = `lead-${missing}`;
    expect(answers.join()).toContain('"field":"consent","code":"consent-missing"');
    expect(rows).toContainEqual(
      expect.objectContaining({
        gone: true,
        reason: 'consent-denied',
        record: expect.objectContaining({ name: 'Lead', id, reporter: 'server' }),
      }),
    );
    expect(timelines).toMatchObject([
      {
        event: null,
        says: expect.stringMatching(/^No consent came within 90 s/),
        record: { name: 'Lead', reporter: 'server' },
        connections: [
          { outcome: 'consent-denied', checks: [{ title: 'Convey received the event', answer: 'yes' }, { answer: 'skip' }] },
        ],
      },
    ]);
  });
}
