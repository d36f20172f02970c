import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GoogleAdsSimulator, startGoogleAdsSimulator } from '../../src/simulators/google-ads/simulator.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { eventually, post, purchase } from '../gateway.fixture.ts';
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

/** Signs in at the simulator's page, and returns to the form. */
async function signIn(answer: RegExp, provider = 'Microsoft'): Promise<void> {
  await button(`Sign in with ${provider}`).click();
  await operator.page.getByRole('link', { name: answer }).click();
  await operator.page.waitForURL('**/sites/clocks/destinations/**');
}

async function chooseOption(label: string, option: RegExp): Promise<void> {
  await operator.page.getByRole('combobox', { name: label, exact: true }).click();
  await operator.page.getByRole('option', { name: option }).click();
}

test('a Microsoft account is connected by app, sign-in, account and tag, and goals are made for what was ticked', async () => {
  const { page } = operator;
  await operator.open('/sites/clocks/destinations/new');
  await page.getByRole('radio', { name: /Microsoft Advertising/ }).click();
  await button('Enter the app registration').click();
  await field('Client ID').fill('app-1');
  await field('Client secret').fill('canary-app-secret');
  await field('Developer token').fill('canary-developer-token');
  await button('Save the app').click();
  await button('Sign in with Microsoft').waitFor();
  expect(await button('Sign in with Google').count()).toBe(0);
  await button('Change the app').click();
  await page.getByLabel('Sign in with Google too').check();
  await field('Client ID at Google').fill('google-app');
  await button('Save the app').click();
  await page.getByText("Must be the secret of Google's client").waitFor();
  await field('Client secret at Google').fill('canary-google-secret');
  await button('Save the app').click();
  await signIn(/^Deny$/);
  await page.getByText('Access was denied on the sign-in page.').waitFor();
  await auditPage(page);

  await signIn(/owner@shop.example/);
  await page.getByText('Signed in. Choose the account and its tag.').waitFor();
  await chooseOption('Account', /F1000001/);
  await chooseOption('Tag', /187012345/);
  await button('Use this tag').click();
  await page.getByText('Tag, token and customer are filled in. Save to keep them.').waitFor();
  await auditPage(page);
  expect(await field('UET tag ID').inputValue()).toBe('187012345');
  await button('Add connection').click();
  await page.waitForURL('**/sites/clocks/destinations/microsoft');
  await operator.open('/sites/clocks/destinations/microsoft?tab=settings');
  await page.getByText(/Signed in as o…@shop\.example with Microsoft, account 180000001/).waitFor();
  const { text } = await call('GET', '/api/sites/clocks');
  expect(JSON.parse(text).connections).toContainEqual(
    expect.objectContaining({
      id: 'microsoft',
      settings: expect.objectContaining({ tagId: '187012345', customerId: '254610987' }),
      secrets: ['token'],
    }),
  );

  await button('Check now').click();
  await page.getByText(/^Checked /).waitFor();
  // The table needs no sideways scroll on a phone.
  await page.setViewportSize({ width: 390, height: 900 });
  const goals = page.getByRole('region', { name: 'Event goals' });
  expect(
    await goals.evaluate(
      (one) =>
        [one, ...one.querySelectorAll('*')].filter(
          (part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX === 'auto',
        ).length,
    ),
  ).toBe(0);
  expect(await eventually(() => page.evaluate(() => document.documentElement.scrollWidth === 390))).toBe(true);
  await auditPage(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByLabel('Make a goal for Search').check();
  await auditPage(page);
  await page.getByRole('button', { name: /^Make \d goal/ }).click();
  await button('Make goals').click();
  await goals.getByText('Search (Convey)', { exact: true }).waitFor();

  // The goals of the account are offered, and others can be typed.
  const adjusted = page.getByRole('combobox', { name: 'Goals to adjust' });
  await adjusted.click();
  expect(await page.getByRole('option').allTextContents()).toEqual(expect.arrayContaining(['purchase', 'Search (Convey)']));
  await page.getByRole('option', { name: 'purchase', exact: true }).click();
  await adjusted.fill('Sales, all of them');
  await adjusted.press('Enter');
  await auditPage(page);
  await button('Save').click();
  const readAdjusted = async () =>
    JSON.parse((await call('GET', '/api/sites/clocks')).text).connections.find(({ id }: { id: string }) => id === 'microsoft')
      .settings.adjustGoals;
  expect(await eventually(async () => (await readAdjusted()) !== undefined)).toBe(true);
  expect(await readAdjusted()).toEqual(['purchase', 'Sales, all of them']);

  await page.getByLabel('Upload late purchases').click();
  await page.getByText(/A goal cannot be deleted at the platform, only paused\. Making one also turns on/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Make the goal' }).click();
  await page.getByText(/Uploads to “Purchase, late \(Convey\)” begin in \d+ (?:hours|minutes)\./).waitFor();
  await auditPage(page);
  expect(await page.getByLabel('Upload late purchases').isChecked()).toBe(true);
  // The form has the settings that the panel changed, so that the next change is no conflict.
  await page.getByLabel('Hours before a refund is sent').fill('12');
  await button('Save').click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  expect(await page.getByText('Someone else changed these settings').count()).toBe(0);
  expect(JSON.parse((await call('GET', '/api/sites/clocks')).text).connections).toContainEqual(
    expect.objectContaining({ id: 'microsoft', settings: expect.objectContaining({ latePurchases: 'on' }) }),
  );
  const files = readdirSync(scene.dataDir, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const stored = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('');
  for (const secret of ['canary-app-secret', 'canary-developer-token', 'canary-google-secret', 'owner@shop.example'])
    for (const place of [text, stored, logged, await page.content()]) expect(place).not.toContain(secret);
  // The simulator's tokens begin so.
  for (const place of [text, stored, logged, await page.content()]) expect(place).not.toMatch(/sim-(?:access|refresh)-/);

  const created = await call('POST', '/api/sites/clocks/keys', { kind: 'secret' });
  const report = async (id: string, more: object = {}) => {
    const event = { ...purchase(id, { time: new Date().toISOString() }), ...more };
    await post(scene.gateway.url, [event], JSON.parse(created.text).key);
    const find = () => scene.simulator.journalEvents().find(({ eventId }) => eventId === id);
    await eventually(() => find() !== undefined);
    return find()?.goals;
  };
  expect(await report('order-1')).toEqual(['purchase']);
  expect(await report('quiz-1', { name: 'Quiz' })).toEqual([]);
  const hasIssue = (title: string) =>
    eventually(async () => (await call('GET', '/api/issues')).text.includes(`Microsoft Advertising ${title}`));
  await eventually(async () =>
    (await call('GET', '/api/sites/clocks/events?event=Quiz&outcome=delivered')).text.includes('quiz-1'),
  );
  await button('Check now').click();
  await page.getByRole('row', { name: /^Quiz/ }).getByText('Accepted, not counted').waitFor();
  expect(await hasIssue('accepts events that no goal counts')).toBe(true);

  scene.advance(2 * 3_600_000);
  scene.simulator.faults({ mode: 'token-dead' });
  await button('Check now').click();
  await page.getByText('The platform ended the access').waitFor();
  await page.getByText('The last check had no result').waitFor();
  expect(await hasIssue('ended the access to the account')).toBe(true);
  expect(await report('order-2')).toEqual(['purchase']);
  await auditPage(page);
  await button('Disconnect').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await page.getByText(/Signed in as/).waitFor({ state: 'detached' });
  // The pasted token stays, and the account is used for the goals alone.
  scene.simulator.faults({ mode: 'ok' });
  await signIn(/owner@shop.example/, 'Google');
  await chooseOption('Account', /F1000001/);
  await button('Use the account for goals alone').click();
  await page.getByText(/Signed in as o…@shop\.example with Google/).waitFor();
  await page.waitForURL((url) => url.search === '?tab=settings');
  expect(JSON.parse((await call('GET', '/api/activity')).text)).toMatchObject({
    rows: expect.arrayContaining([
      expect.objectContaining({ kind: 'platform-connected', connection: 'microsoft' }),
      expect.objectContaining({ kind: 'platform-disconnected', connection: 'microsoft' }),
      expect.objectContaining({ kind: 'goals-made' }),
      expect.objectContaining({ text: 'Turned late purchases on, and made their goal at the platform' }),
      expect.objectContaining({ kind: 'platform-tag-chosen' }),
      expect.objectContaining({ kind: 'platform-app-saved' }),
    ]),
  });

  // The report of the first whole day has the click of an event. The daily job may have requested an earlier one.
  const clickId = 'a'.repeat(32);
  await report('click-1', { page: { url: `https://shop.example/shoes?msclkid=${clickId}` } });
  const readClicks = async () => (await call('GET', '/api/sites/clocks/paid-clicks')).text;
  // A session ends after 12 hours without a request.
  for (const hours of [8, 8, 8]) {
    scene.advance(hours * 3_600_000);
    await readClicks();
  }
  await operator.open('/sites/clocks/match-quality');
  await page.getByRole('region', { name: 'Paid clicks' }).waitFor();
  for (let step = 0; step < 6 && !(await readClicks()).includes('"state":"compared"'); step += 1)
    expect((await call('POST', '/api/sites/clocks/connections/microsoft/paid-clicks/check')).status).toBe(200);
  await page.reload();
  await page.getByText(/^Captured 1 of 1 paid click \(100%\)/).waitFor();
  await page.getByRole('row', { name: 'shop.example/shoes 1' }).waitFor();
  expect((await auditPage(page)).violations).toEqual([]);
  expect(await readClicks()).not.toContain(clickId);
  expect(operator.pageErrors).toEqual([]);
});

test('the app is removed only after a confirmation', async () => {
  const { page } = operator;
  const readSource = async () => JSON.parse((await call('GET', '/api/account-platforms')).text)[0].app.source;
  await operator.open('/sites/clocks/destinations/new');
  await page.getByRole('radio', { name: /Microsoft Advertising/ }).click();
  await button('Change the app').click();
  await button('Remove the app').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Convey deletes its secrets.').waitFor();
  await auditPage(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await readSource()).toBe('dashboard');
  await button('Remove the app').click();
  await dialog.getByRole('button', { name: 'Remove app' }).click();
  await button('Enter the app registration').waitFor();
  expect(await readSource()).toBe('none');
});
