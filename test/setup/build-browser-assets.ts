import { buildBrowser } from '../../scripts/build-browser.ts';

/** Before the tests: pixel and dashboard as their sources are now. */
export function setup(): void {
  buildBrowser();
}
