import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GoogleAdsSimulator, startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';

/** An operator connects an account with an OAuth client of its own, and later pastes the key of a service account instead. */

const client = '1234-abc.apps.googleusercontent.com';
const clientSecret = 'GOCSPX-canary-client-secret';
const refreshToken = '1//canary-refresh-token';
let google: GoogleAdsSimulator;
let scene: Scene;
let operator: DashboardUser;
let logged = '';

beforeAll(async () => {
  google = await startGoogleAdsSimulator({
    port: 0,
    credentials: { clients: { [client]: clientSecret }, refreshTokens: [refreshToken] },
  });
  scene = await startScene({
    site: null,
    config: { endpoints: { 'google-ads': google.url } },
    onLog: (line) => {
      logged += line;
    },
  });
  operator = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(operator, scene.gateway);
  await call('POST', '/api/sites', { id: 'clocks', domains: ['shop.example'], consent: { policy: 'granted' } });
});
afterAll(async () => {
  await operator.close();
  await scene.close();
  await google.close();
});

/** Calls the API in the session of a user. */
const call = (method: string, path: string, body?: unknown, user = operator) =>
  callDashboard(user, scene.gateway, method, path, body);

const button = (name: string) => operator.page.getByRole('button', { name, exact: true });
const choose = (option: string) =>
  operator.page
    .locator('.mantine-SegmentedControl-label')
    .filter({ hasText: new RegExp(`^${option}$`) })
    .click();
const field = (label: string) => operator.page.getByRole('textbox', { name: label });

/** Opens the consent page with the form, and answers it. */
async function connect(label: string, answer: 'Allow' | 'Deny'): Promise<void> {
  await button(label).click();
  await operator.page.getByRole('link', { name: answer }).click();
  await operator.page.waitForURL('**/sites/clocks/destinations/**');
}

test('an account is connected after a denial and a wrong secret, and its token is only stored encrypted', async () => {
  const { page } = operator;
  const queries: URLSearchParams[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/o/oauth2/v2/auth' || pathname === '/connect-account') queries.push(searchParams);
  });
  await operator.open('/sites/clocks/destinations/new');
  await page.getByRole('radio', { name: /Google Ads/ }).click();
  await choose('Refresh token');
  await page.getByText(`${new URL(page.url()).origin}/connect-account`).waitFor();
  await button('Connect Google').click();
  await page.getByText('Must be an OAuth client ID').waitFor();

  await field('Customer ID').fill('123-456-7890');
  await field('OAuth client ID').fill(client);
  await field('OAuth client secret').fill('wrong-secret');
  await button('Bind an event').click();
  await page.getByRole('combobox', { name: 'Event 1', exact: true }).fill('Purchase');
  await field('Conversion action of Purchase').fill('987654321');
  await page.getByLabel('Kind of Purchase').selectOption('import');
  await connect('Connect Google', 'Deny');
  await page.getByText("Access was denied on Google's page.").waitFor();
  expect(await field('Customer ID').inputValue()).toBe('123-456-7890');

  await connect('Connect Google', 'Allow');
  await page.getByText('Google knows no such OAuth client').waitFor();
  await field('OAuth client secret').fill(clientSecret);
  await connect('Connect Google', 'Allow');
  await page.getByText('Connected. Save to keep the access.').waitFor();
  await auditPage(page);
  const consents = queries.filter((query) => query.has('client_id'));
  expect(consents.map(String).join()).not.toContain(clientSecret);
  expect(consents).toHaveLength(3);
  expect(Object.fromEntries(consents[2] ?? [])).toMatchObject({
    response_type: 'code',
    scope: 'https://www.googleapis.com/auth/datamanager',
    access_type: 'offline',
    prompt: 'consent',
    code_challenge_method: 'S256',
  });

  await button('Test connection').click();
  await page.getByText('The platform accepts the credential').waitFor();
  await button('Add connection').click();
  await page.waitForURL('**/sites/clocks/destinations/google-ads');
  await operator.open('/sites/clocks/destinations/google-ads?tab=settings');
  await page.getByText('Connected.', { exact: true }).waitFor();
  const { text } = await call('GET', '/api/sites/clocks');
  expect(JSON.parse(text).connections).toMatchObject([
    { settings: { credential: 'refresh-token' }, secrets: ['clientSecret', 'refreshToken'] },
  ]);

  const files = readdirSync(scene.dataDir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const stored = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('');
  const codes = queries.flatMap((query) => query.getAll('code'));
  expect(codes).toHaveLength(2);
  for (const secret of [clientSecret, refreshToken, ...codes])
    for (const place of [text, stored, logged, await page.content(), page.url()]) expect(place).not.toContain(secret);
  expect(operator.pageErrors).toEqual([]);
});

test('a state counts once, in its own session, and for ten minutes', async () => {
  const start = async (): Promise<string> => {
    const settings = { clientId: 'client', clientSecret: clientSecret };
    const { text } = await call('POST', '/api/sites/clocks/account-links', { destination: 'google-ads', settings });
    return new URL(JSON.parse(text).url).searchParams.get('state') ?? '';
  };
  const finish = (state: string, user = operator) =>
    call('POST', '/api/account-links/finish', { state, error: 'access_denied' }, user).then(({ status }) => status);
  const [once, foreign, late] = [await start(), await start(), await start()];
  const other = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await other.open('/sign-in');
  await other.page.getByLabel('Name').fill('ada');
  await other.page.locator('input[type=password]').fill('four words nobody guesses');
  await other.page.getByRole('button', { name: 'Sign in' }).click();
  await other.page.getByRole('navigation').waitFor();
  expect([await finish(foreign, other), await finish('made-up')]).toEqual([404, 404]);
  expect([await finish(once), await finish(once), await finish(foreign)]).toEqual([200, 404, 200]);
  scene.advance(10 * 60_000);
  expect(await finish(late)).toBe(404);
  await operator.open(`/connect-account?state=${late}&code=4/old`);
  await operator.page.getByText('has expired, was used already').waitFor();
  await other.close();
});

test('a connection gets another account when it is saved, and its address no longer leads to the attempt', async () => {
  const { page } = operator;
  await operator.open('/sites/clocks/destinations/google-ads?tab=settings');
  await connect('Connect Google again', 'Allow');
  await page.getByText('Connected. Save to keep the access.').waitFor();
  expect(new URL(page.url()).searchParams.get('link')).not.toBeNull();
  await button('Save').click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  await page.waitForURL((url) => url.search === '?tab=settings');
  await page.reload();
  await page.getByText('Connected.', { exact: true }).waitFor();
  expect(await page.getByText('Something went wrong').count()).toBe(0);
});

test('the key of a service account is pasted, and a bad field is named', async () => {
  const { page } = operator;
  await operator.open('/sites/clocks/destinations/google-ads?tab=settings');
  await choose('Service account');
  const key = { type: 'service_account', client_email: 'convey@shop.example', private_key: 'canary-private-key' };
  await field('Service account').fill(JSON.stringify(key, null, 2));
  // The key does not stand on the screen in clear text.
  const isMasked = () =>
    field('Service account').evaluate((input) => getComputedStyle(input).getPropertyValue('-webkit-text-security'));
  expect(await isMasked()).toBe('disc');
  await button('Save').click();
  await page.getByText('Has an unusable private_key.').waitFor();
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary-private-key\n-----END PRIVATE KEY-----\n';
  await field('Service account').fill(JSON.stringify({ ...key, private_key: pem }, null, 2));
  await button('Save').click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  const { text } = await call('GET', '/api/sites/clocks');
  expect(JSON.parse(text).connections[0].secrets).toContain('serviceAccount');
  for (const place of [text, logged, await page.content()]) expect(place).not.toContain('canary-private-key');
});
