import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** Checks of a page: accessibility, width and layout stability. */

export interface Audit {
  /** Violated rules of WCAG 2.2 AA and of axe's best practices, with the elements. */
  readonly violations: readonly string[];
  /** Excess of the page's width over the window's, in pixels. */
  readonly overflow: number;
  /** Cumulative layout shift since the load or the last performance mark. Less than 0.1 is good. */
  readonly layoutShift: number;
}

const auditScript = `(async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'], preload: false });
  const shifts = await new Promise((resolve) => {
    let sum = 0;
    const since = performance.getEntriesByType('mark').at(-1)?.startTime ?? 0;
    const add = (list) => { for (const entry of list) if (!entry.hadRecentInput && entry.startTime >= since) sum += entry.value; };
    const observer = new PerformanceObserver((list) => add(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => { add(observer.takeRecords()); observer.disconnect(); resolve(sum); }, 50);
  });
  return {
    violations: violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ target, any }) => target.join(' ') + ' (' + (any[0]?.message ?? '') + ')').join(', ')),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    layoutShift: shifts,
  };
})()`;

/** The minified axe, less than half as long, which the browser reads again at each load of a page. */
const axeSource = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const prepared = new WeakSet<Page>();

/**
 * Audits the page in its current state. The page's content security policy does not apply to the driver's scripts. The first audit of a page
 * sends axe to the browser, which keeps it for the pages that are opened later: it has half a megabyte.
 */
export async function auditPage(page: Page): Promise<Audit> {
  if (!prepared.has(page)) {
    prepared.add(page);
    await page.addInitScript(axeSource);
    await page.evaluate(axeSource);
  }
  return page.evaluate(auditScript);
}

/** Resolves when no transition or finite animation runs: axe measures colours and sizes, and a click may miss a part that moves. */
export async function waitForAnimations(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // A part that opens begins to move in the frame after the next.
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    const hasEnd = (one: Animation) => Number.isFinite(one.effect?.getComputedTiming().endTime);
    const running = () => document.getAnimations().filter((one) => hasEnd(one) && one.playState === 'running');
    while (running().length > 0) await Promise.allSettled(running().map(({ finished }) => finished));
  });
}
