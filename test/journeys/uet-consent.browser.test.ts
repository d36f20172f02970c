import { describe, expect } from 'vitest';
import {
  block,
  denied,
  expectTold,
  expectViews,
  hold,
  isLive,
  it,
  msclkid,
  type OpenScene,
  pageOf,
  type SceneOptions,
  sentClick,
  shop,
  shoppedBy,
  type TagScene,
  tagScript,
  until,
} from './tag-scene.fixture.ts';

/** Consent beside a tag: before the yes Microsoft learns of nobody, and after it of everything once, with the click. */

const stub = 'window.convey = function () { (convey.q = convey.q || []).push(arguments); };';
const landing = `/?msclkid=${msclkid}`;
const press = ({ shopper }: TagScene, choice: string) => shopper.page.getByRole('button', { name: choice }).click();
const choices = (scene: TagScene) => scene.beacons().map(({ asc }) => asc);

/** A shopper who lands from an ad, on a page whose tag comes after the pixel: what nobody chose counts as denied. */
async function land(openScene: OpenScene, options: SceneOptions = {}): Promise<TagScene> {
  const scene = await openScene({ policy: 'strict', ...options });
  scene.pages['*'] = pageOf(...(options.mode === 'load' ? [] : [tagScript(scene)]), scene.snippet);
  const release = await hold(scene, 'bat.js');
  await scene.open(landing);
  await isLive(scene);
  release();
  return scene;
}

/** All that the server told is of the shopper who came by the ad. */
function expectClick(scene: TagScene): void {
  const ofShopper = scene.served().filter(({ eventId }) => eventId !== 'the-end');
  expect(ofShopper.length).toBeGreaterThan(0);
  expect(new Set(ofShopper.map(({ userData }) => userData.msclkid))).toEqual(new Set([sentClick]));
}

describe.concurrent('a shopper who consents', () => {
  it('is reported at once if an earlier page stored the consent', async ({ openScene }) => {
    const scene = await openScene({ policy: 'strict' });
    scene.pages['*'] = pageOf(`${stub} convey('consent', { adStorage: 'granted' });`, tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open(landing);
    await isLive(scene);
    release();
    await shop(scene);
    await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
    expect(new Set(choices(scene))).toEqual(new Set(['G']));
    expectClick(scene);
  });

  it('is reported once when the consent comes while the tag is loading', async ({ openScene }) => {
    const scene = await openScene({ policy: 'strict' });
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open(landing);
    await isLive(scene);
    await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    expect([scene.sent(), scene.told()]).toEqual([[], []]);
    await press(scene, 'granted');
    await shop(scene);
    release();
    await expectTold(scene, ['view / by tag', 'search s-1 by both', ...shoppedBy('both')]);
    expect(new Set(choices(scene))).toEqual(new Set(['G']));
    expectClick(scene);
  });

  it.for(['attach', 'load'] as const)(
    'is reported with all events, each once, when the consent comes after five seconds; mode %s',
    async (mode, { openScene }) => {
      const scene = await land(openScene, { mode });
      await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
      await scene.run('new Promise((then) => setTimeout(then, 5_000))');
      expect([scene.sent(), scene.served()]).toEqual([[], []]);
      expect(choices(scene)).toEqual(mode === 'load' ? [] : ['D']);
      await press(scene, 'granted');
      await shop(scene);
      const view = mode === 'load' ? ['view / by tag'] : ['view / by tag, uncounted', 'view / by server'];
      await expectTold(scene, [...view, 'search s-1 by both', ...shoppedBy('both')], 1);
      expect(choices(scene).filter((choice) => choice !== 'G')).toEqual(mode === 'load' ? [] : ['D']);
      expectClick(scene);
    },
  );

  it('has the page view counted by the server when the tag reported it as denied before', async ({ openScene }) => {
    const scene = await land(openScene);
    await until(() => scene.beacons().length > 0);
    await press(scene, 'granted');
    await expectTold(scene, ['view / by tag, uncounted', 'view / by server'], 1);
  });

  it('is reported by the server when the browser blocks the tag, page view included', async ({ openScene }) => {
    const scene = await openScene({ policy: 'strict' });
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    await block(scene);
    await scene.open(landing);
    await isLive(scene);
    await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    await press(scene, 'granted');
    await shop(scene);
    await expectTold(scene, ['view / by server', 'search s-1 by server', ...shoppedBy('server')]);
    expectClick(scene);
  });
});

describe.concurrent("a consent platform that supports Google's tags only", () => {
  const gtag = `dataLayer = []; function gtag() { dataLayer.push(arguments); }
    gtag('consent', 'default', { ad_storage: 'denied', wait_for_update: 500 });
    function choose(choice) { gtag('consent', 'update', { ad_storage: choice }); }`;

  it("is read, and its choice is passed to the tag's queue", async ({ openScene }) => {
    const scene = await openScene({ policy: 'regional' });
    scene.pages['*'] = pageOf(gtag, tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open(landing);
    await isLive(scene);
    release();
    await scene.call('track', 'Search', { id: 's-1', searchTerm: 'wall clock' });
    await until(() => scene.beacons().length > 0);
    expect([scene.sent(), choices(scene)]).toEqual([[], ['D']]);
    await press(scene, 'granted');
    await until(() => scene.sent().length > 0);
    await shop(scene);
    await expectTold(scene, ['view / by tag, uncounted', 'view / by server', 'search s-1 by both', ...shoppedBy('both')], 1);
    expect(choices(scene)).toEqual(['D', 'G', 'G', 'G', 'G']);
    expect(new Set(scene.sent().map(({ consent }) => consent.source))).toEqual(new Set(['gcm']));
    expectClick(scene);
  });

  it('has the page view counted when it reports consent before the tag has loaded', async ({ openScene }) => {
    const scene = await openScene({ policy: 'regional' });
    scene.pages['*'] = pageOf(gtag, tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open(landing);
    await isLive(scene);
    await press(scene, 'granted');
    await shop(scene);
    // The pixel looks at the tools twice a second, and sends a purchase at once where it may.
    await until(() => scene.sent().length > 0);
    release();
    await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
    expect(new Set(choices(scene))).toEqual(new Set(['G']));
  });
});

describe.concurrent('a shopper who withdraws consent', () => {
  it('is no longer reported: queued events stop, cookies are removed, and the tag is notified', async ({ openScene }) => {
    const scene = await land(openScene);
    const cookies = async () =>
      (await scene.shopper.context.cookies()).map(({ name }) => name).filter((name) => /^_cv_/.test(name));
    await press(scene, 'granted');
    await shop(scene);
    await expectViews(scene, 1);
    await until(() => shoppedBy('both').every((line) => scene.told().includes(line)));
    expect((await cookies()).toSorted()).toEqual(['_cv_click', '_cv_id']);

    // The tag sends at once, so it told of the wish before the no; the server waits for more.
    await scene.run(`convey('track', 'Wish', { id: 'w-1' }); convey('consent', ${JSON.stringify(denied)})`);
    await until(async () => (await cookies()).length === 0);
    expect(await scene.run('uetq.uetConfig.consent.adStorageAllowed')).toBe(false);
    await scene.call('track', 'Lead', { id: 'l-1' });
    await expectTold(scene, ['view / by tag', ...shoppedBy('both'), 'Wish w-1 by tag', 'lead null by tag, uncounted']);
    expect(choices(scene).at(-1)).toBe('D');
  });
});
