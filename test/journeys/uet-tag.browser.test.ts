import { describe, expect } from 'vitest';
import {
  block,
  expectTold,
  expectViews,
  hold,
  isLive,
  it,
  otherTagId,
  pageOf,
  shop,
  shoppedBy,
  tagScript,
  until,
} from './tag-scene.fixture.ts';

/** The tag as shops really have it, beside the pixel: Microsoft counts each page view and each event once. */

describe.concurrent('a tag of the page', () => {
  it('counts the page and shares the events when it runs before the pixel', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    const release = await hold(scene, 'p.js');
    await scene.open('/');
    await until(() => scene.beacons().length > 0);
    release();
    await isLive(scene);
    await shop(scene);
    await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
  });

  it('costs nothing when a blocker stops it: the server reports page view and events', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    await block(scene);
    await scene.open('/');
    await isLive(scene);
    await shop(scene);
    await expectTold(scene, ['view / by server', ...shoppedBy('server')]);
  });

  it('counts the page itself when it takes two seconds to load', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open('/');
    await isLive(scene);
    await shop(scene);
    setTimeout(release, 2_000);
    await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
  });

  it('leaves the page view to the server and reports the events when it takes five seconds to load', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene), scene.snippet);
    const release = await hold(scene, 'bat.js');
    await scene.open('/');
    await isLive(scene);
    await shop(scene);
    // Held for three seconds, then for two until it is sent.
    await expectViews(scene, 1);
    release();
    await expectTold(scene, ['view / by server', ...shoppedBy('both')]);
  });

  it('counts the page itself when a later script of the page loads it', async ({ openScene }) => {
    const scene = await openScene();
    const later = `uetq = window.uetq || []; ${tagScript(scene)}`;
    scene.pages['*'] = pageOf(scene.snippet, `addEventListener('load', () => setTimeout(() => { ${later} }, 1_500))`);
    await scene.open('/');
    await isLive(scene);
    await shop(scene);
    await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
  });

  it('gets the page view from the pixel when it is configured to count none', async ({ openScene }) => {
    const scene = await openScene();
    scene.pages['*'] = pageOf(tagScript(scene, { options: 'disableAutoPageView: true' }), scene.snippet);
    await scene.open('/');
    await isLive(scene);
    await shop(scene);
    await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
  });

  it.for([
    ['uetq', 'uetq2'],
    ['uetq2', 'uetq'],
  ])(
    'receives the events in its queue %s, and the other queue does not, %s',
    async ([queue = '', otherQueue = ''], { openScene }) => {
      const scene = await openScene({ queue });
      const other = tagScript(scene, { tag: otherTagId, queue: otherQueue });
      scene.pages['*'] = pageOf(other, tagScript(scene, { queue }), scene.snippet);
      await scene.open('/');
      await isLive(scene);
      await shop(scene);
      await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
      expect(scene.told(otherTagId)).toEqual(['view / by tag']);
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
      // As a container runs custom HTML: an element at the end of the page, its scripts made anew.
      scene.pages['/gtm.js'] = `for (const text of ${JSON.stringify(scripts)}) {
      const room = document.body.appendChild(document.createElement('div'));
      room.style.display = 'none';
      room.appendChild(Object.assign(document.createElement('script'), { text }));
    }`;
      const container = "Object.assign(document.createElement('script'), { async: true, src: '/gtm.js' })";
      scene.pages['*'] = pageOf(`addEventListener('DOMContentLoaded', () => document.head.appendChild(${container}))`);
      await scene.open('/');
      await isLive(scene);
      await shop(scene);
      await expectTold(scene, ['view / by tag', ...shoppedBy('both')]);
    },
  );
});
