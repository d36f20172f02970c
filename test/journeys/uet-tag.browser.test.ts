import { describe, expect } from 'vitest';
import {
  blockTag,
  delayBeacons,
  delayScript,
  expectReports,
  expectViews,
  it,
  renderPage,
  tagScript,
  trackVisit,
  visitReports,
  waitForPixel,
  waitUntil,
} from './tag-scene.fixture.ts';

/** The tag as shops install it, with the pixel: Microsoft counts each page view and each event once. */

describe.concurrent('a tag of the page', () => {
  it('counts the page and shares the events when it runs before the pixel', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'p.js');
    await scene.openScene('/');
    await waitUntil(() => scene.getBeacons().length > 0);
    release();
    await waitForPixel(scene);
    await trackVisit(scene);
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
  });

  it('costs nothing when a blocker stops it: the server reports page view and events', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    await blockTag(scene);
    await scene.openScene('/');
    await waitForPixel(scene);
    await trackVisit(scene);
    await expectReports(scene, ['view / by server', ...visitReports('server')]);
  });

  it('counts the page itself when it takes a moment to load', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene('/');
    await waitForPixel(scene);
    setTimeout(release, 300);
    await trackVisit(scene);
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
  });

  it('counts the page itself when its page view is answered later than its other beacons', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    await delayBeacons(scene, 2_500, 4_500);
    await scene.openScene('/');
    await waitForPixel(scene);
    await trackVisit(scene);
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
  });

  it('leaves the page view to the server and reports the events when it takes five seconds to load', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene), scene.snippet);
    const release = await delayScript(scene, 'bat.js');
    await scene.openScene('/');
    await waitForPixel(scene);
    await trackVisit(scene);
    // The pixel waits three seconds for the tag, and two more until it sends the batch.
    await expectViews(scene, 1);
    release();
    await expectReports(scene, ['view / by server', ...visitReports('both')]);
  });

  it('counts the page itself when a later script of the page loads it', async ({ openScene }) => {
    const scene = await openScene();
    const later = `uetq = window.uetq || []; ${tagScript(scene)}`;
    scene.pages['*'] = renderPage(scene.snippet, `addEventListener('load', () => setTimeout(() => { ${later} }, 500))`);
    await scene.openScene('/');
    await waitForPixel(scene);
    await trackVisit(scene);
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
  });

  it('gets the page view from the pixel when it is configured to count none', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = renderPage(tagScript(scene, { options: 'disableAutoPageView: true' }), scene.snippet);
    await scene.openScene('/');
    await waitForPixel(scene);
    await trackVisit(scene);
    await expectReports(scene, ['view / by tag', ...visitReports('both')]);
  });

  it.for([
    ['uetq', 'uetq2'],
    ['uetq2', 'uetq'],
  ])(
    'receives the events in its queue %s, and the other queue does not, %s',
    async ([queue = '', otherQueue = ''], { openScene }) => {
      const scene = await openScene({ queue });
      const other = tagScript(scene, { tag: scene.otherTagId, queue: otherQueue });
      scene.pages['*'] = renderPage(other, tagScript(scene, { queue }), scene.snippet);
      await scene.openScene('/');
      await waitForPixel(scene);
      await trackVisit(scene);
      await expectReports(scene, ['view / by tag', ...visitReports('both')]);
      expect(scene.getReports(scene.otherTagId)).toEqual(['view / by tag']);
    },
  );
});

describe.concurrent('a tag manager', () => {
  it.for(['the tag first', 'Convey first'])(
    'has each page view and event counted once when it loads both, %s',
    async (order, { openScene }) => {
      const scene = await openScene();
      const both = [tagScript(scene), scene.snippet];
      const scripts = order === 'Convey first' ? both.toReversed() : both;
      // A container runs custom HTML this way: it appends an element to the page, and creates its scripts again.
      scene.pages['/gtm.js'] = `for (const text of ${JSON.stringify(scripts)}) {
      const room = document.body.appendChild(document.createElement('div'));
      room.style.display = 'none';
      room.appendChild(Object.assign(document.createElement('script'), { text }));
    }`;
      const container = "Object.assign(document.createElement('script'), { async: true, src: '/gtm.js' })";
      scene.pages['*'] = renderPage(`addEventListener('DOMContentLoaded', () => document.head.appendChild(${container}))`);
      await scene.openScene('/');
      await waitForPixel(scene);
      await trackVisit(scene);
      await expectReports(scene, ['view / by tag', ...visitReports('both')]);
    },
  );
});
