import { describe, expect } from 'vitest';
import {
  blockTag,
  delayScript,
  denied,
  expectReports,
  expectViews,
  it,
  msclkid,
  type OpenScene,
  renderPage,
  type SceneOptions,
  sentClick,
  type TagScene,
  tagScript,
  trackVisit,
  visitReports,
  waitForPixel,
  waitUntil,
} from './tag-scene.fixture.ts';

/** Consent on a page with a tag: Microsoft gets no personal data before the grant, and every event once with the click after it. */

const stub = 'window.convey = function () { (convey.q = convey.q || []).push(arguments); };';
const landing = `/?msclkid=${msclkid}`;
const clickChoice = ({ shopper }: TagScene, choice: string) => shopper.page.getByRole('button', { name: choice }).click();
const getConsents = (scene: TagScene) => scene.getBeacons().map(({ asc }) => asc);

/** Opens a page from an ad, with a tag that loads after the pixel. The policy treats a missing choice as denied. */
async function startVisit(openScene: OpenScene, options: SceneOptions = {}): Promise<TagScene> {
  const scene = await openScene({ policy: 'strict', ...options });
  scene.pages['*'] = renderPage(...(options.mode === 'load' ? [] : [tagScript(scene)]), scene.snippet);
  const release = await delayScript(scene, 'bat.js');
  await scene.openScene(landing);
  await waitForPixel(scene);
  release();
  return scene;
}

/** Expects that all reports of the server have the click of the ad. */
function expectClick(scene: TagScene): void {
  const shopperReports = scene.getServerReports().filter(({ eventId }) => eventId !== 'the-end');
  expect(shopperReports.length).toBeGreaterThan(0);
  expect(new Set(shopperReports.map(({ userData }) => userData.msclkid))).toEqual(new Set([sentClick]));
}

describe.concurrent('a shopper who consents', () => {
  it('is reported at once if an earlier page stored the consent', async ({ openScene }) => {
    const scene = await openScene({ policy: 'strict' });
    scene.pages['*'] = renderPage(`${stub} convey('consent', { adStorage: 'granted' });`, tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene(landing);
    await waitForPixel(scene);
    release();
    await trackVisit(scene);
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
    expect(new Set(getConsents(scene))).toEqual(new Set(['G']));
    expectClick(scene);
  });

  it('is reported once when the consent comes while the tag is loading', async ({ openScene }) => {
    const scene = await openScene({ policy: 'strict' });
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene(landing);
    await waitForPixel(scene);
    await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    expect([scene.getSentEvents(), scene.getReports()]).toEqual([[], []]);
    await clickChoice(scene, 'granted');
    await trackVisit(scene);
    release();
    await expectReports(scene, ['view / by tag', 'search s-1 by both', ...visitReports('both')]);
    expect(new Set(getConsents(scene))).toEqual(new Set(['G']));
    expectClick(scene);
  });

  it.for(['attach', 'load'] as const)(
    'is reported with all events, each once, when the consent comes after five seconds; mode %s',
    async (mode, { openScene }) => {
      const scene = await startVisit(openScene, { mode });
      await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
      await scene.run('new Promise((then) => setTimeout(then, 5_000))');
      expect([scene.getSentEvents(), scene.getServerReports()]).toEqual([[], []]);
      expect(getConsents(scene)).toEqual(mode === 'load' ? [] : ['D']);
      await clickChoice(scene, 'granted');
      await trackVisit(scene);
      const view = mode === 'load' ? ['view / by tag'] : ['view / by tag, uncounted', 'view / by server'];
      await expectReports(scene, [...view, 'search s-1 by both', ...visitReports('both')], 1);
      expect(getConsents(scene).filter((choice) => choice !== 'G')).toEqual(mode === 'load' ? [] : ['D']);
      expectClick(scene);
    },
  );

  it('has the page view counted by the server when the tag reported it as denied before', async ({ openScene }) => {
    const scene = await startVisit(openScene);
    await waitUntil(() => scene.getBeacons().length > 0);
    await clickChoice(scene, 'granted');
    await expectReports(scene, ['view / by tag, uncounted', 'view / by server'], 1);
  });

  it('is reported by the server when the browser blocks the tag, page view included', async ({ openScene }) => {
    const scene = await openScene({ policy: 'strict' });
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    await blockTag(scene);
    await scene.openScene(landing);
    await waitForPixel(scene);
    await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    await clickChoice(scene, 'granted');
    await trackVisit(scene);
    await expectReports(scene, ['view / by server', 'search s-1 by server', ...visitReports('server')]);
    expectClick(scene);
  });
});

// One after the other: the pixel waits 3 s for the tag, in which many shoppers at once do not get far on a busy machine.
describe("a consent platform that supports Google's tags only", () => {
  const gtag = `dataLayer = []; function gtag() { dataLayer.push(arguments); }
    gtag('consent', 'default', { ad_storage: 'denied', wait_for_update: 500 });
    function choose(choice) { gtag('consent', 'update', { ad_storage: choice }); }`;

  it("is read, and its choice is passed to the tag's queue", async ({ openScene }) => {
    const scene = await openScene({ policy: 'regional' });
    scene.pages['*'] = renderPage(gtag, tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene(landing);
    await waitForPixel(scene);
    release();
    await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    await waitUntil(() => scene.getBeacons().length > 0);
    expect([scene.getSentEvents(), getConsents(scene)]).toEqual([[], ['D']]);
    await clickChoice(scene, 'granted');
    await waitUntil(() => scene.getSentEvents().length > 0);
    await trackVisit(scene);
    await expectReports(
      scene,
      ['view / by tag, uncounted', 'view / by server', 'search s-1 by both', ...visitReports('both')],
      1,
    );
    expect(getConsents(scene)).toEqual(['D', 'G', 'G', 'G', 'G']);
    expect(new Set(scene.getSentEvents().map(({ consent }) => consent.source))).toEqual(new Set(['gcm']));
    expectClick(scene);
  });

  it('has the page view counted when it reports consent before the tag has loaded', async ({ openScene }) => {
    const scene = await openScene({ policy: 'regional' });
    scene.pages['*'] = renderPage(gtag, tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene(landing);
    await waitForPixel(scene);
    await clickChoice(scene, 'granted');
    await trackVisit(scene);
    // The pixel checks the consent tools twice a second, and sends a purchase at once if consent is granted.
    await waitUntil(() => scene.getSentEvents().length > 0);
    release();
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
    expect(new Set(getConsents(scene))).toEqual(new Set(['G']));
  });
});

describe('a shopper who withdraws consent', () => {
  it('is no longer reported: queued events stop, cookies are removed, and the tag is notified', async ({ openScene }) => {
    const scene = await startVisit(openScene);
    const getCookieNames = async () =>
      (await scene.shopper.context.cookies()).map(({ name }) => name).filter((name) => /^_cv_/.test(name));
    await clickChoice(scene, 'granted');
    await trackVisit(scene);
    await expectViews(scene, 1);
    await waitUntil(() => visitReports('both').every((line) => scene.getReports().includes(line)));
    expect((await getCookieNames()).toSorted()).toEqual(['_cv_click', '_cv_consent', '_cv_id']);

    // The tag sends at once, so it reported the wish before the denial. The pixel waits to fill a batch.
    await scene.run(`convey('track', 'Wish', { id: 'w-1' }); convey('consent', ${JSON.stringify(denied)})`);
    await waitUntil(async () => (await getCookieNames()).length === 0);
    expect(await scene.run('uetq.uetConfig.consent.adStorageAllowed')).toBe(false);
    await scene.call('track', 'Lead', { id: 'l-1' });
    await expectReports(scene, ['view / by tag', ...visitReports('both'), 'Wish w-1 by tag', 'lead null by tag, uncounted']);
    expect(getConsents(scene).at(-1)).toBe('D');
  });
});
