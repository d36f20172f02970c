import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getSharedBrowser } from '../browser.fixture.ts';
import { callDashboard, createDashboardUser, type DashboardUser, type Scene, signUp, startScene } from '../dashboard.fixture.ts';
import { auditPage } from '../page-audit.fixture.ts';
import { parseTemplate } from '../tag-manager/template.fixture.ts';

/** The set-up page of a shop with Google Tag Manager. */

let scene: Scene;
let reader: DashboardUser;
beforeAll(async () => {
  scene = await startScene({ site: null });
  reader = await createDashboardUser(await getSharedBrowser(), scene.gateway);
  await signUp(reader, scene.gateway);
  await callDashboard(reader, scene.gateway, 'POST', '/api/sites', {
    id: 'clocks',
    domains: ['shop.example'],
    publicUrl: 'https://data.shop.example/m',
    consent: { policy: 'granted' },
  });
});
afterAll(() => scene.close());

test('downloads templates with the addresses of the site, which may use no other', async () => {
  const { page } = reader;
  await reader.open('/sites/clocks?method=tag-manager');
  const web = await download('web.tpl');
  const [pixel = ''] = /https:\/\/data\.shop\.example\/m\/p\.js\?k=wk_[\w-]+/.exec(web.code) ?? [];
  expect(pixel).not.toBe('');
  expect(web.permissions.filter((one) => one.startsWith('inject_script'))).toEqual([`inject_script ${pixel}`]);
  const server = await download('server.tpl');
  expect(server.permissions.filter((one) => one.startsWith('send_http'))).toEqual([
    'send_http https://data.shop.example/m/v1/events',
  ]);
  const { violations, overflow } = await auditPage(page);
  expect({ violations, overflow }).toEqual({ violations: [], overflow: 0 });
});

async function download(name: string) {
  const { page } = reader;
  const button = page.getByRole('button', { name: `Download ${name}` });
  const [started] = await Promise.all([page.waitForEvent('download'), button.click()]);
  expect(started.suggestedFilename()).toBe(name);
  return parseTemplate(await text(await started.createReadStream()));
}
