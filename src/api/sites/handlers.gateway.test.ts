import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { destinations } from '../../destinations/destinations.ts';
import type { Site } from '../../event/site.ts';
import { createSettingsDeps, createTestClient, openApi, shop } from '../api.fixture.ts';
import type { ApiClient } from '../client.ts';
import { getChecklist } from './checklist/checklist.ts';

const form = z.object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()) });

describe('the routes of sites', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  let ask: ApiClient;
  let isSlow = false;
  let app: ReturnType<Awaited<ReturnType<typeof openApi>>['app']>;
  beforeAll(async () => {
    api = await openApi();
    const old: Site = { ...shop, id: 'old', writeKey: 'wk_old', consent: { policy: 'regional' }, defaultCountry: 'US' };
    const settings = createSettingsDeps(api, [old]);
    app = api.app({
      settings: {
        ...settings,
        getCollectorUrl: () => ({ url: 'https://shop.example/data', isGuess: false }),
        probe: async () => ({ ok: true, state: 'accepted', says: 'The platform accepts the credential' }),
        admitTrial: () => (isSlow ? 6 : undefined),
      },
    });
    ask = createTestClient(app);
    await ask('POST /api/sites', {}, { id: 'made', domains: ['shop.example'] });
  });
  afterAll(() => api.dispose());

  it('return the settings schema of each destination, without settings of the config file only', async () => {
    const [microsoft] = await ask('GET /api/destinations');
    expect(microsoft).toMatchObject({ id: 'microsoft', secrets: ['token'], eventNames: { Purchase: 'purchase' } });
    const { properties: fields, required } = form.parse(microsoft?.settings);
    expect(Object.keys(fields)).not.toContain('endpoint');
    expect(required).toEqual(['tagId', 'token']);
    for (const field of Object.values(fields))
      expect(field).toMatchObject({ title: expect.any(String), description: expect.any(String) });
    expect(fields).toMatchObject({
      tagId: { type: 'string', pattern: expect.any(String) },
      token: { secret: true },
      pageLoads: { enum: ['auto', 'always', 'never'], default: 'auto' },
      events: { anyOf: [{ const: 'all' }, { type: 'array', items: { type: 'string' } }] },
      eventNames: { type: 'object', additionalProperties: { type: 'string' } },
    });
  });

  it('return the URLs of pixel and webhooks with the path of the collector', async () => {
    await ask('POST /api/sites', {}, { id: 'woo', domains: ['shop.example'], platform: 'woocommerce' });
    const { pixel, webhooks, writeKey } = await ask('GET /api/sites/:site', { site: 'woo' });
    expect(pixel).toEqual({ url: `https://shop.example/data/p.js?k=${writeKey}`, isGuess: false });
    expect(webhooks).toMatchObject({ url: 'https://shop.example/data/hooks/woocommerce/woo', isGuess: false });
  });

  it('ask for a choice if a default country decides missing consent, and set the rule of a new site', async () => {
    const notice = expect.stringMatching(/counts as one from US, .* to keep this\.$/);
    const getConsent = async (site: string) => (await ask('GET /api/sites/:site', { site })).consent;
    expect(await getConsent('old')).toEqual({ policy: 'regional', missingCountry: 'default-country', notice });
    await ask('PATCH /api/sites/:site', { site: 'made' }, { defaultCountry: 'US' });
    expect(await getConsent('made')).toEqual({ policy: 'regional', missingCountry: 'unknown' });
    await ask('PATCH /api/sites/:site', { site: 'made' }, { consent: { missingCountry: 'default-country' } });
    expect(await getConsent('made')).toEqual({ policy: 'regional', missingCountry: 'default-country' });
  });

  it('reject with the field name of the config file', async () => {
    const body = JSON.stringify({ id: 'second', domains: ['ok.example', 'not a domain'], purchaseHoldSeconds: 901 });
    const answer = await app.request('/api/sites', { method: 'POST', body });
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(JSON.parse(text).issues).toEqual([
      { field: 'domains[1]', code: 'parameter-invalid', message: expect.stringMatching(/domain name/) },
      { field: 'purchaseHoldSeconds', code: 'parameter-invalid', message: 'Must be `auto` or 0 to 900 seconds.' },
    ]);
    expect(text).not.toContain('not a domain');
  });

  it.each(['{"id":1,"domains":[]}', '{"id":"x","domains":"shop.example"}', '{"id":"x","domains":[],"secretKeys":["sk_"]}'])(
    'reject a body of another form: %s',
    async (body) => {
      expect((await app.request('/api/sites', { method: 'POST', body })).status).toBe(400);
    },
  );

  it('test valid settings with the platform, and reject others without contacting it', async () => {
    const site = 'made';
    const destination = 'microsoft';
    const accepted = await ask(
      'POST /api/sites/:site/try-connection',
      { site },
      { destination, settings: { tagId: '5', token: 't' } },
    );
    expect(accepted).toEqual({ ok: true, state: 'accepted', says: 'The platform accepts the credential.', issues: [] });
    const wrong = await ask(
      'POST /api/sites/:site/try-connection',
      { site },
      { destination, settings: { tagId: 'five', token: 't' } },
    );
    expect(wrong).toMatchObject({ ok: false, state: 'invalid', issues: [{ field: 'settings.tagId' }] });
  });

  it('report a problem if events expired before a connection processed them', async () => {
    const { log, store } = api;
    const state = {
      cursor: '3',
      pause: null,
      breaker: { failures: 0, recent: [], failedProbes: null, notBefore: 0 },
      verdicts: '',
      settingsDigest: '',
      settingsChangedAt: 0,
      inDoubt: 0,
    };
    const lease = await store.acquireLease('shop/bing', 'one', 1_000);
    if (!lease) throw new Error('nobody else holds it');
    await store.commitDelivery(lease, { state, expired: { after: '1', lastOffset: '3', events: 2, at: 5 } });
    const bing = { id: 'bing', destination: 'microsoft', origin: 'file', enabled: true, settings: {}, secrets: [] } as const;
    const entry = {
      origin: 'file',
      site: shop,
      runs: true,
      lostSecrets: [],
      distrusted: [],
      connections: [bing],
      revision: '',
    } as const;
    const { steps } = await getChecklist(entry, {
      log,
      store,
      now: () => 10,
      getHookState: () => ({}),
      destinations,
      readNotices: async () => ({ refusedDomains: [] }),
      getServerConsent: () => 'granted',
    });
    expect(steps.find(({ id }) => id === 'nothing-stuck')).toMatchObject({ state: 'problem', at: 5 });
  });

  it('limit the rate of settings tests', async () => {
    isSlow = true;
    const trial = { destination: 'microsoft', settings: { tagId: '5', token: 't' } };
    await expect(ask('POST /api/sites/:site/try-connection', { site: 'made' }, trial)).rejects.toMatchObject({
      code: 'rate-limited',
    });
    isSlow = false;
  });

  it.each([
    'http://other.example/',
    'file:///etc/passwd',
    'https://jane@shop.example/',
    'nothing',
    'https://shop.example.evil.example/',
    'http://10.0.0.1:8080/',
  ])('fetch no page of another host: %s', async (page) => {
    await expect(ask('POST /api/sites/:site/doctor', { site: 'made' }, { page })).rejects.toMatchObject({
      code: 'parameter-invalid',
    });
  });

  it('fetch no page of this machine or network', async () => {
    await ask('POST /api/sites', {}, { id: 'inside', domains: ['127.0.0.1', 'localhost', '127.0.0.2'] });
    for (const page of ['http://127.0.0.1/', 'http://localhost/', 'http://127.0.0.2:8080/', 'http://127.0.0.1:22/'])
      await expect(ask('POST /api/sites/:site/doctor', { site: 'inside' }, { page })).rejects.toMatchObject({
        code: 'page-unreadable',
        message: expect.stringContaining('loopback or private'),
      });
  });
});
