import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';
import { auditPage, waitForAnimations } from '../page-audit.fixture.ts';

/** An owner keeps the keys of a shop's SDKs in the site settings, and trusts a secret key again that a page has used. */

let scene: Scene;
let operator: DashboardUser;
let callApi: ReturnType<typeof connectToGateway>;

beforeAll(async () => {
  scene = await startScene();
  operator = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(operator, scene.gateway);
  callApi = connectToGateway(scene);
  await callApi('POST /api/sites', {}, { id: 'made', domains: ['made.example'] });
});
afterAll(async () => {
  await operator.close();
  await scene.close();
});

const track = (key: string, headers: Readonly<Record<string, string>> = {}) => {
  const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  const body = JSON.stringify({ type: 'page', messageId: crypto.randomUUID(), userId: 'cust-7' });
  return fetch(`${scene.gateway.url}/v1/track`, { method: 'POST', headers: { authorization, ...headers }, body });
};

test('an owner adds the keys of SDKs, sees a new secret key once, and removes one with a confirmation', async () => {
  const { page } = operator;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await operator.open('/sites/made/settings');
  await button('Add Segment key').click();
  await page.getByLabel('Key that the SDK has').fill('page:source');
  await button('Add key').click();
  await page.getByText('8 to 200 characters without spaces or colons').waitFor();
  await page.getByLabel('Key that the SDK has').fill('page-source-0123');
  await button('Add key').click();
  await page.getByText('page-source-0123', { exact: true }).waitFor();
  await waitForAnimations(page);
  expect((await track('page-source-0123')).status).toBe(200);

  await button('Add Segment key').click();
  await page.getByText('On a server', { exact: true }).click();
  await button('Add key').click();
  const secret = await page.getByText(/^sk_[\w-]{43}$/).textContent();
  await button('I have copied it').click();
  await waitForAnimations(page);
  expect(await page.content()).not.toContain(secret ?? 'sk_');
  await auditPage(page);

  expect((await track(secret ?? '', { origin: 'https://made.example' })).status).toBe(200);
  const find = async () => (await callApi('GET /api/sites/:site', { site: 'made' })).distrustedKeys[0];
  expect(await eventually(async () => (await find()) !== undefined)).toBe(true);
  const distrusted = await find();
  await page.reload();
  await page.getByText('A page uses a secret key').waitFor();
  await auditPage(page);
  await button(`Trust ${distrusted?.id} again`).click();
  await button('Trust key').click();
  await page.getByText('A page uses a secret key').waitFor({ state: 'detached' });
  expect(await find()).toBeUndefined();

  const { keys } = (await callApi('GET /api/sites/:site', { site: 'made' })).segment;
  const server = keys.find(({ kind }) => kind === 'server');
  await button(`Remove ${server?.id}`).click();
  await button('Remove key').click();
  await page.getByText('On a server, secret').waitFor({ state: 'detached' });
  expect((await track(secret ?? '')).status).toBe(401);
});

test('the purchase id and the consent categories are saved, and those of the config file are locked', async () => {
  const { page } = operator;
  await operator.open('/sites/made/settings');
  await page.getByText('Order', { exact: true }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect((await callApi('GET /api/sites/:site', { site: 'made' })).segment.purchaseId).toBe('order_id');
  await operator.open('/sites/shop/settings');
  await page.getByRole('heading', { name: 'Keys of Segment SDKs' }).waitFor();
  expect(await page.getByRole('button', { name: 'Add Segment key' }).count()).toBe(0);
});
