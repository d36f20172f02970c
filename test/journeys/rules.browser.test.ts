import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { eventually } from '../gateway.fixture.ts';

/** An operator builds rules in the dashboard, and the events that follow show them. */

let browser: Browser;
let scene: Scene;
let user: DashboardUser;
let secretKey: string;

const call = async (method: string, path: string, data?: unknown) =>
  JSON.parse((await callDashboard(user, scene.gateway, method, path, data)).text);
const order = (id: string, tags: readonly string[]) => ({
  name: 'Purchase',
  id,
  user: { email: 'jane@mail.example' },
  consent: { adStorage: 'granted', source: 'server', explicit: true },
  commerce: { value: 119, currency: 'EUR', tax: 19, orderId: id, tags },
});
const send = (...events: readonly object[]) =>
  fetch(`${scene.gateway.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ events }),
  });
const getOutcomes = async (id: string) => {
  const [timeline] = await call('GET', `/api/sites/made/timelines?id=${encodeURIComponent(id)}`);
  return (timeline?.connections ?? []).map(
    ({ outcome, rules }: { outcome: string; rules?: { effects: { message: string }[] } }) => [
      outcome,
      ...(rules?.effects ?? []).map(({ message }) => message),
    ],
  );
};

beforeAll(async () => {
  [browser, scene] = await Promise.all([getSharedBrowser(), startScene()]);
  user = await createDashboardUser(browser, scene.gateway);
  await signUp(user, scene.gateway);
  await call('POST', '/api/sites', {
    id: 'made',
    domains: ['made.example'],
    consent: { policy: 'granted' },
    defaultCountry: 'DE',
  });
  const settings = { tagId: '187012345', token: 'good-token' };
  await call('PUT', '/api/sites/made/connections/bing', { destination: 'microsoft', settings });
  ({ key: secretKey } = await call('POST', '/api/sites/made/keys', { kind: 'secret' }));
  await send(order('before-1', ['wholesale']), order('before-2', []));
  await eventually(async () => (await getOutcomes('before-2'))[0]?.[0] === 'delivered');
}, 120_000);
afterAll(async () => {
  await user?.close();
  await scene?.close();
});

describe('an operator', () => {
  it('builds a rule of suggested values, sees its effects before saving, and is named in the history', async () => {
    const { page } = user;
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
    await user.open('/sites/made/rules');
    await page.getByText('Every event is sent as it arrives.').waitFor();
    expect(loaded).not.toContain('/api/sites/made/rules/fields');
    await page.getByRole('button', { name: 'Add rule' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: /^Name/ }).fill('Wholesale orders');
    await dialog.getByRole('button', { name: 'Add condition' }).click();
    const field = dialog
      .getByRole('combobox', { name: 'Field' })
      .or(dialog.getByLabel('Field', { exact: true }))
      .last();
    await field.click();
    await page.getByRole('option', { name: 'Tags of order and customer' }).click();
    const value = dialog.getByLabel('Value', { exact: true }).last();
    await value.click();
    await page.getByRole('option', { name: 'wholesale' }).click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('Of the last 2 events, 1 would be skipped, 0 renamed and 0 changed.').waitFor();
    await page.getByRole('link', { name: 'before-1' }).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Added “Wholesale orders”.').waitFor();
    expect(await page.getByRole('region', { name: 'History' }).getByText('ada').count()).toBe(1);
  });

  it('sees before saving which rules the browser tag does not follow, and at the rule why one is refused', async () => {
    const { page } = user;
    const tags = (mode: string) => call('PATCH', '/api/sites/made', { tags: { microsoft: { mode, tagId: '187012345' } } });
    await tags('attach');
    await user.open('/sites/made/rules');
    const rows = page.getByRole('region', { name: 'Rules of the site' }).getByRole('listitem');
    const edit = async (change: (dialog: Locator) => Promise<void>) => {
      await page.getByRole('button', { name: 'Edit “Wholesale orders”' }).click();
      await change(page.getByRole('dialog'));
      await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
      await page.getByRole('button', { name: 'Preview' }).click();
    };
    await edit(async (dialog) => {
      await dialog.getByRole('radio', { name: 'Rename the event' }).check();
      await dialog.getByRole('combobox', { name: 'New name' }).or(dialog.getByLabel('New name')).first().fill('Wholesale');
    });
    await rows.getByText('Is not possible in rule “Wholesale orders” while the tag tags.microsoft is on.').waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await rows.getByText('The tag tags.microsoft still reports the events that this rule skips.').waitFor();
    await edit((dialog) => dialog.getByRole('textbox', { name: /^Name/ }).fill('Wholesale'));
    await rows
      .filter({ hasText: 'If the event name is “Purchase” and the tags of order and customer are “wholesale”: skip the event.' })
      .filter({ hasNotText: 'Wholesale orders' })
      .waitFor();
    await rows.getByText('The tag tags.microsoft still reports the events that this rule skips.').waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await tags('off');
  });

  it('changes the order by keyboard and by drag, and keeps it until it is saved, whatever others change', async () => {
    const { page } = user;
    const always = { field: 'name', is: 'equals', value: 'Purchase' };
    const { lists } = await call('GET', '/api/sites/made/rules');
    const kept = lists[0].rules.map(({ text: _text, ...rule }: { text: string }) => rule);
    const net = { id: 'net', name: 'Net value', when: always, then: { set: { 'commerce.value': { minus: ['commerce.tax'] } } } };
    const first = { id: 'also', name: 'Also big', when: always, then: { also: { name: 'BigOrder' } } };
    await call('PUT', '/api/sites/made/rules', { rules: [...kept, net, first] });
    await user.open('/sites/made/rules');
    const readNames = () =>
      page.getByRole('switch').evaluateAll((switches) => switches.map((one) => one.getAttribute('aria-label')));
    await page.getByRole('button', { name: 'Move “Also big” up' }).focus();
    await page.keyboard.press('Enter');
    const ordered = ['Wholesale orders', 'Also big', 'Net value'].map((name) => `Rule “${name}” is on`);
    expect(await readNames()).toEqual(ordered);
    await page.getByText('Also big: place 2 of 3').waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Move “Also big” up');
    await page.getByRole('button', { name: 'Move “Also big” down' }).click();
    expect(await readNames()).toEqual(ordered);
    const rows = page.getByRole('region', { name: 'Rules of the site' }).getByRole('listitem');
    await rows.filter({ hasText: 'Also big' }).dragTo(rows.filter({ hasText: 'Wholesale orders' }));
    const dropped = ['Also big', 'Wholesale orders', 'Net value'].map((name) => `Rule “${name}” is on`);
    expect(await readNames()).toEqual(dropped);
    const choose = async (from: string, to: string | RegExp) => {
      await page.getByLabel('Rules for').first().click();
      await page.getByRole('option', { name: to }).click();
      await page.getByRole('region', { name: from }).waitFor({ state: 'detached' });
    };
    await choose('Rules of the site', /Microsoft/);
    await choose('Rules of bing', 'All connections (not saved)');
    await call('PATCH', '/api/sites/made', { name: 'Made by others' });
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText('Your rules are kept. Save them again.').waitFor();
    expect(await readNames()).toEqual(dropped);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Changed the order.').waitFor();
    const saved = await call('GET', '/api/sites/made/rules');
    expect(saved.lists[0].rules.map(({ id }: { id: string }) => id)).toEqual(['also', 'wholesale-orders', 'net']);
  });

  it('finds the rules in the events that follow, in the debugger and in the accuracy', async () => {
    await send(order('after-1', ['wholesale']), order('after-2', []));
    await eventually(async () => (await getOutcomes('after-2~also'))[0]?.[0] === 'delivered');
    await eventually(async () => (await getOutcomes('after-1'))[0]?.[0] === 'rule');
    expect(await getOutcomes('after-1')).toEqual([
      [
        'rule',
        'Rule “Also big” added the event BigOrder with the id after-1~also.',
        'Rule “Wholesale orders” skipped the event.',
      ],
    ]);
    expect(await getOutcomes('after-2')).toEqual([
      [
        'delivered',
        'Rule “Also big” added the event BigOrder with the id after-2~also.',
        'Rule “Net value” set `commerce.value` from 119 to 100.',
      ],
    ]);
    await user.open('/sites/made/events/after-1');
    await user.page.getByText('Rule “Wholesale orders” skipped the event.').first().waitFor();
    // The sentence is no warning, which would show the code of an issue.
    expect(await user.page.getByText('skipped-by-rule').count()).toBe(0);
    await user.open('/sites/made/rules');
    const rows = user.page.getByRole('region', { name: 'Rules of the site' }).getByRole('listitem');
    await rows.filter({ hasText: 'Also big' }).getByRole('link', { name: '2 events for Microsoft' }).waitFor();
    await rows.filter({ hasText: 'Wholesale orders' }).getByRole('link', { name: '1 event for Microsoft' }).click();
    await user.page.getByText('after-1').first().waitFor();
    expect(await user.page.getByText('after-2').count()).toBe(0);
    const { orders } = await call('GET', '/api/sites/made/accuracy/orders');
    const [skipped, accepted] = ['after-1', 'after-2'].map((id) =>
      orders.find(({ eventId }: { eventId: string }) => eventId === id),
    );
    expect(skipped).toMatchObject({ standings: { bing: 'rule' }, rules: { bing: 'wholesale-orders' } });
    expect(accepted).toMatchObject({ standings: { bing: 'accepted' } });
    const journal = await (await fetch(`${scene.simulator.url}/journal/events`)).json();
    const sent = journal.events.map(
      ({ eventId, eventName }: { eventId: string; eventName: string }) => `${eventId} ${eventName}`,
    );
    expect(sent.filter((one: string) => one.startsWith('after')).toSorted()).toEqual([
      'after-1~also BigOrder',
      'after-2 purchase',
      'after-2~also BigOrder',
    ]);
  });
});
