import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWebhookSimulator } from '../../src/simulators/webhook/simulator.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage, waitForAnimations } from '../page-audit.fixture.ts';

/** An operator adds a webhook whose settings are lists: two secrets, and the parts to include. */

const toSecret = (text: string) => `whsec_${Buffer.from(text.repeat(2)).toString('base64')}`;
const [oldSecret, newSecret] = [toSecret('old secret of 24 bytes!!'), toSecret('new secret of 24 bytes!!')];
let receiver: Awaited<ReturnType<typeof startWebhookSimulator>>;
let scene: Scene;
let operator: DashboardUser;

beforeAll(async () => {
  // The receiver has the old secret still.
  receiver = await startWebhookSimulator({ port: 0, overrides: { secrets: [oldSecret] } });
  scene = await startScene();
  operator = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(operator, scene.gateway);
});
afterAll(async () => {
  await operator.close();
  await scene.close();
  await receiver.close();
});

test('an operator adds a webhook with two secrets, and changes the personal data that it adds', async () => {
  const { page } = operator;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const secrets = page.getByRole('textbox', { name: 'Signing secrets' });
  const client = page.getByRole('checkbox', { name: 'client' });
  const openAdvanced = async () => {
    await button('Advanced').click();
    await waitForAnimations(page);
  };
  await operator.open('/sites/shop/destinations/new');
  await page.getByRole('radio', { name: /^Webhook/ }).click();
  await page.getByRole('textbox', { name: 'URL' }).fill(`${receiver.url}/receive`);
  // A missing value is brought into view.
  await button('Add connection').click();
  await expect.poll(() => secrets.evaluate((field) => field === document.activeElement)).toBe(true);
  await secrets.fill(`${newSecret}\nwhsec_short`);
  await openAdvanced();
  await client.check();
  await button('Test connection').click();
  await page.getByText('and 24 to 64 bytes in base64').waitFor();
  await secrets.fill(newSecret);
  await button('Generate').click();
  const [first, generated] = (await secrets.inputValue()).split('\n');
  expect(first).toBe(newSecret);
  expect(generated).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await secrets.fill(`${newSecret}\n${oldSecret}`);
  await button('Test connection').click();
  await page.getByText('The platform accepts the credential').waitFor();
  await auditPage(page);
  await button('Add connection').click();
  await page.waitForURL('**/destinations/webhook');
  await page.getByRole('navigation', { name: 'Connection' }).getByRole('link', { name: 'Settings' }).click();

  // The address changes before the form of the new connection replaces the one that was sent. A changed setting is shown.
  await expect.poll(() => secrets.inputValue()).toBe('');
  expect(await client.isChecked()).toBe(true);
  expect(await page.content()).not.toContain('whsec_bmV3');
  await client.uncheck();
  await button('Save').click();
  await page.getByText('Saved.', { exact: true }).waitFor();
  await page.reload();
  await openAdvanced();
  await client.waitFor();
  expect(await client.isChecked()).toBe(false);
  // The stored secrets sign the test of changed settings.
  await client.check();
  await button('Test settings').click();
  await page.getByText('The platform accepts the credential').waitFor();
});
