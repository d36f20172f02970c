import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { getSharedBrowser } from '../browser.fixture.ts';
import { createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage, waitForAnimations } from '../page-audit.fixture.ts';

/** An owner sets up the forms of a shop. The page's part is played by the requests that the pixel makes. */

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

const readCapture = async () => (await callApi('GET /api/sites/:site', { site: 'made' })).capture;
/** Posts as a page that was opened with the token. */
const show = async (keys: readonly string[]) => {
  const { token } = await callApi('POST /api/sites/:site/page-sessions', { site: 'made' });
  await fetch(`${scene.gateway.url}/e`, {
    method: 'POST',
    headers: { origin: 'https://made.example' },
    body: JSON.stringify({ writeKey, debug: `${token}.tab`, seen: [{ name: 'form:0', keys }] }),
  });
};
const save = async () => {
  const { page } = operator;
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
};

test('an owner adds a form, sees which of its fields are read, and switches it on', async () => {
  const { page } = operator;
  await operator.open('/sites/made/settings');
  await page.getByRole('button', { name: 'Add form' }).click();
  const form = page.getByRole('group', { name: 'Form 1' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await form.getByText(/Must be a CSS selector/).waitFor();
  await form.getByLabel('CSS selector').fill('#contact');
  await form.getByLabel('Sign of success').selectOption('url');
  await form.getByLabel('A page that follows').fill('thanks');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await form.getByText(/Must be an address from the path on/).waitFor();
  await form.getByLabel('A page that follows').fill('/thanks');
  await save();
  await show(['email:your-email', 'none:message']);
  const seen = page.getByRole('list', { name: 'Events of pages' });
  await seen.getByText('your-email → email').waitFor();
  await seen.getByText('message (not read)').waitFor();
  await seen.getByText('#contact').waitFor();
  await waitForAnimations(page);
  await auditPage(page);

  await form.getByRole('button', { name: 'Fields by autocomplete' }).click();
  await form.getByLabel('First name').fill('[name=vorname]');
  await form.getByText('On', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Forms of other services' }).click();
  await page.getByRole('option', { name: 'Tally' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('radiogroup', { name: 'Calls and e-mails' }).getByText('On', { exact: true }).click();
  await save();
  expect(await readCapture()).toMatchObject({
    forms: [
      { mode: 'on', selector: '#contact', event: 'Lead', fields: { firstName: '[name=vorname]' }, success: { url: '/thanks' } },
    ],
    embeds: ['tally'],
    contact: 'on',
  });
  const script = await (await fetch(`${scene.gateway.url}/p.js?k=${writeKey}`)).text();
  expect(script).toContain('"selector":"#contact"');
  expect(script).toContain('https://tally.so');

  await page.getByRole('button', { name: 'Remove form 1' }).click();
  await save();
  expect(await readCapture()).not.toHaveProperty('forms');
  expect(operator.pageErrors).toEqual([]);
});

test.each([
  [1280, 'light'],
  [390, 'light'],
  [1280, 'dark'],
  [390, 'dark'],
] as const)('the forms fit a width of %i in %s', async (width, colorScheme) => {
  const { page } = operator;
  const forms = [{ selector: 'form.a-long-name-of-a-form', mode: 'preview', success: { selector: '.thanks' } }];
  await callApi('PATCH /api/sites/:site', { site: 'made' }, { capture: { forms, embeds: ['calendly', 'contact-form-7'] } });
  await show(['email:a-long-name-of-a-field', 'none:another-long-name-of-a-field']);
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 1400 });
  await operator.open('/sites/made/settings');
  await page.getByText('a-long-name-of-a-field → email').waitFor();
  await page.getByRole('group', { name: 'Form 1' }).scrollIntoViewIfNeeded();
  await waitForAnimations(page);
  await auditPage(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
