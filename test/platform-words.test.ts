import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Everything particular to a platform is in its folder. The folders of platforms and their simulators name it, and so do tests. Each file
 * below may name a platform, too, for the reason given.
 */

const root = join(import.meta.dirname, '..');

/** Names, cookies, parameters and payload fields of platforms. */
const words =
  /microsoft|msclkid|\bbing\b|\b_?uet|facebook|fbclid|_fb[pc]\b|tiktok|ttclid|_ttp\b|pinterest|\bepik\b|gclid|google ads|openai|chatgpt|\boppref|_obref|clientIpAddress|client_ip_address|user_?data\b|custom_?data\b/i;

/** Reasons that will stay. */
const permanent: Readonly<Record<string, readonly string[]>> = {
  'the list of destinations': ['src/destinations/destinations.ts'],
  'rules of platforms for hashed values': ['src/identity/normal-forms.ts'],
  'examples of documented names and ids': [
    'src/api/accuracy/schemas.ts',
    'src/api/connections/schemas.ts',
    'src/api/events/schemas.ts',
    'src/api/http/schema-parts.ts',
    'src/api/sites/parameters.ts',
    'src/api/sites/schemas.ts',
    'src/cli/accuracy.ts',
    'src/cli/connections.ts',
    'src/cli/dead-letters.ts',
    'src/cli/event-filters.ts',
    'src/cli/match-quality.ts',
    'src/cli/replay.ts',
    'src/destinations/kit/matching.ts',
  ],
  'documented names of keys in events': [
    'src/dashboard/pages/events/event-labels.ts',
    'src/dashboard/pages/events/list/EventTableRow.tsx',
    'src/event/event.ts',
    'src/event/match-keys.ts',
    'src/storage/store/sqlite/event-index.ts',
  ],
  'sources of consent': [
    'src/dashboard/pages/consent/consent-labels.ts',
    'src/dashboard/pages/events/timeline/IngestSteps.tsx',
    'src/doctor/consent-tools.ts',
    'src/event/consent.ts',
  ],
};

/** Reasons that will go. A file may already be clean. */
const temporary: Readonly<Record<string, readonly string[]>> = {
  'the setting `uet` becomes `tags`': [
    'src/api/sites/checklist-events.ts',
    'src/api/sites/checklist.ts',
    'src/api/sites/site-view.ts',
    'src/config/config.ts',
    'src/config/schema.ts',
    'src/config/sites.ts',
    'src/config/tags.ts',
    'src/config/uet-urls.ts',
    'src/dashboard/pages/consent/AdviceList.tsx',
    'src/destinations/kit/setup.ts',
    'src/event/pixel-settings.ts',
    'src/event/site.ts',
    'src/gateway/start-ingest.ts',
    'src/ingest/browser/pixel-script.ts',
    'src/sites/drop-refused-values.ts',
    'src/sites/site-input.ts',
    'src/sites/site-registry.ts',
    'src/sites/stored-sites.ts',
    'src/sites/uet-alias.ts',
  ],
  "the UET tag's visitor id becomes a browser id, and its state one of several tags": [
    'src/api/events/event-view.ts',
    'src/delivery/planning/merge-reports.ts',
    'src/delivery/profiles/enrich-from-profile.ts',
    'src/delivery/profiles/explain-missing-keys.ts',
    'src/delivery/profiles/profile-budget.ts',
    'src/delivery/profiles/profile-updates.ts',
    'src/doctor/consent-report.ts',
    'src/event/parse-event.ts',
    'src/identity/click-ids.ts',
    'src/identity/form-kinds.ts',
    'src/identity/person-forms.ts',
    'src/identity/profile-encoding.ts',
    'src/identity/profile-limits.ts',
    'src/identity/visitor-id.ts',
    'src/identity/visitor-profile.ts',
    'src/ingest/accept/accept.ts',
    'src/ingest/accept/resolve-click-ids.ts',
    'src/ingest/accept/submission.ts',
    'src/privacy/export-person.ts',
    'src/privacy/person-search.ts',
    'src/privacy/plan-visitor-erasure.ts',
  ],
  'the page reads the consent of each platform': [
    'src/ingest/accept/effective-consent.ts',
    'src/pixel/browser-report.ts',
    'src/pixel/consent-tools.ts',
    'src/pixel/consent.ts',
    'src/pixel/uet-consent.ts',
  ],
  "the doctor's findings about the UET tag move to its folder": ['src/doctor/consent-doctor.ts', 'src/doctor/page-report.ts'],
  'the list of guides comes from the docs': [
    'src/dashboard/pages/guides/GuidePage.tsx',
    'src/dashboard/pages/guides/Guides.tsx',
    'src/dashboard/pages/guides/guide-list.ts',
    'src/dashboard/pages/guides/site-values.ts',
  ],
  'the demo starts a simulator of every platform': ['src/cli/demo.ts', 'src/cli/demo-shopper.ts', 'src/cli/simulate.ts'],
};

const files = globSync('src/**/*.{ts,tsx,css}', { cwd: root }).filter(
  (file) => !/\.(test|fixture|suite|contract)\.tsx?$|^src\/(?:simulators|destinations\/(?!kit\/)[a-z-]+)\//.test(file),
);
const naming = files.filter((file) => words.test(readFileSync(join(root, file), 'utf8'))).toSorted();
const allowed = new Set([...Object.values(permanent), ...Object.values(temporary)].flat());

test('no file outside of the folders of platforms names a platform, its cookies, parameters or fields', () => {
  expect(files.length).toBeGreaterThan(400);
  expect(naming.filter((file) => !allowed.has(file))).toEqual([]);
});

test('every permanent exception is needed', () => {
  expect(
    Object.values(permanent)
      .flat()
      .filter((file) => !naming.includes(file)),
  ).toEqual([]);
});

test('a planted word is found', () => {
  for (const word of ['Microsoft', '_uetvid', 'uetq', 'fbclid', '_fbp', 'userData.em', 'customData', 'bing'])
    expect(words.test(`a ${word} b`), word).toBe(true);
  for (const word of ['probing', 'queue', 'metadata', 'data']) expect(words.test(`a ${word} b`), word).toBe(false);
});
