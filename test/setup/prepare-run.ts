import type { TestProject } from 'vitest/node';
import { buildBrowser } from '../../scripts/build-browser.ts';
import { unpackChromium } from '../browser.fixture.ts';
import { bundleCommand } from './bundle-command.ts';
import { startPostgres } from './postgres.ts';

/** Builds and starts what the run's test files need, by their names. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { testFiles } = await project.globTestFiles(getFilters(project));
  const has = (form: RegExp) => testFiles.some((file) => form.test(file));
  const needsCommand = has(/\.(?:gateway|browser|fault|load)\.test\.ts$/);
  const [, , stopPostgres] = await Promise.all([
    needsCommand ? buildBrowser().then(bundleCommand) : undefined,
    has(/\.browser\.test\.ts$/) ? unpackChromium() : undefined,
    has(/postgres/) ? startPostgres() : undefined,
  ]);
  return async () => stopPostgres?.();
}

/** Returns the filters of the command line. Vitest has them, and declares no type for them. */
function getFilters({ vitest }: TestProject): string[] | undefined {
  const filters: unknown = Reflect.get(vitest, 'filenamePattern');
  return Array.isArray(filters) ? filters : undefined;
}
