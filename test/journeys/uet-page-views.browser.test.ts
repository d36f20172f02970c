import { describe } from 'vitest';
import {
  block,
  expectEnd,
  expectTold,
  expectViews,
  farAway,
  hold,
  isLive,
  it,
  type OpenScene,
  pageOf,
  shop,
  shoppedBy,
  type TagOnPage,
  type TagScene,
  tagScript,
  until,
} from './tag-scene.fixture.ts';

/** Views after the first, and shoppers who leave: Microsoft counts each page view once, by the tag or by the server. */

const follows = { options: 'enableAutoSpaTracking: true' };
const go = ({ run }: TagScene, address: string) => run(`history.pushState(null, '', '${address}')`);

/** A shopper on `/a` of a shop whose tag counted that page already. */
async function arrive(openScene: OpenScene, tag: TagOnPage = {}): Promise<TagScene> {
  const scene = await openScene();
  scene.pages['*'] = pageOf(tagScript(scene, tag), scene.snippet);
  await scene.open('/a');
  await isLive(scene);
  await expectViews(scene, 1);
  return scene;
}

describe.concurrent('a single-page shop whose tag the pixel loads', () => {
  it.for([false, true])('has each view and event counted once; the tag is blocked: %s', async (isBlocked, { openScene }) => {
    const scene = await openScene({ mode: 'load' });
    scene.pages['*'] = pageOf(scene.snippet);
    if (isBlocked) await block(scene);
    await scene.open('/a');
    await isLive(scene);
    for (const [nth, path] of ['/b', '/c', '/d', '/e'].entries()) {
      await expectViews(scene, nth + 1);
      await go(scene, path);
      if (path === '/c') await shop(scene);
    }
    const views = ['/a', '/b', '/c', '/d', '/e'].map((path) => `view ${path} by ${isBlocked ? 'server' : 'tag'}`);
    await expectTold(scene, [...views, ...shoppedBy(isBlocked ? 'server' : 'both')]);
  });
});

describe.concurrent('a single-page shop with a tag of its own', () => {
  it.for([
    { tag: 'follows', gapMs: 20 },
    { tag: 'follows', gapMs: 700 },
    { tag: 'does not follow', gapMs: 20 },
    { tag: 'does not follow', gapMs: 700 },
  ])(
    'has five views counted once, $gapMs ms apart, with a tag that $tag the History API',
    async ({ tag, gapMs }, { openScene }) => {
      const scene = await openScene();
      scene.pages['*'] = pageOf(tagScript(scene, tag === 'follows' ? follows : {}), scene.snippet);
      await farAway(scene, 150);
      await scene.open('/a');
      await isLive(scene);
      await expectViews(scene, 1);
      await scene.run(`new Promise((then) => {
      const rest = ['/b', '/c', '/d', '/e'];
      const next = () => {
        if (rest.length === 0) return then();
        history.pushState(null, '', rest.shift());
        setTimeout(next, ${gapMs});
      };
      next();
    })`);
      await expectTold(
        scene,
        ['/a', '/b', '/c', '/d', '/e'].map((path) => `view ${path} by tag`),
      );
    },
  );

  it('has the first view counted by the server and the second by the tag, when it navigates while the tag is loading', async ({
    openScene,
  }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open('/a');
    await isLive(scene);
    await go(scene, '/b');
    release();
    await expectTold(scene, ['view /a by server', 'view /b by tag']);
  });

  it.for(['follows', 'does not follow'])(
    'has both views counted once when it navigates right after the tag loaded, with a tag that %s the History API',
    async (tag, { openScene }) => {
      const scene = await openScene();
      const afterwards = "history.pushState(null, '', '/b');";
      scene.pages['*'] = pageOf(tagScript(scene, { ...(tag === 'follows' && follows), afterwards }), scene.snippet);
      const release = await hold(scene, 'bat.js');
      await scene.open('/a');
      await isLive(scene);
      release();
      await expectTold(scene, ['view /a by tag', 'view /b by tag']);
    },
  );

  it('has both views counted once when it navigates before the pixel loaded', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    const release = await hold(scene, 'p.js');
    await scene.open('/a');
    await until(() => scene.beacons().length > 0);
    await go(scene, '/b');
    release();
    await isLive(scene);
    await expectTold(scene, ['view /a by tag', 'view /b by tag'], 1);
  });

  it('has each view counted once that it reports to the tag itself', async ({ openScene }) => {
    const scene = await arrive(openScene);
    await go(scene, '/b?x=1');
    await scene.run("uetq.push('event', 'page_view', { page_path: '/b?x=1' })");
    await expectTold(scene, ['view /a by tag', 'view /b by tag']);
  });

  it('has each view counted once that it reports to the tag itself without the query', async ({ openScene }) => {
    const scene = await arrive(openScene);
    await go(scene, '/b?x=1');
    await scene.run("uetq.push('event', 'page_view', { page_path: location.pathname })");
    await expectTold(scene, ['view /a by tag', 'view /b by tag']);
  });
});

describe.concurrent('a shopper', () => {
  it('views each page again when reloading and going back', async ({ openScene }) => {
    const scene = await arrive(openScene);
    await scene.shopper.page.reload();
    await expectViews(scene, 2);
    await scene.open('/b');
    await expectViews(scene, 3);
    await scene.shopper.page.goBack();
    await expectTold(scene, ['view /a by tag', 'view /a by tag', 'view /b by tag', 'view /a by tag']);
  });

  // Headless Chromium keeps no page in the back-forward cache, so the page is told what a kept one is told.
  const leaveAndReturn = `for (const type of ['pagehide', 'pageshow'])
    dispatchEvent(new PageTransitionEvent(type, { persisted: true }))`;

  it("views a page again when going back to the browser's cached page", async ({ openScene }) => {
    const scene = await arrive(openScene);
    await scene.run(leaveAndReturn);
    await expectTold(scene, ['view /a by tag', 'view /a by tag']);
  });

  it("views a page again when going back to the browser's cached page, with a tag that follows the History API", async ({
    openScene,
  }) => {
    const scene = await arrive(openScene, follows);
    await go(scene, '/b');
    await expectViews(scene, 2);
    await scene.run(leaveAndReturn);
    await expectTold(scene, ['view /a by tag', 'view /b by tag', 'view /b by tag']);
  });

  it('views the page when closing the tab after 200 ms, before the tag loaded', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(`setTimeout(() => { ${tagScript(scene)} }, 60_000)`, scene.snippet);
    await scene.open('/a');
    await isLive(scene);
    await scene.run('new Promise((then) => setTimeout(then, 200))');
    await scene.shopper.page.close({ runBeforeUnload: true });
    await expectEnd(scene, ['view /a by server']);
  });

  it('is counted by the tag alone when closing the tab after the tag reported', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(scene.snippet, tagScript(scene));
    await scene.open('/a');
    await isLive(scene);
    await until(() => scene.beacons().length > 0);
    await scene.run('new Promise((then) => setTimeout(then, 200))');
    await scene.shopper.page.close({ runBeforeUnload: true });
    await expectEnd(scene, ['view /a by tag']);
  });

  it('is counted by the tag alone when leaving right after the tag reported', async ({ openScene }) => {
    const scene = await openScene();
    // The page ends in the very task in which the tag came.
    const afterwards = "dispatchEvent(new PageTransitionEvent('pagehide'));";
    scene.pages['*'] = pageOf(tagScript(scene, { afterwards }), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open('/a');
    await isLive(scene);
    release();
    await expectTold(scene, ['view /a by tag']);
  });

  it('is counted by the server when leaving right after a view that the tag does not follow', async ({ openScene }) => {
    const scene = await arrive(openScene);
    await go(scene, '/b');
    await scene.shopper.page.goto('about:blank');
    await expectEnd(scene, ['view /a by tag', 'view /b by server']);
  });
});
