import { expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import { renderDigest } from '../channels/digest-email.ts';
import { messageSchema, renderMessage } from '../message.ts';
import { collectDigest, type DigestDeps } from './collect-digest.ts';
import type { Digest, DigestSite } from './digest.ts';
import { createDigestMessage } from './digest-message.ts';

const until = Date.parse('2026-11-30T00:00:00Z');
const site: DigestSite = {
  site: 'shop',
  name: 'Tea <House>',
  events: 1_200,
  eventsBefore: 1_000,
  orders: 30,
  ordersBefore: 0,
  connections: [{ connection: 'bing', delivered: 1_100, dead: 2, share: 0.995 }],
};
const digest: Digest = {
  id: 'digest/weekly/2026-11-30',
  interval: 'weekly',
  since: until - 7 * dayMs,
  until,
  sites: [site],
  open: [{ title: 'shop/bing is behind', since: until - 3 * hourMs }],
  began: 1,
};
const create = (more: Partial<Digest> = {}) => {
  const message = createDigestMessage({ ...digest, ...more }, 'UTC');
  // The message is stored until it is sent.
  const stored = messageSchema.parse(JSON.parse(JSON.stringify(message)));
  const rendered = renderMessage(stored, { dashboardUrl: 'https://convey.shop.example', timeZone: 'UTC' });
  return { ...rendered, html: stored.digest ? renderDigest(stored.digest, rendered) : '' };
};

it('a digest sums the shops, and names what needs attention', () => {
  const { title, sentence, figures } = create();
  expect(title).toBe('Weekly summary, 23 – 29 Nov 2026');
  expect(sentence).toBe('1 shop reported 30 orders and 1,200 events. 1 problem needs attention.');
  expect(figures).toEqual([
    { label: 'Tea <House>', value: '30 orders; delivered: bing 1,100' },
    { label: 'Needs attention', value: 'shop/bing is behind' },
  ]);
});

it('the page of a digest escapes names, and shows changes against the period before', () => {
  const { html } = create();
  expect(html).toContain('Tea &lt;House&gt;');
  expect(html).not.toContain('<House>');
  expect(html).toContain('events, +20%');
  expect(html).toContain('shop/bing is behind (open for 3 hours)');
  expect(html).toContain('&gt;99%');
});

it('a digest counts the events that rules added apart', async () => {
  const { figures, html } = create({
    sites: [{ ...site, connections: [{ connection: 'bing', delivered: 1_100, dead: 2, added: 30 }] }],
  });
  expect(figures[0]?.value).toBe('30 orders; delivered: bing 1,100 (rules added 30)');
  expect(html).toContain('rules added 30');
  const counts = {
    identityCursor: '',
    received: [],
    connections: new Map([
      [
        'shop/bing',
        {
          added: [20, 10].map((events, bucket) => ({ bucket, events })),
          outcomes: [{ interval: 0, outcome: 'delivered' as const, events: 130 }],
          deliveryTimes: [],
        },
      ],
    ]),
  };
  const store: DigestDeps['store'] = {
    getEventCounts: async () => counts,
    sumReceived: async () => 100,
    listOpenAlerts: async () => [],
    listBegunAlerts: async () => [],
    getActivityHead: async () => ({ seq: 1204, hash: '9f3c2a7b8c1d04e5'.repeat(4) }),
  };
  const watched = {
    id: 'shop',
    name: 'Shop',
    connections: [{ id: 'bing', destination: 'microsoft', enabled: true, settings: {} }],
  };
  const { sites, activity } = await collectDigest(
    { sites: [{ ...watched, timeZone: 'UTC', accuracy: { alertUnder: null } }], isLimited: false },
    { id: 'digest', interval: 'daily', since: until - dayMs, until },
    { store, getWeek: async () => new Map() },
  );
  expect(sites).toMatchObject([{ events: 100, connections: [{ delivered: 130, added: 30 }] }]);
  expect(activity).toBe('entry 1204, 9f3c2a7b8c1d04e5');
  const message = create(activity === undefined ? {} : { activity });
  expect(message.figures.at(-1)).toEqual({ label: 'Activity', value: activity });
  expect(message.html).toContain('Activity: entry 1204, 9f3c2a7b8c1d04e5.');
});

it('a digest of many shops names the first ones in chat, and all of them on the page', () => {
  const sites = Array.from({ length: 40 }, (_, index) => ({ ...site, site: `s${index}`, name: `Shop ${index}` }));
  const { figures, html } = create({ sites, interval: 'daily', since: until - dayMs, open: [] });
  expect(figures).toHaveLength(16);
  expect(figures.at(-1)).toEqual({ label: 'More', value: '25 further shops' });
  expect(html).toContain('Shop 39');
  expect(html).toContain('Nothing needs attention.');
});

it('a digest for a channel that is limited to sites contains no alert of the gateway', async () => {
  const alerts = [undefined, 'shop', 'other'].map((one, index) => {
    const title = `Problem of ${one ?? 'the gateway'}`;
    const content = {
      kind: 'began',
      on: 'disk',
      isUrgent: false,
      title,
      sentence: '',
      figures: [],
      path: '/',
      ...(one && { site: one }),
    };
    return { key: title, id: title, channel: 'ops', createdAt: until - index - 1, beganAt: until - index - 1, content };
  });
  const store: DigestDeps['store'] = {
    getEventCounts: async () => expect.unreachable(),
    sumReceived: async () => 0,
    listOpenAlerts: async () => alerts.map((alert) => ({ ...alert, channels: [] })),
    listBegunAlerts: async () => alerts.map(({ id, content }) => ({ id, ...('site' in content && { site: content.site }) })),
    getActivityHead: async () => ({ seq: 0, hash: '' }),
  };
  const collect = async (isLimited: boolean) => {
    const { open, began } = await collectDigest(
      { sites: [], isLimited },
      { id: 'digest', interval: 'daily', since: until - dayMs, until },
      { store, getWeek: async () => new Map() },
    );
    return [open.map(({ title }) => title), began];
  };
  expect(await collect(false)).toEqual([['Problem of the gateway'], 1]);
  expect(await collect(true)).toEqual([[], 0]);
});
