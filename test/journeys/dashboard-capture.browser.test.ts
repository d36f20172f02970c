import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage, waitForAnimations } from '../page-audit.fixture.ts';

/** An owner looks at the events that a page writes, and maps one. The page's part is played by the requests that the pixel makes. */

let scene: Scene;
let operator: DashboardUser;
let callApi: ReturnType<typeof connectToGateway>;
let writeKey: string;

beforeAll(async () => {
  scene = await startScene();
  operator = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(operator, scene.gateway);
  callApi = connectToGateway(scene);
  ({ writeKey } = await callApi('POST /api/sites', {}, { id: 'made', domains: ['made.example'] }));
});
afterAll(async () => {
  await operator.close();
  await scene.close();
});

const readCapture = async () => (await callApi('GET /api/sites/:site', { site: 'made' })).capture.dataLayer;
/** Posts as a page that was opened with the token. */
const show = async (debug: string, seen: readonly object[]) => {
  const answer = await fetch(`${scene.gateway.url}/e`, {
    method: 'POST',
    headers: { origin: 'https://made.example' },
    body: JSON.stringify({ writeKey, debug: `${debug}.tab`, seen }),
  });
  return Object(await answer.json()).open;
};
const save = async () => {
  const { page } = operator;
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
};

test('an owner sees what a page writes, maps an event, and switches the dataLayer on', async () => {
  const { page } = operator;
  await operator.open('/sites/made/settings');
  await page.getByRole('radiogroup', { name: 'dataLayer' }).getByText('Preview', { exact: true }).click();
  await save();
  await page.getByRole('button', { name: 'Look at a page' }).click();
  const address = (await page.getByText(/^https:\/\/made\.example\/\?convey_debug=/).textContent()) ?? '';
  const seen = [
    { name: 'view_item', keys: ['ecommerce.items.item_id'] },
    { name: 'view_cart', keys: ['ecommerce.value'] },
    { name: 'order_done', keys: ['basket.total', 'basket.orderId', 'basket.lines.sku'] },
  ];
  expect(await show(new URL(address).searchParams.get('convey_debug') ?? '', seen)).toBe(true);
  const events = page.getByRole('list', { name: 'Events of pages' });
  await events.getByText('Reported as ViewContent').waitFor();
  await waitForAnimations(page);
  await auditPage(page);

  await page.getByRole('button', { name: 'Read view_cart' }).click();
  await page.getByRole('button', { name: 'Map order_done' }).click();
  expect(await page.getByRole('button', { name: 'Map order_done' }).count()).toBe(0);
  await page.getByRole('combobox', { name: 'Reported as' }).fill('a name');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/Must be a name of 1 to 100 letters/).waitFor();
  await page.getByRole('combobox', { name: 'Reported as' }).fill('Purchase');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '2 fields' }).click();
  expect(await page.getByLabel('Value', { exact: true }).inputValue()).toBe('basket.total');
  await page.getByLabel('List of items').fill('basket.lines');
  await page.getByLabel('Item: ID').fill('sku');
  await waitForAnimations(page);
  await auditPage(page);
  await page.getByRole('radiogroup', { name: 'dataLayer' }).getByText('On', { exact: true }).click();
  await save();
  expect(await readCapture()).toMatchObject({
    mode: 'on',
    events: expect.arrayContaining(['view_cart', 'purchase']),
    map: {
      order_done: {
        as: 'Purchase',
        value: 'basket.total',
        orderId: 'basket.orderId',
        items: 'basket.lines',
        item: { id: 'sku' },
      },
    },
  });
  const script = await fetch(`${scene.gateway.url}/p.js?k=${writeKey}`);
  expect(await script.text()).toContain('["order_done",{"as":"Purchase"');

  await page.getByRole('button', { name: 'Remove event 1' }).click();
  await save();
  expect((await readCapture()).map).toEqual({});
  expect(operator.pageErrors).toEqual([]);
});

test('an owner opens a page of the shop with the overlay', async () => {
  const { page } = operator;
  for (const [path, name] of [
    ['/sites/made/events', 'Events'],
    ['/sites/made', 'Setup'],
  ] as const) {
    await operator.open(path);
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Debug a page' }).click();
    await page.getByRole('button', { name: 'Look at a page' }).click();
    const link = page.getByRole('link', { name: 'Open made.example' });
    const address = new URL((await link.getAttribute('href')) ?? '');
    expect(address.origin).toBe('https://made.example');
    expect(await show(address.searchParams.get('convey_debug') ?? '', [])).toBe(true);
    await waitForAnimations(page);
    await auditPage(page);
  }
  expect(await (await fetch(`${scene.gateway.url}/p.js?k=${writeKey}`)).text()).toContain('overlay.js');
});

test('an owner gives the steps of a checkout one page, and lets links carry the visitor to another domain', async () => {
  const { page } = operator;
  await callApi('PATCH /api/sites/:site', { site: 'made' }, { domains: ['made.example', 'checkout.example'] });
  await operator.open('/sites/made/settings');
  await page.getByRole('button', { name: 'Add page rule' }).click();
  const rule = page.getByRole('group', { name: 'Page rule 1' });
  await rule.getByLabel('Path').fill('checkout');
  await page.getByRole('combobox', { name: 'Links to other domains' }).fill('other.example');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/Must be a path of up to 200 characters/).waitFor();
  await rule.getByLabel('Path').fill('/checkout/*');
  await rule.getByLabel('Reported as').fill('/checkout');
  await rule.getByLabel('Ignored parameters').fill('step');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/Must be among the site's domains/).waitFor();
  await waitForAnimations(page);
  await auditPage(page);
  await page.getByRole('combobox', { name: 'Links to other domains' }).focus();
  await page.keyboard.press('Backspace');
  await page.getByRole('combobox', { name: 'Links to other domains' }).fill('Checkout.example');
  await page.keyboard.press('Enter');
  await save();
  const { capture } = await callApi('GET /api/sites/:site', { site: 'made' });
  expect(capture).toMatchObject({
    pages: [{ match: '/checkout/*', as: '/checkout', ignore: ['step'] }],
    links: ['checkout.example'],
  });
  const script = await (await fetch(`${scene.gateway.url}/p.js?k=${writeKey}`)).text();
  expect(script).toContain('"pages":[["^\\\\/checkout\\\\/.*$","/checkout","step"]]');
  expect(script).toContain('"links":[{"domain":"checkout.example"}]');

  await page.getByRole('button', { name: 'Remove page rule 1' }).click();
  await page.getByRole('combobox', { name: 'Links to other domains' }).focus();
  await page.keyboard.press('Backspace');
  await save();
  const after = (await callApi('GET /api/sites/:site', { site: 'made' })).capture;
  expect([after.pages, after.links]).toEqual([undefined, undefined]);
});

test('the consent tool of the pages is chosen, and its category only if shops name it themselves', async () => {
  const { page } = operator;
  await operator.open('/sites/made/settings');
  const category = page.getByLabel('Category for advertising');
  await page.getByLabel('Consent tool').selectOption('CookieYes');
  expect(await category.count()).toBe(0);
  await page.getByLabel('Consent tool').selectOption('OneTrust');
  await page.getByText('Your name for it. Empty: C0004.').waitFor();
  await category.fill('C<0>');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/Must be 1 to 64 letters/).waitFor();
  await category.fill('C0005');
  await waitForAnimations(page);
  await auditPage(page);
  await save();
  const { capture } = await callApi('GET /api/sites/:site', { site: 'made' });
  expect(capture).toMatchObject({ consentTool: 'onetrust', consentCategory: 'C0005' });
  const script = await fetch(`${scene.gateway.url}/p.js?k=${writeKey}`);
  expect(await script.text()).toContain('IsAlertBoxClosed');
});

test('the set-up of a shop that writes events for Google has its snippet, and the way to the setting', async () => {
  const { page } = operator;
  await operator.open('/sites/made');
  await page.getByText('GA4 dataLayer', { exact: true }).first().click();
  await page.getByRole('heading', { name: 'Switch the dataLayer on' }).waitFor();
  expect(await page.getByRole('region', { name: 'Snippet code' }).textContent()).toContain(`p.js?k=${writeKey}`);
  await page.getByText('The dataLayer is on').waitFor();
  await waitForAnimations(page);
  await auditPage(page);
});

test.each([
  [1280, 'light'],
  [390, 'light'],
  [1280, 'dark'],
  [390, 'dark'],
] as const)('the form fits a width of %i in %s', async (width, colorScheme) => {
  const { page } = operator;
  const { token } = await callApi('POST /api/sites/:site/page-sessions', { site: 'made' });
  await show(token, [{ name: 'a_long_name_of_an_event', keys: ['basket.a_long_name_of_a_field', 'basket.total'] }]);
  const map = { order_done: { as: 'Purchase', value: 'basket.total' } };
  await callApi(
    'PATCH /api/sites/:site',
    { site: 'made' },
    { capture: { dataLayer: { mode: 'preview', map }, pages: [{ match: '/checkout/*', as: '/checkout' }] } },
  );
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  await operator.open('/sites/made/settings');
  await page.getByText('a_long_name_of_an_event').waitFor();
  const panel = page.getByRole('heading', { name: 'Capture' });
  await panel.scrollIntoViewIfNeeded();
  await waitForAnimations(page);
  await auditPage(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
