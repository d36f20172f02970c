import { beforeEach, expect, test } from 'vitest';
import { microsoftAccounts } from '../../platform-accounts/microsoft/microsoft-accounts.ts';
import type { PlatformGrant } from '../../storage/ports/platform-grants.ts';
import { shop } from '../api.fixture.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { createClickHandlers } from './click-handlers.ts';

let grant: PlatformGrant | undefined;
let isLimited: boolean;
let steps: number;
beforeEach(() => {
  [isLimited, steps] = [false, 0];
  grant = {
    ...{ id: 'g', site: 'shop', connection: 'bing', platform: 'microsoft', identityProvider: 'Microsoft', userName: 'o…' },
    ...{ scopes: [], account: { customerId: '7', accountId: '8' }, secret: 'sealed', revision: 1, createdAt: 1 },
  };
});

const connection = (id: string, destination: string) => ({ id, destination, enabled: true, settings: {} });
const site = { ...shop, connections: [connection('bing', 'microsoft'), connection('hook', 'webhook')] };
const handlers = createClickHandlers({
  registry: {
    entry: (id) =>
      id === 'shop'
        ? { origin: 'file', site, runs: true, lostSecrets: [], distrusted: [], connections: [], revision: '' }
        : undefined,
  },
  accounts: { find: (id) => (id === 'microsoft' ? microsoftAccounts : undefined), findGrant: async () => grant },
  grants: { listGrants: async () => (grant ? [grant] : []) },
  clickChecks: {
    async step() {
      steps += 1;
      return {};
    },
  },
  admitTrial: () => (isLimited ? 60 : undefined),
});
const list = async (id = 'shop') => handlers['GET /api/sites/:site/paid-clicks']({ site: id }, {}, { account: 'ada' });
const check = async (id = 'shop') =>
  handlers['POST /api/sites/:site/connections/:connection/paid-clicks/check'](
    { site: id, connection: 'bing' },
    {},
    { account: 'ada' },
  );
const withState = (state: object) => {
  grant = grant && { ...grant, clickCheck: JSON.stringify(state) };
};

test('connections without such a report are left out, and each other one has a state', async () => {
  expect(await list()).toMatchObject([{ connection: 'bing', destination: 'microsoft', state: 'waiting', days: [] }]);
  grant = undefined;
  expect(await list()).toMatchObject([{ state: 'not-connected', notes: [] }]);
  expect(await list('other')).toEqual(new ApiErrorResult('no-such-site'));
});

test('a failure says whether the platform was reached, and a broken state counts as none', async () => {
  withState({ failure: { code: 'ECONNREFUSED', message: 'No answer.', isUnreached: true } });
  expect(await list()).toMatchObject([{ state: 'failed', failure: { kind: 'not-reached', code: 'ECONNREFUSED' } }]);
  withState({
    failure: { code: '106', message: 'No right.', trackingId: 't-1' },
    pending: { id: 'r', since: '', until: '', at: 5 },
  });
  expect(await list()).toMatchObject([{ requestedAt: 5, failure: { kind: 'refused', trackingId: 't-1' } }]);
  expect(JSON.stringify(await list())).not.toContain('isUnreached');
  withState({ report: 'of another version' });
  expect(await list()).toMatchObject([{ state: 'waiting' }]);
});

test('a comparison is asked for by hand unless that is too often, or no account is connected', async () => {
  expect(await check()).toEqual({ ok: true });
  isLimited = true;
  expect(await check()).toEqual(new ApiErrorResult('rate-limited'));
  grant = undefined;
  expect(await check()).toEqual(new ApiErrorResult('not-connected'));
  expect(await check('other')).toEqual(new ApiErrorResult('no-such-site'));
  expect(steps).toBe(1);
});
