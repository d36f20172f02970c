import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { goneLabels } from '../../src/dashboard/pages/events/event-labels.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import {
  callDashboard,
  createAccount,
  createDashboardUser,
  createFirstAccount,
  type DashboardUser,
  navigate,
  password,
  type Scene,
  sendOrderWebhook,
  sendServerEvents,
  signUp,
  simulateShoppers,
  startScene,
  webhookSecret,
} from '../dashboard.fixture.ts';
import { eventually, root } from '../gateway.fixture.ts';
import { auditPage, waitForAnimations } from '../page-audit.fixture.ts';
import { answerFirstQuestions } from './first-questions.fixture.ts';

/** Every page of the dashboard in light and dark, from a phone's width to a wide screen's, with and without anything to show. */

/** Neighbours have different titles: see `navigate`. */
const pages = [
  '/',
  '/sites',
  '/sites/new',
  '/connect-account?state=unknown&code=unknown',
  '/issues',
  '/issues?issue=none',
  '/alerts',
  '/activity',
  '/nowhere',
  '/accounts',
  '/account',
  '/?site=none',
  '/sites/shop',
  '/sites/shop/settings',
  '/sites/shop/hooks/crm',
  '/sites/shop?method=shopify',
  '/sites/shop/events',
  '/sites/shop/events/purchase-held',
  '/sites/shop/events?event=Purchase',
  '/sites/shop/events/nothing-has-this',
  '/sites/shop/events?text=nothing-has-this',
  '/sites/shop/events?rejected=any',
  '/sites/shop/destinations',
  '/sites/shop/destinations/new',
  '/sites/shop/destinations/bing',
  '/sites/shop/match-quality',
  '/sites/shop/destinations/bing?tab=failed',
  '/sites/shop/accuracy',
  '/sites/shop/destinations/bing?tab=settings',
  '/sites/shop/rules',
  '/sites/shop/hooks/payments',
  '/sites/shop/consent',
  '/sites/shop/privacy',
  '/sites/shop/guides',
  '/sites/shop/guides/onboarding',
  '/sites/shop/guides/create-event-goals',
  '/sites/none',
];

/** Pages whose table has other columns on wide pages, and on a tablet on its side, which has the sidebar beside the page. */
const tablePages: ReadonlySet<string> = new Set(['/sites/shop/events', '/sites/shop/events?event=Purchase']);
const tableWidths = [1920, 1120, 1024, 992, 768, 390];

let browser: Browser;
beforeAll(async () => {
  browser = await getSharedBrowser();
});

/** Which pages are loaded, by their place in the list. The others follow the page before them within the app. */
const isLoaded = {
  all: () => true,
  first: (place: number) => place === 0,
  even: (place: number) => place % 2 === 0,
  odd: (place: number) => place % 2 === 1 || place === 0,
};

type Screen = readonly [colorScheme: 'light' | 'dark', width: number, loads: keyof typeof isLoaded];

/** Returns the shown headings of the event table that are cut, or do not have the edges and the alignment of their column. */
function listMisplacedHeadings(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const cells = [...document.querySelectorAll('table[aria-label="Events"] tbody tr:first-child > td')];
    const headings = [...document.querySelectorAll('table[aria-label="Events"] th')].filter((one) => one.checkVisibility());
    const measure = (one: Element | undefined) => {
      if (!one) return '';
      const { left, right } = one.getBoundingClientRect();
      return [Math.round(left), Math.round(right), getComputedStyle(one).textAlign].join();
    };
    const isCut = (one: Element) => [one, ...one.children].some((part) => part.scrollWidth > part.clientWidth);
    return headings.flatMap((one, at) => (measure(one) === measure(cells[at]) && !isCut(one) ? [] : [one.textContent]));
  });
}

/** Returns the labels of events without data that are wider than the column of the event. */
function listWideLabels(page: Page): Promise<readonly string[]> {
  return page.evaluate((labels) => {
    const [cell] = document.querySelectorAll('table[aria-label="Events"] tbody tr:first-child > td:nth-child(2)');
    if (!cell) return ['no event'];
    const before = [...cell.childNodes];
    const wide = labels.filter((label) => {
      cell.replaceChildren(label);
      return cell.scrollWidth > cell.clientWidth;
    });
    cell.replaceChildren(...before);
    return wide;
  }, Object.values(goneLabels));
}

/** Checks the table of a page at each width, with numbers that stand under each other, and audits the narrowest. */
async function checkTable(page: Page, path: string): Promise<void> {
  const values = page.locator('table[aria-label="Events"] tbody td:nth-child(3)');
  const getFigures = () =>
    values.first().evaluate((one) => [getComputedStyle(one).textAlign, getComputedStyle(one).fontVariantNumeric]);
  for (const width of tableWidths) {
    await page.setViewportSize({ width, height: 900 });
    const listFaults = async () => [
      ...(await listMisplacedHeadings(page)),
      ...(await listWideLabels(page)),
      ...((await getOverflow(page)) > 0 ? ['overflow'] : []),
    ];
    await eventually(async () => (await listFaults()).length === 0);
    const at = `${path}, ${width} px wide`;
    expect([at, await listFaults()]).toEqual([at, []]);
    expect([at, await getFigures()]).toEqual([at, ['right', 'tabular-nums']]);
  }
  expect([path, (await auditPage(page)).violations]).toEqual([path, []]);
}

/** Returns the excess of the page's width over the window's, in pixels. */
const getOverflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Returns the parts of a page that a person must scroll sideways to read. Code keeps its lines, and guides their tables. */
async function listSidewaysScrollers(page: Page): Promise<readonly string[]> {
  if (page.url().includes('/guides/')) return [];
  return page.evaluate(() =>
    [...document.querySelectorAll('main *')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX))
      .filter((one) => !one.closest('pre') && one.checkVisibility())
      .map((one) => one.getAttribute('aria-label') ?? `${one.tagName} ${one.className}`),
  );
}

/** Returns the page of the worst issue, if there is one. */
async function listIssuePages(reader: DashboardUser, { gateway }: Scene): Promise<readonly string[]> {
  const { text: issues } = await callDashboard(reader, gateway, 'GET', '/api/issues');
  const [, id] = /"id":"([^"]+)"/.exec(issues) ?? [];
  return id === undefined ? [] : [`/issues?issue=${id}`];
}

/** Returns the title of a page's document: the heading, and the site if the page shows one. */
async function getExpectedTitle(page: Page, path: string): Promise<string> {
  const heading = await page.getByRole('heading', { level: 1 }).textContent();
  const isOfSite = path.startsWith('/sites/shop') || (heading === 'Overview' && path === '/');
  return [heading, ...(isOfSite ? ['Clockwork & Daughters'] : []), 'Convey'].join(' · ');
}

/** Checks pages on screens, and returns the session. A loaded page has none of the data that the page before it left in the app. */
async function visit(scene: Scene, paths: readonly string[], screens: readonly Screen[]) {
  const session = await createAccount(scene.gateway);
  for (const [colorScheme, width, loads] of screens) {
    const viewport = { width, height: 900 };
    const reader = await createDashboardUser(browser, scene.gateway, { colorScheme, viewport });
    await reader.context.addCookies([session]);
    for (const [place, path] of [...paths, ...(await listIssuePages(reader, scene))].entries()) {
      if (isLoaded[loads](place)) await reader.open(path);
      else await navigate(reader.page, path);
      await reader.page.getByRole('heading', { level: 1 }).waitFor();
      await eventually(async () => (await reader.page.getByRole('status', { name: 'Loading' }).count()) === 0);
      await waitForAnimations(reader.page);
      const { violations, overflow, layoutShift } = await auditPage(reader.page);
      const at = `${path} in ${colorScheme}, ${width} px wide`;
      expect([at, violations]).toEqual([at, []]);
      expect([at, overflow]).toEqual([at, 0]);
      expect([at, await listMisplacedHeadings(reader.page)]).toEqual([at, []]);
      expect([at, await listSidewaysScrollers(reader.page)]).toEqual([at, []]);
      expect([at, await reader.page.getByText('Something went wrong').count()]).toEqual([at, 0]);
      expect([at, layoutShift < 0.1 ? 'still' : layoutShift]).toEqual([at, 'still']);
      expect([at, await reader.page.title()]).toEqual([at, await getExpectedTitle(reader.page, path)]);
      if (width === 1280 && tablePages.has(path)) {
        expect([at, await listWideLabels(reader.page)]).toEqual([at, []]);
        await checkTable(reader.page, path);
        await reader.page.setViewportSize(viewport);
      }
    }
    await checkPalette(reader.page, `the search in ${colorScheme}, ${width} px wide`);
    expect(reader.pageErrors).toEqual([]);
    expect(reader.strayRequests).toEqual([]);
    await reader.close();
  }
  return session;
}

/** Sends the purchase of an order that Microsoft rejects, each time. */
async function sendRejectedPurchase({ gateway, simulator }: Scene, id: string, orderId: string): Promise<void> {
  await fetch(`${simulator.url}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'reject', eventIds: [id] }),
  });
  const consent = { adStorage: 'granted', source: 'call', explicit: true };
  const commerce = { orderId, value: 77.7, currency: 'USD' };
  await sendServerEvents(gateway, [{ name: 'Purchase', id, consent, user: { email: 'lost@mail.example' }, commerce }]);
}

/** Opens the search over the page, with its first entries and with found ones. */
async function checkPalette(page: Page, at: string): Promise<void> {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Search' });
  for (const text of ['', 'alert']) {
    await field.fill(text);
    await page.getByRole('option').first().waitFor();
    await waitForAnimations(page);
    const { violations, overflow } = await auditPage(page);
    expect([at, violations, overflow]).toEqual([at, [], 0]);
  }
}

describe('every page of the dashboard', () => {
  test("is accessible, has no layout shift, and requests no other host, with a shop's data", { timeout: 300_000 }, async () => {
    const hooks = [
      {
        ...{ id: 'crm', source: 'custom', secrets: ['a long secret of a CRM'] },
        signature: { scheme: 'header-token', header: 'X-Token' },
        events: [{ fields: { name: { const: 'Lead' }, 'user.email': '/email' } }],
      },
      { id: 'payments', source: 'stripe', secrets: ['whsec_0123456789abcdef'] },
    ];
    const site = { webhooks: { secrets: [webhookSecret] }, purchaseHoldSeconds: 1, hooks };
    // The event table has more columns of outcomes with a second connection.
    const settings = { url: 'https://receiver.example/', secrets: [`whsec_${Buffer.alloc(32).toString('base64')}`] };
    const connections = [{ id: 'warehouse', destination: 'webhook', settings, enabled: false }];
    const scene = await startScene({ agoMs: 6 * 3_600_000, site, connections });
    try {
      await simulateShoppers(scene, 6, 4);
      await sendRejectedPurchase(scene, 'purchase-lost', '2001');
      await sendServerEvents(scene.gateway, [
        { name: 'Purchase', id: 'purchase-held', user: { email: 'Jane.Doe+x@Example.com' }, commerce: { value: 5 } },
      ]);
      await sendOrderWebhook(scene.gateway, 1001, { billing_address: { country_code: 'US' } });
      await sendOrderWebhook(scene.gateway, 1002, { note_attributes: [{ name: '_convey_visitor', value: 'denied' }] });
      await sendOrderWebhook(scene.gateway, 1003, { test: true });
      await sendOrderWebhook(scene.gateway, 1004, { client_details: { user_agent: 'Mozilla/5.0 (compatible; Googlebot/2.1)' } });
      const session = await visit(scene, pages, [
        ['light', 1280, 'odd'],
        ['dark', 390, 'even'],
      ]);
      const reader = await createDashboardUser(browser, scene.gateway);
      await reader.context.addCookies([session]);
      await answerFirstQuestions(reader, { platform: 'Microsoft Advertising', order: '2001', amount: 'USD 77.70' });
      expect(reader.pageErrors).toEqual([]);
      await reader.close();
    } finally {
      await scene.close();
    }
  });

  test('is accessible on a wide screen and without any data', { timeout: 300_000 }, async () => {
    const scene = await startScene();
    try {
      await visit(scene, pages, [['dark', 1920, 'first']]);
    } finally {
      await scene.close();
    }
  });

  test('is accessible before the first site exists', { timeout: 120_000 }, async () => {
    const scene = await startScene({ site: null });
    try {
      await visit(scene, ['/', '/sites', '/sites/new', '/accounts'], [['light', 390, 'all']]);
    } finally {
      await scene.close();
    }
  });
});

test('settings of the config file have one notice on every page', async () => {
  const channel = { id: 'ops', type: 'slack', url: 'https://hooks.slack.com/services/T0/B0/secret' };
  const scene = await startScene({ config: { alerts: { channels: [channel] } } });
  try {
    const reader = await createDashboardUser(browser, scene.gateway);
    await signUp(reader, scene.gateway);
    const looks = new Set<string>();
    for (const path of ['/sites/shop/settings', '/alerts', '/sites/shop/destinations/bing?tab=settings']) {
      await reader.open(path);
      const notice = reader.page.getByRole('alert', { name: 'Set in the config file' });
      await notice.getByText(/^To change .* in the config file, run/).waitFor();
      looks.add(await notice.evaluate((one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color].join()));
    }
    expect([...looks]).toHaveLength(1);
    await reader.close();
  } finally {
    await scene.close();
  }
});

test('the first page loads less than 300 KB of compressed script', async () => {
  const scene = await startScene();
  try {
    const reader = await createDashboardUser(browser, scene.gateway);
    const scripts = new Set<string>();
    reader.context.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith('.js')) scripts.add(pathname);
    });
    await createFirstAccount(reader, scene.gateway);
    await reader.page.waitForLoadState('networkidle');
    expect(scripts.size).toBeGreaterThan(1);
    const sizes = [...scripts].map((path) => gzipSync(readFileSync(join(root, 'dist/dashboard', path))).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300 * 1_024);
    await reader.close();
  } finally {
    await scene.close();
  }
});

test('a session that expires on a page with a stream leads to the sign-in, and back', async () => {
  const scene = await startScene();
  try {
    const reader = await createDashboardUser(browser, scene.gateway);
    const { page } = reader;
    await signUp(reader, scene.gateway);
    await page.clock.install();
    await reader.open('/sites/shop/events');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate(() => fetch('/api/session', { method: 'DELETE', headers: { 'convey-request': '1' } }));
    await page.clock.fastForward(31_000);
    await page.getByLabel('Name').fill('ada');
    await page.locator('input[type=password]').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
    expect(reader.pageErrors).toEqual([]);
    await reader.close();
  } finally {
    await scene.close();
  }
});

test('an invited editor of one site sees only that site, changes the own password, and invites people once an owner', async () => {
  const rival = { id: 'rival', domains: ['rival.example'], writeKey: 'wk_rival_example' };
  const scene = await startScene({ otherSites: [rival] });
  try {
    const owner = await createDashboardUser(browser, scene.gateway);
    await signUp(owner, scene.gateway);
    await owner.open('/accounts');
    await owner.page.getByRole('button', { name: 'Invite person' }).click();
    await owner.page.getByLabel('Note').fill('Vera');
    await owner.page.getByLabel('Role on Clockwork & Daughters').selectOption('Editor');
    await waitForAnimations(owner.page);
    expect((await auditPage(owner.page)).violations).toEqual([]);
    await owner.page.getByRole('button', { name: 'Create link' }).click();
    const link = (await owner.page.getByRole('region', { name: 'Invitation link' }).textContent()) ?? '';
    await owner.page.getByRole('button', { name: 'Done' }).click();
    await owner.page.getByText('Editor of Clockwork & Daughters').waitFor();

    const invited = await createDashboardUser(browser, scene.gateway);
    const { page } = invited;
    await page.goto(link);
    await page.getByRole('heading', { name: 'You are invited to Convey' }).waitFor();
    expect(new URL(page.url()).hash).toBe('');
    expect((await auditPage(page)).violations).toEqual([]);
    await page.getByLabel('Name').fill('vera');
    await page.locator('input[type=password]').fill(password);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('link', { name: 'Sites', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Sites' }).waitFor();
    await page.getByText('Clockwork & Daughters').first().waitFor();
    expect(await page.getByText('rival').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Add site' }).isEnabled()).toBe(false);
    await invited.open('/sites/rival');
    await page.getByText('This site does not exist').waitFor();
    await invited.open('/sites/shop/destinations/bing');
    expect(await page.getByRole('button', { name: 'Pause' }).isEnabled()).toBe(true);

    expect(await page.getByRole('link', { name: 'Privacy' }).count()).toBe(0);
    await invited.open('/sites/shop/privacy');
    await page.getByText('Only owners can export or erase a person').waitFor();
    expect(await page.getByRole('button', { name: 'Find' }).count()).toBe(0);

    await invited.open('/account');
    await page.getByLabel('Current password').fill('not the password');
    await page.getByLabel('New password').fill(`${password} at all`);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The current password is wrong').waitFor();
    await page.getByLabel('Current password').fill(password);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Password changed.').waitFor();

    // An owner of one site can invite people to it, and to no other.
    await owner.open('/accounts');
    await owner.page.getByRole('button', { name: 'Change role: vera' }).click();
    await owner.page.getByLabel('Role on Clockwork & Daughters').selectOption('Owner');
    await owner.page.getByRole('button', { name: 'Save role' }).click();
    await owner.page.getByText('Owner of Clockwork & Daughters').waitFor();
    await invited.open('/');
    await page.getByRole('button', { name: 'vera' }).click();
    await page.getByRole('menuitem', { name: 'Invitations' }).click();
    await page.getByText('No open invitations').waitFor();
    await page.getByRole('button', { name: 'Invite person' }).click();
    await page.getByLabel('Role on Clockwork & Daughters').selectOption('Viewer');
    expect(await page.getByRole('radio').count()).toBe(0);
    expect(await page.getByLabel(/^Role on/).count()).toBe(1);
    await waitForAnimations(page);
    expect((await auditPage(page)).violations).toEqual([]);
    await page.getByRole('button', { name: 'Create link' }).click();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Viewer of Clockwork & Daughters').waitFor();
    for (const user of [owner, invited]) {
      expect(user.pageErrors).toEqual([]);
      await user.close();
    }
  } finally {
    await scene.close();
  }
}, 60_000);

test('an owner finds a person by keyboard, exports the data, and erases it', async () => {
  const lines: string[] = [];
  const scene = await startScene({ onLog: (line) => lines.push(line) });
  try {
    const reader = await createDashboardUser(browser, scene.gateway);
    const { page } = reader;
    const urls: string[] = [];
    reader.context.on('request', (request) => urls.push(request.url()));
    await signUp(reader, scene.gateway);
    const consent = { adStorage: 'granted', source: 'call', explicit: true };
    const user = { email: 'jane.doe@shop.example', anonymousId: 'a1'.repeat(16) };
    await sendServerEvents(scene.gateway, [{ name: 'Lead', id: 'lead-1', user, consent }]);
    expect(await eventually(() => scene.simulator.journalEvents().some(({ eventId }) => eventId === 'lead-1'))).toBe(true);

    await reader.open('/');
    await page.getByRole('link', { name: 'Privacy' }).click();
    await page.getByLabel('E-mail address', { exact: true }).fill('nobody@shop.example');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing about this person was found').waitFor();
    expect(await page.getByRole('button', { name: 'Erase' }).count()).toBe(0);
    await page.getByLabel('E-mail address', { exact: true }).fill('jane');
    await page.keyboard.press('Enter');
    await page.getByText('This is no e-mail address that Convey can read').waitFor();
    await page.getByLabel('E-mail address', { exact: true }).fill(user.email);
    await page.keyboard.press('Enter');
    const stored = page.getByRole('region', { name: 'Stored data' });
    await stored.getByText('Microsoft Advertising').waitFor();
    await waitForAnimations(page);
    expect((await auditPage(page)).violations).toEqual([]);

    await stored.getByRole('button', { name: 'Export to a file' }).click();
    const link = stored.getByRole('link', { name: 'Download the export' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(JSON.parse(await text(await download.createReadStream()))).toMatchObject({
      events: [{ id: 'lead-1' }],
      received: [{ connection: 'bing' }],
    });

    await stored.getByRole('button', { name: 'Erase' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Erase this person?' });
    const confirm = async () => {
      await dialog.locator('input:focus').waitFor();
      await page.keyboard.type('erase');
      await page.keyboard.press('Enter');
    };
    await dialog.getByText(/^This removes 1 event, 1 visitor profile, .* and 1 export file\. It cannot be undone/).waitFor();
    await dialog.getByText('download it first').waitFor();
    expect(await dialog.getByRole('button', { name: 'Erase' }).isEnabled()).toBe(false);
    await page.route('**/api/sites/shop/erase', (route) => route.abort());
    await confirm();
    await page.getByText('No answer arrived').waitFor();
    await stored.getByText('Microsoft Advertising').waitFor();
    await page.unroute('**/api/sites/shop/erase');
    await page.getByRole('button', { name: 'Search again' }).click();

    await stored.getByRole('button', { name: 'Erase' }).click();
    await confirm();
    const result = page.getByRole('region', { name: 'Erasure' });
    await result.getByText(/^Removed 1 event, 1 visitor profile,/).waitFor();
    await result.getByText('Microsoft Advertising').waitFor();
    await page.getByText('No files.').waitFor();
    await waitForAnimations(page);
    expect((await auditPage(page)).violations).toEqual([]);

    const actions = lines.flatMap((line) => (line.includes('/erase') || line.includes('/export') ? [JSON.parse(line)] : []));
    expect(new Set(actions.map(({ msg, account }) => `${msg} by ${account}`))).toEqual(new Set(['admin action by ada']));
    expect([...urls, ...lines].filter((one) => one.includes('jane'))).toEqual([]);
    expect(reader.pageErrors).toEqual([]);
    await reader.close();
  } finally {
    await scene.close();
  }
});

test('a page that crashes leaves the navigation usable, and one without a gateway says so', async () => {
  const scene = await startScene();
  try {
    const reader = await createDashboardUser(browser, scene.gateway);
    const { page } = reader;
    await signUp(reader, scene.gateway);
    await page.clock.install();
    await page.route('**/api/sites/shop/match-quality*', (route) => route.fulfill({ json: [{}] }));
    await reader.open('/sites/shop/match-quality');
    await page.getByRole('heading', { level: 1, name: 'This page failed' }).waitFor();
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor();

    await page.getByText('Not yet confirmed', { exact: true }).waitFor();
    for (const rest of ['', '/new']) {
      await reader.open(`/sites/shop/connections${rest}`);
      await page.waitForURL(`**/sites/shop/destinations${rest}`);
    }
    await reader.open('/sites/shop/destinations');
    await page.getByText('Not yet confirmed', { exact: true }).waitFor();
    await reader.context.setOffline(true);
    await page.clock.fastForward(31_000);
    await page.getByText(/^Cannot reach the gateway since \d/).waitFor();
    await page.getByText('Unknown', { exact: true }).waitFor();
    expect(await page.getByText('Not yet confirmed', { exact: true }).count()).toBe(0);
    await reader.context.setOffline(false);
    await page.clock.fastForward(31_000);
    await page.getByText('Not yet confirmed', { exact: true }).waitFor();
    expect(await page.getByText(/^Cannot reach the gateway/).count()).toBe(0);
    await reader.close();
  } finally {
    await scene.close();
  }
});
