import { expect, it } from 'vitest';
import type { NewPlatformGrant } from './platform-grants.ts';
import { type StoreBench, start } from './store.fixture.ts';

/** The contract of the grants. */
export function platformGrantsContract(bench: StoreBench): void {
  const grant = (id: string, more: Partial<NewPlatformGrant> = {}): NewPlatformGrant => ({
    id,
    site: 'shop',
    platform: 'acme',
    identityProvider: 'Acme',
    userName: 'o…@shop.example',
    scopes: ['manage'],
    secret: `sealed ${id}`,
    createdAt: start,
    ...more,
  });
  const account = { customerId: '7', accountId: '8' };
  const list = async () => (await bench.store.listGrants()).map(({ id, connection }) => [id, connection]);

  it('a grant survives a restart, gets an account and a connection, and replaces the earlier one of its connection', async () => {
    await bench.store.addGrant(grant('old'));
    await bench.store.addGrant(grant('new', { account }));
    await bench.store.addGrant(grant('other', { site: 'other' }));
    await bench.store.setGrantAccount('old', account);
    expect(await bench.store.assignGrant('shop', 'old', 'bing')).toBe(true);
    expect(await bench.store.assignGrant('other', 'other', 'bing')).toBe(true);
    await bench.restart();
    expect(await bench.store.findGrant('old')).toEqual({ ...grant('old'), account, connection: 'bing', revision: 1 });
    expect(await bench.store.assignGrant('shop', 'new', 'bing')).toBe(true);
    expect(await bench.store.assignGrant('shop', 'missing', 'bing')).toBe(false);
    // A grant of another site is not given to a connection.
    expect(await bench.store.assignGrant('shop', 'other', 'bing')).toBe(false);
    expect(await bench.store.findGrantOf('shop', 'bing')).toMatchObject({ id: 'new' });
    expect(await bench.store.findGrantOf('shop', 'second')).toBeUndefined();
    expect(await list()).toEqual([
      ['other', 'bing'],
      ['new', 'bing'],
    ]);
  });

  it('a connection takes late purchases once its grant has an account and a goal', async () => {
    const readLate = () => bench.store.listLateAccounts();
    await bench.store.addGrant(grant('g'));
    await bench.store.saveLateGoal('g', '{"id":"1"}');
    expect(await readLate()).toEqual([]);
    await bench.store.setGrantAccount('g', account);
    await bench.store.assignGrant('shop', 'g', 'bing');
    expect(await readLate()).toEqual(['shop/bing']);
    await bench.store.saveLateGoal('g', '{}');
    expect(await readLate()).toEqual([]);
    await bench.store.saveLateGoal('g', '{"id":"2"}');
    await bench.store.removeGrants('shop', 'bing');
    expect(await readLate()).toEqual([]);
  });

  it('one of two gateways refreshes a grant, and its tokens are stored once', async () => {
    await bench.store.addGrant(grant('g'));
    const claim = (owner: string, revision = 1, now = start) => bench.store.claimGrantRefresh('g', revision, owner, now, 60_000);
    expect(await claim('one')).toBe(true);
    expect(await claim('two', 1, start + 59_999)).toBe(false);
    expect(await bench.store.finishGrantRefresh('g', 1, 'one', { secret: 'newer' })).toBe(true);
    expect(await claim('two')).toBe(false);
    expect(await bench.store.findGrant('g')).toMatchObject({ secret: 'newer', revision: 2 });
    // A gateway that ended within its refresh blocks nobody for longer than its lease.
    expect(await claim('one', 2)).toBe(true);
    expect(await claim('two', 2, start + 60_000)).toBe(true);
    expect(await bench.store.finishGrantRefresh('g', 2, 'one', 'unchanged')).toBe(false);
    expect(await bench.store.finishGrantRefresh('g', 2, 'two', 'unchanged')).toBe(true);
    expect(await claim('one', 2)).toBe(true);
  });

  it('a dead grant keeps the time of its death until new tokens are stored', async () => {
    await bench.store.addGrant(grant('g'));
    const end = (revision: number, since: number) =>
      bench.store.finishGrantRefresh('g', revision, 'one', { dead: { code: 'invalid_grant', since } });
    expect(await end(1, start)).toBe(true);
    expect(await end(1, start)).toBe(false);
    expect(await end(2, start + 5)).toBe(true);
    expect(await bench.store.findGrant('g')).toMatchObject({ dead: { code: 'invalid_grant', since: start }, revision: 3 });
    expect(await bench.store.finishGrantRefresh('g', 3, 'one', { secret: 'anew' })).toBe(true);
    expect((await bench.store.findGrant('g'))?.dead).toBeUndefined();
    // A slow gateway has good tokens, and another one was refused meanwhile.
    expect(await end(4, start)).toBe(true);
    expect(await bench.store.finishGrantRefresh('g', 4, 'slow', { secret: 'good' })).toBe(true);
    expect(await bench.store.findGrant('g')).toMatchObject({ secret: 'good' });
    const ended = { dead: { code: 'scope-missing', since: start }, secret: 'rotated' };
    expect(await bench.store.finishGrantRefresh('g', 6, 'one', ended)).toBe(true);
    expect(await bench.store.findGrant('g')).toMatchObject(ended);
  });

  it('goals are checked once when due, after the lease of a check without a result, and again after a request', async () => {
    await bench.store.addGrant(grant('g', { account }));
    await bench.store.assignGrant('shop', 'g', 'bing');
    await bench.store.addGrant(grant('unused', { account }));
    const claim = (now: number) => bench.store.claimGoalCheck('g', now, 60_000);
    const due = async (now: number) => (await bench.store.listDueGrants(now)).map(({ id }) => id);
    expect(await due(start)).toEqual(['g']);
    expect([await claim(start), await claim(start + 59_999)]).toEqual([true, false]);
    expect([await due(start + 59_999), await due(start + 60_000)]).toEqual([[], ['g']]);
    expect(await bench.store.saveGoalCheck('g', '{"events":[]}', start + 90_000)).toBe(true);
    expect(await bench.store.findGrant('g')).toMatchObject({ goalCheck: '{"events":[]}', revision: 1 });
    expect([await due(start + 89_999), await due(start + 90_000)]).toEqual([[], ['g']]);
    // A late result does not replace a newer one.
    expect(await bench.store.saveGoalCheck('g', 'late', start, '')).toBe(false);
    expect(await bench.store.saveGoalCheck('g', 'next', start + 90_000, '{"events":[]}')).toBe(true);
    await bench.store.requestGoalCheck('other', 'bing');
    expect(await claim(start + 1)).toBe(false);
    await bench.store.requestGoalCheck('shop', 'bing');
    // A request during a check stays.
    await bench.store.saveGoalCheck('g', 'earlier', start + 90_000);
    expect([await claim(start + 1), await claim(start + 60_001)]).toEqual([true, true]);
  });

  it('a step of the comparison of clicks is taken once when due, and the next one when its time has come', async () => {
    await bench.store.addGrant(grant('g', { account: { customerId: '7', accountId: '8' } }));
    await bench.store.addGrant(grant('unused', { account: { customerId: '7', accountId: '8' } }));
    await bench.store.assignGrant('shop', 'g', 'bing');
    const listDue = async (now: number) => (await bench.store.listDueClickChecks(now)).map(({ id }) => id);
    expect(await listDue(start)).toEqual(['g']);
    const claim = (now: number) => bench.store.claimClickCheck('g', now, 60_000);
    expect([await claim(start), await claim(start + 59_999)]).toEqual([true, false]);
    await bench.store.saveClickCheck('g', '{"pending":{}}', start + 10);
    expect([await listDue(start + 9), await listDue(start + 10)]).toEqual([[], ['g']]);
    expect([await claim(start + 9), await claim(start + 10)]).toEqual([false, true]);
    await bench.restart();
    expect(await bench.store.findGrant('g')).toMatchObject({ clickCheck: '{"pending":{}}', revision: 1 });
    // A comparison does not make a check of goals due.
    expect(await bench.store.claimGoalCheck('g', start, 60_000)).toBe(true);
  });

  it('a new sign-in of the same account keeps the compared clicks, and one of another account begins anew', async () => {
    const other = { customerId: '7', accountId: '9' };
    const assign = async (id: string, of: typeof account) => {
      await bench.store.addGrant(grant(id, { account: of }));
      await bench.store.assignGrant('shop', id, 'bing');
      return (await bench.store.findGrant(id))?.clickCheck;
    };
    expect(await assign('first', account)).toBeUndefined();
    await bench.store.saveClickCheck('first', '{"checkedAt":1,"report":{"days":[]},"failure":{"code":"106"}}', start + 9);
    expect(await assign('again', account)).toBe('{"checkedAt":1,"report":{"days":[]}}');
    // The next report is requested with the new access at once.
    expect((await bench.store.listDueClickChecks(start)).map(({ id }) => id)).toEqual(['again']);
    await bench.store.assignGrant('shop', 'again', 'bing');
    expect((await bench.store.findGrant('again'))?.clickCheck).toBe('{"checkedAt":1,"report":{"days":[]}}');
    await bench.store.addGrant(grant('second', { account }));
    await bench.store.assignGrant('shop', 'second', 'other-bing');
    expect((await bench.store.findGrant('second'))?.clickCheck).toBeUndefined();
    expect(await assign('elsewhere', other)).toBeUndefined();
  });

  it('a new sign-in of the same account keeps the goal of late purchases, which cannot be made twice', async () => {
    await bench.store.addGrant(grant('first', { account: { customerId: '7', accountId: '8' } }));
    await bench.store.assignGrant('shop', 'first', 'bing');
    await bench.store.saveLateGoal('first', '{"name":"Late"}');
    await bench.store.addGrant(grant('again', { account: { customerId: '7', accountId: '8' } }));
    await bench.store.assignGrant('shop', 'again', 'bing');
    expect((await bench.store.findGrant('again'))?.lateGoal).toBe('{"name":"Late"}');
    await bench.store.addGrant(grant('other', { account: { customerId: '7', accountId: '9' } }));
    await bench.store.assignGrant('shop', 'other', 'bing');
    expect((await bench.store.findGrant('other'))?.lateGoal).toBeUndefined();
  });

  it('the report of a goal for late purchases is due once the goal is stored, and when its time has come', async () => {
    await bench.store.addGrant(grant('g', { account: { customerId: '7', accountId: '8' } }));
    await bench.store.assignGrant('shop', 'g', 'bing');
    const listDue = async (now: number) => (await bench.store.listDueLateReports(now)).map(({ id }) => id);
    expect(await listDue(start)).toEqual([]);
    await bench.store.saveLateGoal('g', '{"name":"Late"}');
    expect(await listDue(start)).toEqual(['g']);
    const claim = (now: number) => bench.store.claimLateReport('g', now, 60_000);
    expect([await claim(start), await claim(start + 59_999)]).toEqual([true, false]);
    await bench.store.saveLateReport('g', '{"uploaded":1}', start + 10);
    expect([await listDue(start + 9), await listDue(start + 10)]).toEqual([[], ['g']]);
    await bench.restart();
    expect(await bench.store.findGrant('g')).toMatchObject({ lateGoal: '{"name":"Late"}', lateReport: '{"uploaded":1}' });
  });

  it('an encrypted secret is replaced unless it changed meanwhile', async () => {
    await bench.store.addGrant(grant('g'));
    expect(await bench.store.replaceGrantSecret('g', 'sealed g', 'other key')).toBe(true);
    expect(await bench.store.replaceGrantSecret('g', 'sealed g', 'late')).toBe(false);
    expect(await bench.store.findGrant('g')).toMatchObject({ secret: 'other key', revision: 1 });
  });

  it('the client of a platform is replaced and removed, and its secrets change unless they changed meanwhile', async () => {
    const client = { platform: 'acme', config: { clientId: 'c-1' }, secret: 'sealed client' };
    await bench.store.savePlatformClient({ ...client, config: {}, secret: 'earlier' });
    await bench.store.savePlatformClient(client);
    await bench.restart();
    expect(await bench.store.listPlatformClients()).toEqual([client]);
    expect(await bench.store.replaceClientSecret('acme', 'sealed client', 'other key')).toBe(true);
    expect(await bench.store.replaceClientSecret('acme', 'sealed client', 'late')).toBe(false);
    expect(await bench.store.listPlatformClients()).toEqual([{ ...client, secret: 'other key' }]);
    await bench.store.removePlatformClient('acme');
    expect(await bench.store.listPlatformClients()).toEqual([]);
  });

  it('grants are removed with their connection, their site, or if none uses them', async () => {
    const rows = [
      ['a', 'shop', 'bing'],
      ['b', 'shop', 'second'],
      ['c', 'shop', 'third'],
      ['d', 'other', 'bing'],
    ] as const;
    for (const [id, site, connection] of rows) {
      await bench.store.addGrant(grant(id, { site }));
      await bench.store.assignGrant(site, id, connection);
    }
    await bench.store.addGrant(grant('old'));
    await bench.store.addGrant(grant('young', { createdAt: start + 1 }));
    expect(await bench.store.removeUnassignedGrants(start + 1)).toBe(1);
    expect(await bench.store.removeGrants('shop', 'bing')).toBe(1);
    await bench.store.removeDashboardConnection('shop', 'second');
    expect((await list()).map(([id]) => id)).toEqual(['d', 'young', 'c']);
    await bench.store.removeDashboardSite('shop', true);
    expect((await list()).map(([id]) => id)).toEqual(['d']);
  });
}
