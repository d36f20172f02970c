import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/**
 * Everything particular to a platform is in its folder. The folders of platforms and their simulators name it, and so do tests. Each file
 * below may name a platform, too, for the reason given.
 */

const root = join(import.meta.dirname, '..');

/** Names, cookies, parameters and payload fields of platforms. `meta` alone is a word of other things. */
const words = new RegExp(
  [
    'microsoft|msclkid|\\bbing\\b|\\b_?uet',
    'facebook|fbclid|_fb[pc]\\b|\\bmeta (?:ads|pixel)',
    'google[- ]?ads|gclid|gbraid|wbraid|_gcl_',
    'tiktok|ttclid|_ttp\\b',
    'pinterest|\\b_?epik\\b|_pin_unauth',
    'openai|chatgpt|\\b_*oppref\\b|\\b_*obref\\b',
    'client_?ip_?address|\\buser_?data\\b|\\bcustom_?data\\b',
  ].join('|'),
  'i',
);

/** The reasons for which a file names a platform. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  'the lists of destinations and of platforms with accounts': [
    'src/destinations/destinations.ts',
    'src/destinations/page-identifiers.ts',
    'src/platform-accounts/platforms.ts',
  ],
  'the command `convey microsoft`': ['src/cli/microsoft.ts', 'src/cli/run-cli.ts'],
  'the templates of platforms that an import reads': [
    'src/cli/import.ts',
    'src/cli/import/row-time.ts',
    'src/cli/import/templates.ts',
  ],
  'rules of platforms for hashed values, which several platforms may use': [
    'src/event/event.ts',
    'src/identity/form-kinds.ts',
    'src/identity/normal-forms.ts',
    'src/identity/person-forms.ts',
    'src/storage/move/moved-tables.ts',
    'src/storage/store/postgres/order-ledger.ts',
    'src/storage/store/rows/delivered-orders.ts',
    'src/storage/store/sqlite/order-ledger.ts',
    'src/visitors/visitor-id.ts',
  ],
  'examples of documented names and ids': [
    'src/api/accuracy/schemas.ts',
    'src/api/connections/schemas.ts',
    'src/api/events/schemas.ts',
    'src/api/events/timeline-schemas.ts',
    'src/api/http/schema-parts.ts',
    'src/api/imports/schemas.ts',
    'src/api/sites/destination-schemas.ts',
    'src/api/sites/parameters.ts',
    'src/api/sites/schemas.ts',
    'src/cli/accuracy.ts',
    'src/cli/connections.ts',
    'src/cli/event-filters.ts',
    'src/cli/late-purchases.ts',
    'src/cli/match-quality.ts',
    'src/cli/paid-clicks.ts',
    'src/delivery/profiles/enrich-from-profile.ts',
    'src/destinations/kit/matching.ts',
    'src/event/site.ts',
  ],
  'documented names of keys in events': [
    'src/dashboard/pages/events/event-labels.ts',
    'src/event/match-keys.ts',
    'src/storage/store/rows/event-index.ts',
  ],
  'sources of consent': [
    'src/dashboard/pages/consent/consent-labels.ts',
    'src/dashboard/pages/events/timeline/IngestSteps.tsx',
    'src/doctor/consent-tools.ts',
    'src/event/consent-source-names.ts',
    'src/event/consent.ts',
    'src/pixel/consent-tools.ts',
    'src/pixel/uet-consent.ts',
  ],
  'the earlier names `uet`, `uetVid` and `browserTag`, which stay accepted': [
    'src/api/events/event-view.ts',
    'src/api/sites/site-view.ts',
    'src/config/config.ts',
    'src/config/lenient-schema.ts',
    'src/config/schema.ts',
    'src/config/site-schema.ts',
    'src/config/sites.ts',
    'src/config/tags.ts',
    'src/event/parse-event.ts',
    'src/visitors/decode-profile.ts',
    'src/ingest/accept/accept.ts',
    'src/ingest/accept/submission.ts',
    'src/sites/drop-refused-values.ts',
    'src/sites/site-input.ts',
    'src/sites/site-registry.ts',
    'src/sites/stored-sites.ts',
    'src/sites/uet-alias.ts',
  ],
  "the tag of Shopify's custom pixel": ['src/dashboard/pages/sites/setup/steps/ShopifySteps.tsx'],
  'names in the data layer of Tag Manager': [
    'src/dashboard/pages/sites/setup/steps/TagManagerSteps.tsx',
    'src/pixel/data-layer.ts',
  ],
  'Microsoft Teams, which shows alerts': [
    'src/alerts/channels/send-message.ts',
    'src/alerts/channels/chat-requests.ts',
    'src/dashboard/pages/alerts/Channels.tsx',
    'src/dashboard/pages/alerts/channel-input.ts',
  ],
  'click ids that services copy into their webhooks': ['src/hooks/click-names.ts', 'src/hooks/fields.ts', 'src/hooks/presets.ts'],
  "the demo's shopper clicked an ad": ['src/cli/demo/scripted-shopper.ts'],
};

const files = globSync('src/**/*.{ts,tsx,css}', { cwd: root }).filter(
  (file) =>
    !/\.(test|fixture|suite|contract)\.tsx?$|^src\/(?:simulators|platform-accounts\/[a-z-]+|destinations\/(?!kit\/)[a-z-]+)\//.test(
      file,
    ),
);
const naming = files.filter((file) => words.test(readFileSync(join(root, file), 'utf8'))).toSorted();
const allowed = new Set(Object.values(exceptions).flat());

test('no file outside of the folders of platforms names a platform, its cookies, parameters or fields', () => {
  expect(files.length).toBeGreaterThan(400);
  expect(naming.filter((file) => !allowed.has(file))).toEqual([]);
});

test('every exception is needed', () => {
  expect(
    Object.values(exceptions)
      .flat()
      .filter((file) => !naming.includes(file)),
  ).toEqual([]);
});

test('a planted word is found', () => {
  const planted = [
    'Microsoft',
    '_uetvid',
    'uetq',
    'fbclid',
    '_fbp',
    'userData.em',
    'customData',
    'bing',
    'google-ads',
    'Google Ads',
  ];
  for (const word of [...planted, 'wbraid', '_gcl_aw', '_ttp', '_epik', '_pin_unauth', 'oppref', 'client_ip_address'])
    expect(words.test(`a ${word} b`), word).toBe(true);
  for (const word of ['probing', 'queue', 'metadata', 'data', 'adUserData', 'ad_user_data', 'shop prefix'])
    expect(words.test(`a ${word} b`), word).toBe(false);
});
