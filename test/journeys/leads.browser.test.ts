import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { startTiktokSimulator } from '../../src/simulators/tiktok/simulator.ts';
import type { Shopper } from '../browser.fixture.ts';
import { tagId } from '../gateway.fixture.ts';
import { settleUntil } from '../paced-gateway.fixture.ts';
import { usePlatformPages } from './platform-journey.fixture.ts';
import type { PlatformEvent, PlatformSimulator } from './platform-shops.fixture.ts';

/** A site that sells nothing in its pages: a form, and appointments at Calendly. Each lead reaches each platform once, without code. */

const token = 'good-token';
const [pixelCode, dataset] = ['C4ABCDEF0123456789AB', '1234567890123456'];
const email = 'jane@shop.example';
const simulators: Record<string, PlatformSimulator> = {};

const pages = usePlatformPages(async (now) => {
  simulators.microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: token }, now });
  simulators.meta = await startMetaSimulator({ port: 0, tokens: { [dataset]: token }, now });
  simulators.tiktok = await startTiktokSimulator({ port: 0, tokens: { [pixelCode]: token }, now });
  const settings: Readonly<Record<string, object>> = {
    microsoft: { tagId, token },
    meta: { datasetId: dataset, token },
    tiktok: { pixelCode, token },
  };
  const connections = Object.entries(simulators).map(([id, { url }]) => ({
    id,
    destination: id,
    settings: { endpoint: url, ...settings[id] },
  }));
  const capture = { forms: [{ selector: '#contact', success: { url: '/*/thanks' } }], embeds: ['calendly'] };
  return { leads: { simulators: Object.values(simulators), site: { connections, capture } } };
});

const clicks = '?ttclid=E.C.P.1&fbclid=IwAR2x&msclkid=dd4afcccb1c94a4cad9544dd7e5006ab';
const granted = `<script>window.convey = function () { (convey.q = convey.q || []).push(arguments) };
convey('consent', { adStorage: 'granted' })</script>`;
const form = `<form id="contact" method="post" action="thanks"><input name="mail" autocomplete="email"><button>Send</button></form>`;
const head = (path: string) => granted + (path === 'contact' ? form : '');

const isLead = ({ eventName, actionName }: PlatformEvent) => /lead/i.test(eventName ?? actionName ?? '');
const countLeads = () => Object.values(simulators).map((one) => one.journalEvents().filter(isLead).length);

it('a form that loads a thank-you page is one lead at each platform, with the person of the form', async () => {
  const visit = await pages.visit('leads', { path: `contact${clicks}`, head });
  await visit.page.fill('[name=mail]', email);
  await Promise.all([visit.page.waitForURL(/thanks/), visit.page.click('button')]);
  const list = async () =>
    (await pages.gateway.callApi('GET /api/sites/:site/events', { site: 'leads', event: ['Lead'], limit: 10 })).events;
  await expect.poll(async () => (await list()).length, { timeout: 20_000 }).toBe(1);
  await visit.page.reload();
  await visit.page.goto('about:blank');
  await settleUntil(() => countLeads().every((count) => count > 0), pages.gateway, pages.clock);
  expect(countLeads()).toEqual([1, 1, 1]);
  const hash = createHash('sha256').update(email).digest('hex');
  for (const one of Object.values(simulators)) {
    expect(JSON.stringify(one.journalEvents().find(isLead))).toContain(hash);
    expect(JSON.stringify(one.journalEvents())).not.toContain(email);
  }
  expect(visit.pageErrors).toEqual([]);
});

it('an appointment at Calendly is one lead at each platform', async () => {
  const uri = 'https://api.calendly.com/scheduled_events/AAA/invitees/BBB';
  const message = { event: 'calendly.event_scheduled', payload: { event: { uri }, invitee: { uri } } };
  const prepare = ({ page }: Shopper) =>
    page.route('https://calendly.com/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<script>parent.postMessage(${JSON.stringify(message)}, '*')</script>` }),
    );
  const visit = await pages.visit('leads', { path: `appointment${clicks}`, head, prepare });
  await visit.page.evaluate(() => {
    for (const at of [1, 2]) {
      const frame = document.body.appendChild(document.createElement('iframe'));
      frame.src = `https://calendly.com/shop/${at}`;
    }
  });
  await visit.page.waitForTimeout(500);
  await visit.page.goto('about:blank');
  await settleUntil(() => countLeads().every((count) => count > 0), pages.gateway, pages.clock);
  expect(countLeads()).toEqual([1, 1, 1]);
  const { events } = await pages.gateway.callApi('GET /api/sites/:site/events', { site: 'leads', event: ['Lead'], limit: 10 });
  expect(events).toContainEqual(expect.objectContaining({ id: uri }));
  expect(visit.pageErrors).toEqual([]);
});
