import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MoveRunningError } from '../sites/running-sites.ts';
import { LogUnavailableError } from '../storage/log/event-log.ts';
import { CommandTimeoutError } from '../storage/ports/commands.ts';
import { SiteElsewhereError } from '../storage/ports/nodes.ts';
import { openApi } from './api.fixture.ts';
import { ApiError, createApiClient } from './client.ts';

describe('the admin API', () => {
  let api: Awaited<ReturnType<typeof openApi>>;
  beforeAll(async () => {
    api = await openApi();
  });
  afterAll(() => api.dispose());

  it('answers a fault with `internal`, and reports it only to the gateway', async () => {
    const fault = new Error('canary');
    const faults: unknown[] = [];
    const app = api.app({ sendTest: () => Promise.reject(fault), onFault: (error) => faults.push(error) });
    const answer = await app.request('/api/sites/shop/send-test', { method: 'POST' });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ error: { code: 'internal', message: expect.not.stringContaining('canary') } });
    expect(faults).toEqual([fault]);
  });

  it.each([
    [new SiteElsewhereError('elsewhere'), 503, 'site-elsewhere'],
    [new CommandTimeoutError('not taken', false), 503, 'site-elsewhere'],
    [new CommandTimeoutError('begun', true), 504, 'command-unfinished'],
    [new MoveRunningError('moving'), 409, 'move-running'],
  ])('says what became of a command to a site of another gateway: %s', async (fault, status, code) => {
    const answer = await api
      .app({ sendTest: () => Promise.reject(fault) })
      .request('/api/sites/shop/send-test', { method: 'POST' });
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
  });

  it('creates a backup on the socket, and not for a signed-in account', async () => {
    const app = api.app({ backup: async () => ({ stream: new Blob(['tar']).stream(), bytes: 3 }) });
    const response = await app.request('/api/backup', { method: 'POST' });
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['application/x-tar', 'tar']);
    const refused = await app.request('/api/backup', { method: 'POST' }, { account: 'ada' });
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: { code: 'socket-only' } }]);
    const full = await api.app({ backup: async () => 'backup-no-room' }).request('/api/backup', { method: 'POST' });
    expect([full.status, await full.json()]).toMatchObject([507, { error: { code: 'backup-no-room' } }]);
  });

  it('returns match quality only for connections of the site', async () => {
    const app = api.app();
    const all = await app.request('/api/sites/shop/match-quality?since=2026-11-01&until=2026-11-24');
    expect([all.status, await all.json()]).toMatchObject([200, [{ connection: 'bing' }, { connection: 'other' }]]);
    const other = await app.request('/api/sites/shop/match-quality?connection=nothing');
    expect([other.status, await other.json()]).toMatchObject([404, { error: { code: 'no-such-connection' } }]);
  });

  it('shows in the status whether events are accepted by the spool, also to an account on single sites', async () => {
    const app = api.app({ readHealth: async () => ({ writable: true, appendsTo: 'spool', records: 7, bytes: 700 }) });
    const perSite = { account: 'vic', access: { role: 'per-site', sites: [{ site: 'shop', role: 'viewer' }] } };
    const read = async (env?: object) => (await (await app.request('/api/status', {}, env)).json()).log;
    expect([await read(), await read(perSite)]).toEqual([
      { writable: true, appendsTo: 'spool', records: 7, bytes: 700 },
      { writable: true, appendsTo: 'spool' },
    ]);
  });

  it.each([new LogUnavailableError('canary'), new CommandTimeoutError('not taken', false), new Error('canary')])(
    'answers `database-away` to any fault while the database does not answer, without reporting one: %s',
    async (fault) => {
      const faults: unknown[] = [];
      const database = { isSuspect: () => false, answers: async () => false, describeIntake: () => 'Events wait.' };
      const app = api.app({ database, sendTest: () => Promise.reject(fault), onFault: (error) => faults.push(error) });
      const answer = await app.request('/api/sites/shop/send-test', { method: 'POST' });
      expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'database-away' } }]);
      expect(faults).toEqual([]);
    },
  );

  it('asks for the database once: on the socket, where a route needs it, and not for the dashboard, which has asked', async () => {
    let asked = 0;
    const answers = async () => {
      asked += 1;
      return true;
    };
    const app = api.app({ database: { isSuspect: () => true, answers, describeIntake: () => 'Events wait.' } });
    const owner = { account: 'ada', access: { role: 'owner' } };
    for (const [path, env, times] of [
      ['/api/status', {}, 1],
      ['/api/status', owner, 0],
      ['/api/openapi.json', {}, 0],
    ] as const) {
      asked = 0;
      expect([path, (await app.request(path, {}, env)).status, asked]).toEqual([path, 200, times]);
    }
  });

  it('answers `not-accepting` if events cannot be stored, without reporting a fault', async () => {
    const faults: unknown[] = [];
    const app = api.app({
      sendTest: () => Promise.reject(new LogUnavailableError('canary')),
      onFault: (error) => faults.push(error),
    });
    const answer = await app.request('/api/sites/shop/send-test', { method: 'POST' });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ error: { code: 'not-accepting' } });
    expect(faults).toEqual([]);
  });

  it.each([
    ['DELETE', '/api/invitations/canary%00', 'invitation', undefined],
    ['PATCH', '/api/accounts/canary%00', 'name', { role: 'viewer' }],
    ['DELETE', '/api/accounts/canary%00', 'name', undefined],
    ['GET', '/api/sites/shop/events?text=canary%00', 'text', undefined],
    ['POST', '/api/invitations', 'label', { role: 'viewer', label: 'canary\0' }],
    ['POST', '/api/accounts', 'password', { name: 'vic', role: 'viewer', password: 'four words hard to guess \0' }],
    ['PATCH', '/api/accounts/vic', 'sites', { role: 'per-site', sites: [{ site: 'canary\0', role: 'viewer' }] }],
  ])('refuses U+0000, which PostgreSQL cannot store: %s %s', async (method, path, field, body) => {
    const answer = await api.app().request(path, { method, ...(body && { body: JSON.stringify(body) }) });
    expect(answer.status).toBe(400);
    const message = `\`${field}\` must be text without the character U+0000. Remove that character.`;
    expect(await answer.json()).toMatchObject({
      error: { code: 'parameter-invalid' },
      issues: [{ field, code: 'parameter-invalid', message }],
    });
  });

  it.each([
    ['GET', '/api/status?verbose=canary', 'verbose'],
    ['GET', '/api/sites/shop/events?limti=canary', 'limti'],
    ['GET', '/api/sites/shop/events?site=canary', 'site'],
    ['GET', '/api/sites/shop/events?__proto__=canary', '__proto__'],
    ['GET', '/api/sites/shop/events?%3Cb%3E=canary', '?'],
    ['POST', '/api/sites/shop/send-test?site=canary', 'site'],
  ])('rejects an unknown parameter by its name: %s %s', async (method, path, field) => {
    const answer = await api.app().request(path, { method });
    const body = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({
      error: { code: 'parameter-invalid' },
      issues: [{ field, code: 'parameter-unknown', message: expect.stringContaining('is unknown') }],
    });
    expect(body).not.toMatch(/canary|<b>/);
  });

  it.each([
    ['GET', '/api/sites/shop/timelines', 'id', /must be an event's id.* Add it\./],
    ['GET', '/api/sites/shop/rejections?limit=canary', 'limit', /must be 1 to 1000\. Correct it, or omit it\./],
    ['GET', '/api/sites/shop/rejections?cursor=canary', 'cursor', /the `next` of a response/],
    ['GET', '/api/sites/shop/dead-letters?cursor=WyJldmVudHMiLCI5Il0', 'cursor', /of this list/],
    ['GET', '/api/sites/shop/match-quality?since=canary', 'since', /must be a day from 1970 on, YYYY-MM-DD/],
    ['GET', '/api/sites/shop/match-quality?until=2026-11-31', 'until', /must be a day from 1970 on, YYYY-MM-DD/],
    ['GET', '/api/sites/shop/match-quality?until=0000-01-01', 'until', /must be a day from 1970 on/],
    ['GET', '/api/sites/shop/events?cursor=WyJldmVudHMiLCJhYmMiXQ', 'cursor', /the `next` of a response/],
    ['POST', '/api/sites/shop/send-test?live=canary', 'live', /must be 1\./],
  ])('rejects an invalid value with the rule: %s %s', async (method, path, field, message) => {
    const answer = await api.app().request(path, { method });
    const body = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({
      error: { code: 'parameter-invalid' },
      issues: [{ field, code: 'parameter-invalid', message: expect.stringMatching(message) }],
    });
    expect(body).not.toContain('canary');
  });

  it.each([
    ['{"live":"canary"}', '?', /is unknown/],
    ['[]', 'body', /must be a JSON object/],
    ['{', 'body', /must be a JSON object/],
    [`{"live":"${'x'.repeat(20_000)}"}`, 'body', /of at most 16 KiB/],
    [`{"live":${'['.repeat(8_000)}${']'.repeat(8_000)}}`, 'body', /at most 32 deep/],
  ])('rejects the body %.20s', async (body, field, message) => {
    const answer = await api.app().request('/api/sites/shop/send-test', { method: 'POST', body });
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ issues: [{ field, message: expect.stringMatching(message) }] });
    expect(text).not.toMatch(/canary|xxx/);
  });

  it('accepts longer bodies for rules, whose limit it names', async () => {
    const findIssue = async (length: number) => {
      const body = JSON.stringify({ rules: 'x'.repeat(length) });
      const answer = await api.app().request('/api/sites/shop/rules/preview', { method: 'POST', body });
      return JSON.parse(await answer.text()).issues;
    };
    expect(await findIssue(50_000)).toMatchObject([{ field: 'rules' }]);
    expect(await findIssue(60_000)).toMatchObject([{ field: 'body', message: expect.stringMatching(/at most 56 KiB/) }]);
  });

  it.each([
    ['GET', '/api/nothing'],
    ['POST', '/api/status'],
    ['POST', '/api/sites/shop/connections/bing/explode'],
  ])('answers `not-found` for %s %s', async (method, path) => {
    const answer = await api.app().request(path, { method });
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'not-found' } }]);
  });
});

describe('the client of the admin API', () => {
  const failure = (status: number, body: string) =>
    createApiClient(() => Promise.resolve({ status, body }))('GET /api/status').catch((error: unknown) => error);

  it('throws the error of the response', async () => {
    const error = await failure(404, '{"error":{"code":"no-such-site","message":"There is no such site."}}');
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'no-such-site', message: 'There is no such site.' });
  });

  it.each(['Internal Server Error', '', 'null', '{"error":"no"}'])(
    'throws `internal` if the response is not an API error: %j',
    async (body) => {
      const error = await failure(502, body);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ code: 'internal', message: expect.stringMatching(/returned status 502 .*Check its log/) });
    },
  );

  it('encodes path parameters, and puts the others into the query', async () => {
    const carried: unknown[] = [];
    const ask = createApiClient((...request) => {
      carried.push(request);
      return Promise.resolve({ status: 200, body: '{}' });
    });
    await ask('GET /api/sites/:site/events', {
      site: 'a/b?c',
      event: ['Lead', 'Purchase'],
      limit: 5,
      cursor: undefined,
      text: '&=',
    });
    await ask('GET /api/status');
    await ask('POST /api/sites/:site/erase', { site: 'shop' }, { orderId: '1' });
    expect(carried).toEqual([
      ['GET', '/api/sites/a%2Fb%3Fc/events?event=Lead&event=Purchase&limit=5&text=%26%3D', undefined],
      ['GET', '/api/status', undefined],
      ['POST', '/api/sites/shop/erase', '{"orderId":"1"}'],
    ]);
  });
});
