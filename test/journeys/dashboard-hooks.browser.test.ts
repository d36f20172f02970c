import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage, waitForAnimations } from '../page-audit.fixture.ts';

/** An operator adds the hook of a CRM, maps its fields beside a preview, and the CRM reports a lead. */

const secret = 'a secret of the CRM';
let scene: Scene;
let operator: DashboardUser;

beforeAll(async () => {
  scene = await startScene();
  operator = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(operator, scene.gateway);
  const site = { id: 'tea', name: 'The tea house', domains: ['tea.example'], publicUrl: 'https://data.tea.example' };
  await callDashboard(operator, scene.gateway, 'POST', '/api/sites', site);
});
afterAll(async () => {
  await operator.close();
  await scene.close();
});

async function send(body: object): Promise<unknown> {
  const text = JSON.stringify(body);
  const digest = createHmac('sha256', secret).update(text).digest('hex');
  const init = { method: 'POST', body: text, headers: { 'X-Hub-Signature-256': `sha256=${digest}` } };
  return (await fetch(`${scene.gateway.url}/hooks/custom/tea/crm`, init)).json();
}

async function audit(): Promise<void> {
  await waitForAnimations(operator.page);
  for (const width of [390, 1280]) {
    await operator.page.setViewportSize({ width, height: 900 });
    expect(await auditPage(operator.page)).toMatchObject({ violations: [], overflow: 0 });
  }
}

test('an operator maps the hook of a CRM by its last request, and the lead is stored as the preview shows', async () => {
  const { page } = operator;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const source = (name: string) => page.getByRole('combobox', { name, exact: true });
  const preview = page.getByRole('region', { name: 'Preview', exact: true });
  await operator.open('/sites/tea/settings');
  await page.getByRole('link', { name: 'Add hook' }).click();
  await page.getByRole('radio', { name: /^Typeform/ }).click();
  await page.getByText("Convey's mapping for Typeform", { exact: false }).waitFor();
  await page.getByRole('radio', { name: /^Another service/ }).click();
  await page.getByLabel('Name of the hook').fill('crm');
  await page.getByLabel('Header', { exact: true }).fill('X-Hub-Signature-256');
  await page.getByLabel('Text before the signature').fill('sha256=');
  await page.getByLabel('Secret', { exact: true }).fill(secret);
  await source('Source of id').fill('lead/id');
  await button('Save').click();
  await page.getByText('Must be a JSON Pointer', { exact: false }).first().waitFor();
  await source('Source of id').fill('/lead/id');
  await audit();
  await button('Save').click();
  await page.waitForURL('**/sites/tea/hooks/crm');
  await page.getByText('https://data.tea.example/hooks/custom/tea/crm').waitFor();

  await preview.getByText('Waiting for a request').waitFor();
  await expect
    .poll(async () => (await send({ lead: { id: 'lead-1', email: 'jane@tea.example', ok: 'yes' } })) !== undefined)
    .toBe(true);
  await preview.getByText('Would be accepted').waitFor();
  await preview.getByText('an e-mail address').waitFor();
  expect(await preview.textContent()).not.toContain('jane');
  await preview.getByRole('button', { name: 'Use /lead/email' }).click();
  await source('Source of user.email').waitFor();
  await preview.getByText('Hashed before it is stored').waitFor();
  await preview.getByRole('button', { name: 'Use /lead/ok' }).click();
  await source('Source of properties.ok').waitFor();
  await preview.getByRole('rowheader', { name: 'properties.ok' }).waitFor();
  await audit();
  await button('Save').click();
  await page.getByText('Saved.').waitFor();

  expect(await send({ lead: { id: 'lead-2', email: 'joe@tea.example', ok: 'yes' } })).toMatchObject({ accepted: 1 });
  const { text } = await callDashboard(operator, scene.gateway, 'GET', '/api/sites/tea/events');
  expect(text).toMatch(/"id":"lead-2","reporter":"webhook","via":"hook:crm".*"emailPlain"/);
  expect(text).not.toMatch(/jane|joe/);

  await operator.open('/sites/tea/settings');
  const hooks = page.getByRole('region', { name: 'Hooks', exact: true });
  await hooks.getByRole('link', { name: 'crm' }).waitFor();
  await hooks.getByText('Signed', { exact: true }).waitFor();
  await hooks.getByText(/Accepted/).waitFor();
});

test('an operator adds the hook of Stripe, and sets which of its events are sold and sent', async () => {
  const { page } = operator;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await operator.open('/sites/tea/hooks/new');
  await page.getByRole('radio', { name: /^Stripe/ }).click();
  await page.getByLabel('Secret', { exact: true }).fill('whsec_0123456789abcdef');
  await page.getByLabel('Renewals of subscriptions').selectOption('send');
  await page.getByLabel("Place of the shop's order id").fill('order');
  await button('Save').click();
  await page
    .getByText('Must be `client_reference_id`', { exact: false })
    .or(page.getByText('Must be client_reference_id'))
    .first()
    .waitFor();
  await page.getByLabel("Place of the shop's order id").fill('metadata.order_id');
  await audit();
  await button('Save').click();
  await page.waitForURL('**/sites/tea/hooks/stripe');
  await page.getByText('https://data.tea.example/hooks/stripe/tea').waitFor();
  const read = async () => (await callDashboard(operator, scene.gateway, 'GET', '/api/sites/tea/hooks')).text;
  expect(await read()).toContain('"stripe":{"orderIdFrom":"metadata.order_id","renewals":"send"}');
  expect(await read()).not.toContain('whsec_0123456789abcdef');

  await page.getByLabel('Renewals of subscriptions').selectOption('');
  await button('Save').click();
  await expect.poll(read).toContain('"stripe":{"orderIdFrom":"metadata.order_id"}');
});
