import { describe } from 'vitest';
import {
  blockTag,
  delayBeacons,
  delayScript,
  expectReports,
  expectReportsAfterLeaving,
  expectViews,
  it,
  type OpenScene,
  renderPage,
  type TagOnPage,
  type TagScene,
  tagScript,
  trackVisit,
  visitReports,
  waitForPixel,
  waitUntil,
} from './tag-scene.fixture.ts';

/** Later page views, and shoppers who leave: Microsoft counts each page view once, by the tag or by the server. */

const follows = { options: 'enableAutoSpaTracking: true' };
const pushState = ({ run }: TagScene, address: string) => run(`history.pushState(null, '', '${address}')`);

/** Opens `/a` in a shop with a tag, and waits until the source of the page view is decided. */
async function startVisit(openScene: OpenScene, tag: TagOnPage = {}): Promise<TagScene> {
  const scene = await openScene();
  scene.pages['*'] = renderPage(tagScript(scene, tag), scene.snippet);
  await scene.openScene('/a');
  await waitForPixel(scene);
  await expectViews(scene, 1);
  return scene;
}

describe.concurrent('a single-page shop whose tag the pixel loads', () => {
  it.for([false, true])('has each view and event counted once; the tag is blocked: %s', async (isBlocked, { openScene }) => {
    const scene = await openScene({ mode: 'load' });
    scene.pages['*'] = renderPage(scene.snippet);
    if (isBlocked) await blockTag(scene);
    await scene.openScene('/a');
    await waitForPixel(scene);
    for (const [nth, path] of ['/b', '/c', '/d', '/e'].entries()) {
      await expectViews(scene, nth + 1);
      await pushState(scene, path);
      if (path === '/c') await trackVisit(scene);
    }
    const views = ['/a', '/b', '/c', '/d', '/e'].map((path) => `view ${path} by ${isBlocked ? 'server' : 'tag'}`);
    await expectReports(scene, [...views, ...visitReports(isBlocked ? 'server' : 'both')]);
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
      scene.pages['*'] = renderPage(tagScript(scene, tag === 'follows' ? follows : {}), scene.snippet);
      await delayBeacons(scene, 150);
      await scene.openScene('/a');
      await waitForPixel(scene);
      await expectViews(scene, 1);
      await scene.run(`new Promise((resolve) => {
      const rest = ['/b', '/c', '/d', '/e'];
      const next = () => {
        if (rest.length === 0) return resolve();
        history.pushState(null, '', rest.shift());
        setTimeout(next, ${gapMs});
      };
      next();
    })`);
      await expectReports(
        scene,
        ['/a', '/b', '/c', '/d', '/e'].map((path) => `view ${path} by tag`),
      );
    },
  );

  it('has the first view counted by the server and the second by the tag, when it navigates while the tag is loading', async ({
    openScene,
  }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene('/a');
    await waitForPixel(scene);
    await pushState(scene, '/b');
    release();
    await expectReports(scene, ['view /a by server', 'view /b by tag']);
  });

  it.for(['follows', 'does not follow'])(
    'has both views counted once when it navigates right after the tag loaded, with a tag that %s the History API',
    async (tag, { openScene }) => {
      const scene = await openScene();
      const afterwards = "history.pushState(null, '', '/b');";
      scene.pages['*'] = renderPage(tagScript(scene, { ...(tag === 'follows' && follows), afterwards }), scene.snippet);
      const release = await delayScript(scene, 'bat.js');
      await scene.openScene('/a');
      await waitForPixel(scene);
      release();
      await expectReports(scene, ['view /a by tag', 'view /b by tag']);
    },
  );

  it('has both views counted once when it navigates before the pixel loaded', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'p.js');
    await scene.openScene('/a');
    await waitUntil(() => scene.getBeacons().length > 0);
    await pushState(scene, '/b');
    release();
    await waitForPixel(scene);
    await expectReports(scene, ['view /a by tag', 'view /b by tag'], 1);
  });

  it('has each view counted once that it reports to the tag itself', async ({ openScene }) => {
    const scene = await startVisit(openScene);
    await pushState(scene, '/b?x=1');
    await scene.run("uetq.push('event', 'page_view', { page_path: '/b?x=1' })");
    await expectReports(scene, ['view /a by tag', 'view /b by tag']);
  });

  it('has each view counted once that it reports to the tag itself without the query', async ({ openScene }) => {
    const scene = await startVisit(openScene);
    await pushState(scene, '/b?x=1');
    await scene.run("uetq.push('event', 'page_view', { page_path: location.pathname })");
    await expectReports(scene, ['view /a by tag', 'view /b by tag']);
  });
});

describe.concurrent('a shopper', () => {
  it('views each page again when reloading and going back', async ({ openScene }) => {
    const scene = await startVisit(openScene);
    await scene.shopper.page.reload();
    await expectViews(scene, 2);
    await scene.openScene('/b');
    await expectViews(scene, 3);
    await scene.shopper.page.goBack();
    await expectReports(scene, ['view /a by tag', 'view /a by tag', 'view /b by tag', 'view /a by tag']);
  });

  // Headless Chromium has no back-forward cache, so the test dispatches the events of a cached page.
  const leaveAndReturn = `for (const type of ['pagehide', 'pageshow'])
    dispatchEvent(new PageTransitionEvent(type, { persisted: true }))`;

  it("views a page again when going back to the browser's cached page", async ({ openScene }) => {
    const scene = await startVisit(openScene);
    await scene.run(leaveAndReturn);
    await expectReports(scene, ['view /a by tag', 'view /a by tag']);
  });

  it("views a page again when going back to the browser's cached page, with a tag that follows the History API", async ({
    openScene,
  }) => {
    const scene = await startVisit(openScene, follows);
    await pushState(scene, '/b');
    await expectViews(scene, 2);
    await scene.run(leaveAndReturn);
    await expectReports(scene, ['view /a by tag', 'view /b by tag', 'view /b by tag']);
  });

  it('views the page when closing the tab after 200 ms, before the tag loaded', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(`setTimeout(() => { ${tagScript(scene)} }, 60_000)`, scene.snippet);
    await scene.openScene('/a');
    await waitForPixel(scene);
    await scene.run('new Promise((resolve) => setTimeout(resolve, 200))');
    await scene.shopper.page.close({ runBeforeUnload: true });
    await expectReportsAfterLeaving(scene, ['view /a by server']);
  });

  it('is counted by the tag alone when closing the tab after the tag reported', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(scene.snippet, tagScript(scene));
    await scene.openScene('/a');
    await waitForPixel(scene);
    await waitUntil(() => scene.getBeacons().length > 0);
    await scene.run('new Promise((resolve) => setTimeout(resolve, 200))');
    await scene.shopper.page.close({ runBeforeUnload: true });
    await expectReportsAfterLeaving(scene, ['view /a by tag']);
  });

  it('is counted by the tag alone when leaving right after the tag reported', async ({ openScene }) => {
    const scene = await openScene();
    // The page ends in the same task in which the tag ran.
    const afterwards = "dispatchEvent(new PageTransitionEvent('pagehide'));";
    scene.pages['*'] = renderPage(tagScript(scene, { afterwards }), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene('/a');
    await waitForPixel(scene);
    release();
    await expectReports(scene, ['view /a by tag']);
  });

  it('is counted by the server when leaving right after a view that the tag does not follow', async ({ openScene }) => {
    const scene = await startVisit(openScene);
    await pushState(scene, '/b');
    await scene.shopper.page.goto('about:blank');
    await expectReportsAfterLeaving(scene, ['view /a by tag', 'view /b by server']);
  });
});
