import { describe, expect, test } from 'vitest';
import type { Site } from '../../event/site.ts';
import { denied, failure, granted, msclkid, startCollector, view, visitorId } from '../browser/browser-route.fixture.ts';
import type { CollectorDeps } from '../collector.ts';
import { now, shop } from '../site.fixture.ts';
import { linkTokenMs, mintLinkToken } from './link-token.ts';

const key = Buffer.alloc(32, 7).toString('base64url');
const site: Site = {
  ...shop,
  domains: ['shop.example', 'checkout.example'],
  capture: { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} }, links: ['checkout.example'] },
  linkKeys: [key],
};
const checkout = 'https://www.checkout.example';
const other = '0f1e2d3c4b5a11f0a1b2010203040506';
const third = 'aaaaaaaabbbb11f0a1b2010203040506';
const asCookie = (visitor: string) => ({ cookie: `_cv_id=${visitor}` });
const browser = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
const start = async (parts: Partial<CollectorDeps> = {}, of: Partial<Site> = {}) => {
  const { post, ...collector } = await startCollector({ sites: () => [{ ...site, ...of }], ...parts });
  const postAsBrowser: typeof post = (body, headers) => post(body, { ...browser, ...headers });
  return { ...collector, post: postAsBrowser };
};
const follow = (link: unknown, more: object = {}) => ({
  events: [view('v-1')],
  signals: [{ type: 'identify', id: 's-1', time: now - 1, consent: granted, user: { link, anonymousId: third }, ...more }],
});
type Collector = Awaited<ReturnType<typeof start>>;
const mint = async ({ post }: Collector, linkTo = 'checkout.example', more: object = {}, headers = asCookie(visitorId)) =>
  Object((await post({ linkTo, consent: granted, ...more }, headers)).json).link;
const issueOf = (code: string) => ({
  signalIssues: expect.arrayContaining([{ signal: 0, field: 'user.link', code, message: expect.any(String) }]),
});
const links = ({ events }: Collector) => events().filter(({ name }) => name === '$link');

describe('a page that asks for the token of a link', () => {
  test('gets one for a listed domain and its subdomains alone', async () => {
    const collector = await start();
    for (const host of ['checkout.example', 'www.CHECKOUT.example'])
      expect(await mint(collector, host)).toMatch(/^1\.[\w-]+\.[\w-]+$/);
    for (const host of ['shop.example', 'checkout.example.evil.example', 'https://checkout.example/', ''])
      expect(await mint(collector, host)).toBeNull();
    expect(collector.log.calls).toEqual([]);
  });

  test('gets none without a grant, without a visitor, for a crawler, or from another domain', async () => {
    const collector = await start({}, { consent: { policy: 'strict' } });
    expect(await mint(collector)).toMatch(/^1\./);
    for (const consent of [denied, {}, { adStorage: 'granted', explicit: false }, 'granted'])
      expect([consent, await mint(collector, 'checkout.example', { consent })]).toEqual([consent, null]);
    expect(Object((await collector.post({ linkTo: 'checkout.example', consent: granted })).json).link).toBeNull();
    const bot = { ...asCookie(visitorId), 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' };
    expect(await mint(collector, 'checkout.example', {}, bot)).toBeNull();
    expect(await mint(collector, 'checkout.example', {}, { ...asCookie(visitorId), ...{ 'sec-gpc': '1' } })).toMatch(/^1\./);
    const strange = { origin: 'https://evil.example', ...asCookie(visitorId) };
    expect(await collector.post({ linkTo: 'checkout.example', consent: granted }, strange)).toMatchObject(
      failure(403, 'origin-not-listed'),
    );
  });

  test('gets one for the visitor that it states if its browser keeps no cookies', async () => {
    const collector = await start();
    const answer = await collector.post({ linkTo: 'checkout.example', consent: granted, user: { anonymousId: third } });
    expect(answer.json).toEqual({ link: expect.stringMatching(/^1\./) });
    expect(answer.cookies).toEqual({});
  });

  test('gets none if the site has no links', async () => {
    const { capture: _, linkKeys: __, ...plain } = site;
    const collector = await start({ sites: () => [plain] });
    expect(await mint(collector)).toBeNull();
  });
});

describe('a token on the other domain', () => {
  test('makes its visitor the visitor of a new browser, from the signal on', async () => {
    const collector = await start();
    const link = await mint(collector);
    const body = follow(link);
    const early = view('v-0', { time: now - 2, user: { anonymousId: third } });
    const answer = await collector.post({ ...body, events: [early, ...body.events] }, { origin: checkout });
    expect(answer.json).toMatchObject({ visitorId, accepted: 2 });
    expect(JSON.stringify(answer.json)).not.toContain('user.link');
    expect(answer.cookies._cv_id?.value).toBe(visitorId);
    expect(collector.events().map(({ name, id, identity }) => [name, name === '$link' || id, identity.anonymousId])).toEqual([
      ['$link', true, visitorId],
      ['PageView', 'v-0', third],
      ['$identify', 's-1', visitorId],
      ['PageView', 'v-1', visitorId],
    ]);
    expect(links(collector)[0]?.identity).toEqual({ forms: {}, clickIds: {}, anonymousId: visitorId, joined: third });
    expect(JSON.stringify(collector.log.stored())).not.toContain(link);
  });

  test('leaves an existing visitor, and joins both', async () => {
    const collector = await start();
    const answer = await collector.post(follow(await mint(collector)), { origin: checkout, ...asCookie(other) });
    expect(answer.json).toMatchObject({ visitorId: other });
    expect(answer.cookies._cv_id?.value).toBe(other);
    expect(links(collector)).toMatchObject([{ identity: { anonymousId: other, joined: visitorId } }]);
  });

  test('joins nobody if both domains know the browser by the same visitor', async () => {
    const collector = await start();
    await collector.post(follow(await mint(collector)), { origin: checkout, ...asCookie(visitorId) });
    expect(links(collector)[0]?.identity).toEqual({ forms: {}, clickIds: {}, anonymousId: visitorId });
  });

  test('counts once, whatever the second page states', async () => {
    const collector = await start();
    const link = await mint(collector);
    await collector.post(follow(link), { origin: checkout });
    const uses = { ...granted, adUserData: 'denied', adPersonalization: 'denied' };
    for (const body of [follow(link), follow(link, { id: 's-2' }), follow(link, { id: 's-3', consent: uses })]) {
      const answer = await collector.post(body, { origin: checkout });
      expect(answer).toMatchObject({ status: 202, json: { ...issueOf('link-used'), visitorId: third } });
    }
    expect(links(collector)).toHaveLength(1);
  });

  test('counts once if two pages redeem it at the same time', async () => {
    const collector = await start();
    const link = await mint(collector);
    const answers = await Promise.all(
      ['s-1', 's-2', 's-3'].map((id) => collector.post(follow(link, { id }), { origin: checkout })),
    );
    expect(answers.filter(({ json }) => Object(json).visitorId === visitorId)).toHaveLength(1);
  });

  test.each([
    ['forged', () => '1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA', {}, 'link-invalid'],
    ['too old', (token: string) => token, { now: () => now + linkTokenMs }, 'link-expired'],
    [
      'of another site',
      () => mintLinkToken({ visitor: other, domain: 'checkout.example' }, Buffer.alloc(32, 8).toString('base64url'), now),
      {},
      'link-invalid',
    ],
    ['for another domain', () => mintLinkToken({ visitor: other, domain: 'pay.example' }, key, now), {}, 'link-invalid'],
  ] as const)('that is %s is ignored, and the page view counts', async (_, forge, parts, code) => {
    const token = await mint(await start());
    const collector = await start(parts);
    const answer = await collector.post(
      { ...follow(forge(token)), sentAt: (parts as { now?: () => number }).now?.() ?? now },
      { origin: checkout },
    );
    expect(answer).toMatchObject({ status: 202, json: { ...issueOf(code), accepted: 1, visitorId: third } });
    expect(links(collector)).toEqual([]);
  });

  test('is ignored without a grant there, and is not used up by it', async () => {
    const collector = await start();
    const link = await mint(collector);
    const refused = await collector.post(follow(link, { consent: denied }), { origin: checkout });
    expect(refused).toMatchObject({ status: 202, json: issueOf('link-not-granted') });
    expect((await collector.post(follow(link, { id: 's-2' }), { origin: checkout })).json).toMatchObject({ visitorId });
  });

  test('is ignored while only a spool takes events, because each gateway has its own', async () => {
    const collector = await start({ ready: () => ({ ok: true, appendsTo: 'spool' }) });
    const answer = await collector.post(follow(await mint(collector)), { origin: checkout });
    expect(answer.json).toMatchObject(issueOf('link-invalid'));
  });

  test('is ignored on a page without an origin', async () => {
    const collector = await start();
    expect((await collector.post(follow(await mint(collector)), { origin: 'null' })).json).toMatchObject(issueOf('link-invalid'));
  });

  test.each([5, {}, [], '', null])('that is %j is no token', async (link) => {
    const collector = await start();
    const answer = await collector.post(follow(link), { origin: checkout });
    expect(answer).toMatchObject({ status: 202, json: { accepted: 1 } });
    expect(links(collector)).toEqual([]);
  });

  test('in an address is never stored with it', async () => {
    const collector = await start();
    const link = await mint(collector);
    const page = { url: `${checkout}/?msclkid=${msclkid}&_cvl=${link}#/?_cvl=${link}`, referrer: `${checkout}/a?_cvl=${link}` };
    await collector.post({ events: [view('v-1', { page })] }, { origin: checkout });
    expect(collector.events()).toMatchObject([{ page: { url: expect.stringContaining(msclkid) } }]);
    expect(JSON.stringify(collector.log.stored())).not.toContain(link.slice(0, 60));
  });
});
