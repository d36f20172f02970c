import { buildBrowser } from '../../scripts/build-browser.ts';

/** Builds pixel, dashboard and API reference before the tests. */
export function setup(): void {
  buildBrowser();
}
