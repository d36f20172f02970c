import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What a page is held to: readable by everybody, within its window, and still while it loads. */

export interface Audit {
  /** Rules of WCAG 2.2 AA, and of good practice, that axe found broken, with where. */
  readonly violations: readonly string[];
  /** How much wider than its window the page is, in pixels. */
  readonly overflow: number;
  /** Of everything that moved while the page loaded; under 0.1 counts as still. */
  readonly layoutShift: number;
}

const auditing = `(async () => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  const shifts = await new Promise((resolve) => {
    let sum = 0;
    const add = (list) => { for (const entry of list) if (!entry.hadRecentInput) sum += entry.value; };
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

/** Looks at the page as it stands. The driver's own scripts are not under the page's policy. */
export async function auditPage(page: Page): Promise<Audit> {
  await page.evaluate(axe.source);
  return page.evaluate(auditing);
}
