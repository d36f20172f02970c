import { afterAll, describe, expect } from 'vitest';
import { z } from 'zod';
import { eventually } from '../../test/gateway.fixture.ts';
import { defaultCapture } from '../event/capture-settings.ts';
import { consentToolNames } from '../event/consent-tool-names.ts';
import type { Site } from '../event/site.ts';
import { buildGpp, toolStandIns } from './consent-readers.fixture.ts';
import { callPixel, type openShopPage, type Shop, shareShopPages, strict, waitForPixel } from './pixel-page.fixture.ts';

const test = shareShopPages();

/**
 * The consent that the pixel sends, by the page's tools, by the policy for no choice, and with Global Privacy Control. The table is written
 * by hand; the results are printed at the end.
 */

const table = `
  on the page                     | silence: denied | silence: granted | with GPC
  nothing at all                  | waits           | silent           | denied by GPC
  call: granted, chosen           | granted         | granted          | granted
  call: denied, chosen            | denied          | denied           | denied
  call: granted, a default        | waits           | taken as granted | denied by GPC
  call: denied, a default         | waits           | waits            | denied by GPC
  shopify: granted, chosen        | granted         | granted          | granted
  shopify: denied, chosen         | denied          | denied           | denied
  shopify: sale of data denied    | denied          | denied           | denied
  shopify: granted, a default     | waits           | taken as granted | denied by GPC
  shopify: denied, a default      | waits           | waits            | denied by GPC
  shopify: not asked for yet      | waits           | silent           | denied by GPC
  uet: granted, chosen            | granted         | granted          | granted
  uet: denied, chosen             | denied          | denied           | denied
  uet: granted, a default         | waits           | taken as granted | denied by GPC
  uet: denied, a default          | waits           | waits            | denied by GPC
  uet: consent mode off           | waits           | silent           | denied by GPC
  gcm, kept: granted, chosen      | granted         | granted          | granted
  gcm, kept: denied, chosen       | denied          | denied           | denied
  gcm, kept: granted, a default   | waits           | taken as granted | denied by GPC
  gcm, kept: denied, a default    | waits           | waits            | denied by GPC
  gcm, kept: nothing of ads       | waits           | silent           | denied by GPC
  gcm, pushed: granted, chosen    | granted         | granted          | granted
  gcm, pushed: denied, chosen     | denied          | denied           | denied
  gcm, pushed: granted, a default | waits           | taken as granted | denied by GPC
  gcm, pushed: denied, a default  | waits           | waits            | denied by GPC
  gcm, pushed: nothing of ads     | waits           | silent           | denied by GPC
  tcf: granted, chosen            | granted         | granted          | granted
  tcf: denied, chosen             | denied          | denied           | denied
  tcf: not chosen yet             | waits           | silent           | denied by GPC
  tcf: does not apply             | waits           | silent           | denied by GPC
  cmp, gpp: opted out             | denied          | denied           | denied
  cmp, gpp: not opted out         | waits           | silent           | denied by GPC
`;

/** The same holds for each tool that the settings of the site name. Usercentrics answers later: see `consent-readers.browser.test.ts`. */
const toolTable = `
  granted, chosen | granted | granted | granted
  denied, chosen  | denied  | denied  | denied
  not chosen yet  | waits   | silent  | denied by GPC
`;

/** The words of the table: what the pixel sent with an event, and what the collector logged. `S` is the row's source. */
const legend = `
  cell             | adStorage | source | explicit | stated  | effective | logged source | when
  granted          | granted   | S      | true     | granted | granted   | S             | at once
  denied           | denied    | S      | true     | denied  | denied    | S             | at once
  taken as granted | granted   | S      | false    | unknown | granted   | S             | at once
  silent           | -         | -      | -        | unknown | granted   | -             | at once
  waits            | denied    | -      | false    | unknown | denied    | -             | as the page ends
  denied by GPC    | denied    | gpc    | -        | denied  | denied    | gpc           | at once
`;

const splitCells = (line: string) => line.split('|').map((cell) => cell.trim());
const splitRows = (text: string) => text.trim().split('\n').map(splitCells);
const [head = [], ...commonRows] = splitRows(table);
const standIns = Object.entries(toolStandIns).filter(([name]) => name !== 'usercentrics');
const toolRows = standIns.flatMap(([name]) =>
  splitRows(toolTable).map(([label, ...cells]) => [`cmp, ${name}: ${label}`, ...cells]),
);
const rows = [...commonRows, ...toolRows];
const meanings = splitRows(legend).slice(1);

const shopify = (marketing: boolean, sale: boolean, choice: string) => `window.Shopify = { customerPrivacy: {
  marketingAllowed: () => ${marketing}, saleOfDataAllowed: () => ${sale}, currentVisitorConsent: () => ({ marketing: '${choice}' }) } };`;
const uet = (isOn: boolean, isAllowed: boolean, isUpdated: boolean) => `window.uetq = { push() {}, uetConfig: { consent: {
  enabled: ${isOn}, adStorageAllowed: ${isAllowed}, adStorageUpdated: ${isUpdated} } } };`;
const buildTagData = (entries: string) => `window.google_tag_data = { ics: { entries: { ${entries} } } };`;
const pushed = (...commands: readonly (readonly [kind: string, given: string])[]) =>
  `window.dataLayer = [{ event: 'gtm.js' }]; function gtag() { dataLayer.push(arguments) }
   ${commands.map(([kind, given]) => `gtag('consent', '${kind}', { ${given} });`).join(' ')}`;
const tcf = (
  status: string,
  applies: boolean,
  isGranted: boolean,
) => `window.__tcfapi = (command, version, listener) => listener({
  eventStatus: '${status}', gdprApplies: ${applies}, vendor: { consents: { 755: true, 1126: ${isGranted} } },
  purpose: { consents: { 1: true, 3: true, 4: true, 7: true, 9: true, 10: ${isGranted} } } }, true);`;
const call = (statement: object) => `convey('consent', ${JSON.stringify(statement)});`;

/** The page of each row. If a tool keeps its default next to the choice, the two differ. */
const scripts: Readonly<Record<string, string>> = {
  'nothing at all': '',
  'call: granted, chosen': call({ adStorage: 'granted' }),
  'call: denied, chosen': call({ adStorage: 'denied' }),
  'call: granted, a default': call({ adStorage: 'granted', explicit: false }),
  'call: denied, a default': call({ adStorage: 'denied', explicit: false }),
  'shopify: granted, chosen': shopify(true, true, 'yes'),
  'shopify: denied, chosen': shopify(false, false, 'no'),
  'shopify: sale of data denied': shopify(true, false, 'yes'),
  'shopify: granted, a default': shopify(true, true, ''),
  'shopify: denied, a default': shopify(false, false, ''),
  'shopify: not asked for yet': 'window.Shopify = { loadFeatures() {} };',
  'uet: granted, chosen': uet(true, true, true),
  'uet: denied, chosen': uet(true, false, true),
  'uet: granted, a default': uet(true, true, false),
  'uet: denied, a default': uet(true, false, false),
  'uet: consent mode off': uet(false, false, false),
  'gcm, kept: granted, chosen': buildTagData('ad_storage: { default: false, update: true }'),
  'gcm, kept: denied, chosen': buildTagData('ad_storage: { default: true, update: false }'),
  'gcm, kept: granted, a default': buildTagData('ad_storage: { default: true }'),
  'gcm, kept: denied, a default': buildTagData('ad_storage: { default: false }'),
  'gcm, kept: nothing of ads': buildTagData('analytics_storage: { update: false }'),
  'gcm, pushed: granted, chosen': pushed(['default', "ad_storage: 'denied'"], ['update', "ad_storage: 'granted'"]),
  'gcm, pushed: denied, chosen': pushed(['default', "ad_storage: 'granted'"], ['update', "ad_storage: 'denied'"]),
  'gcm, pushed: granted, a default': pushed(['default', "ad_storage: 'granted'"]),
  'gcm, pushed: denied, a default': pushed(['default', "ad_storage: 'denied'"]),
  'gcm, pushed: nothing of ads': pushed(['update', "analytics_storage: 'denied'"]),
  'tcf: granted, chosen': tcf('useractioncomplete', true, true),
  'tcf: denied, chosen': tcf('useractioncomplete', true, false),
  'tcf: not chosen yet': tcf('cmpuishown', true, false),
  'tcf: does not apply': tcf('tcloaded', false, false),
  'cmp, gpp: opted out': buildGpp('ready', 1),
  'cmp, gpp: not opted out': buildGpp('ready', 2),
  ...Object.fromEntries(
    standIns.flatMap(([name, { undecided, accept, deny }]) => [
      [`cmp, ${name}: granted, chosen`, undecided + accept],
      [`cmp, ${name}: denied, chosen`, undecided + deny],
      [`cmp, ${name}: not chosen yet`, `document.cookie = 'osano_consentmanager=; max-age=0'; ${undecided}`],
    ]),
  ),
};

/** Returns the site with the consent tool that the labels name: `cmp, klaro`. */
function addTool(site: Partial<Site>, ...labels: readonly string[]): Partial<Site> {
  const name = labels.flatMap((label) => /^cmp, ([\w-]+)/.exec(label)?.[1] ?? []).at(0);
  const consentTool = consentToolNames.find((each) => each === name);
  return consentTool ? { ...site, capture: { ...defaultCapture, consentTool } } : site;
}

const bodySchema = z.object({ events: z.array(z.looseObject({ id: z.string(), consent: z.looseObject({}).optional() })) });

/** Returns the legend's first columns for an event: the sent consent, and the logged one. */
function getOutcome(shop: Shop, id: string): string[] | undefined {
  const sent = shop.requests.flatMap(({ body }) => bodySchema.parse(JSON.parse(body)).events).find((event) => event.id === id);
  const logged = shop.events().find((event) => event.id === id);
  if (!sent || !logged) return undefined;
  const { adStorage, source, explicit } = sent.consent ?? {};
  const { stated, effective, source: buildTagData } = logged.consent;
  return [adStorage, source, explicit, stated, effective, buildTagData].map((each) => String(each ?? '-'));
}

type Scene = Awaited<ReturnType<typeof openShopPage>>;
let visits = 0;

/** Opens a page with these scripts, tracks an event, and returns the table's word for the result. */
async function observeWord({ shop, shopper }: Scene, script: string, source: string, isToWait: boolean): Promise<string> {
  const id = `visit-${String(++visits).padStart(4, '0')}`;
  shop.bodies[`/${id}`] = `<script>${script}</script>`;
  await shopper.page.goto(`${shop.url}/${id}`);
  await waitForPixel(shopper);
  await callPixel(shopper, 'track', 'Lead', { id });
  if (isToWait) {
    if (shop.requests.some(({ body }) => body.includes(id))) return 'sent before a choice';
    // The page ends, but stays: a browser may drop the only beacon of a page that it unloads.
    await shopper.page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pagehide')));
  }
  if (!(await eventually(() => getOutcome(shop, id) !== undefined, 30_000))) return 'nothing came';
  const outcome = getOutcome(shop, id) ?? [];
  const match = meanings.find(([, ...meaning]) => outcome.every((one, index) => one === meaning[index]?.replace(/^S$/, source)));
  return match?.[0] ?? outcome.join('/');
}

/** Returns `gcm` for `gcm, kept: granted, chosen`. */
const getSource = (label: string) => label.split(/[,:]/, 1)[0] ?? '';

/** No choice counts as granted. Because of the tag, the pixel still reads the tools. */
const grantedByDefault = { consent: { policy: 'granted' }, tags: { microsoft: { mode: 'attach', tagId: '187012345' } } } as const;
const columns = [
  { at: 1, site: strict, gpc: false },
  { at: 2, site: grantedByDefault, gpc: false },
  { at: 3, site: grantedByDefault, gpc: true },
];

const seen = new Map(rows.map(([label = '']) => [label, [label]]));
const tools = [...new Set(rows.map(([label = '']) => label.split(':')[0] ?? ''))];

afterAll(() => {
  const lines = [head, ...seen.values()].map(([label = '', ...cells]) => {
    const words = [0, 1, 2].map((index) => (cells[index] ?? 'not asked').padEnd(18));
    return `${label.padEnd(34)}${words.join('')}`.trimEnd();
  });
  console.log(`${lines.join('\n')}\n${legend}`);
});

describe.concurrent.each(tools)('%s', (tool) => {
  const own = rows.filter(([label]) => label?.split(':')[0] === tool);
  test.for(columns.map((column) => ({ ...column, title: head[column.at] })))(
    'is read as documented, $title',
    async ({ at, site, gpc }, { openShopPage }) => {
      const page = await openShopPage(addTool(site, tool), gpc);
      const words: string[] = [];
      for (const [label = '', ...cells] of own) {
        const word = await observeWord(page, scripts[label] ?? '', getSource(label), cells[at - 1] === 'waits');
        const row = seen.get(label);
        if (row) row[at] = word;
        words.push(word);
      }
      expect(words).toEqual(own.map((row) => row[at]));
      expect(page.shopper.pageErrors).toEqual([]);
    },
  );
});

const order = ['call', 'cmp, cookiebot', 'shopify', 'uet', 'gcm, kept', 'gcm, pushed', 'tcf'];
const pairs = order.flatMap((stronger, index) => order.slice(index + 1).map((weaker) => ({ stronger, weaker })));
const states = [
  ['granted', 'denied'],
  ['denied', 'granted'],
] as const;
const both = (one: string, other: string) => `${scripts[one]} ${scripts[other]}`;

describe.concurrent('two consent tools', () => {
  test.for(pairs)('$stronger counts before $weaker', async ({ stronger, weaker }, { openShopPage }) => {
    for (const [one, other] of states) {
      const page = await openShopPage(addTool(strict, stronger, weaker));
      const script = both(`${stronger}: ${one}, chosen`, `${weaker}: ${other}, chosen`);
      expect(await observeWord(page, script, getSource(stronger), false)).toBe(one);
      // No earlier report contradicts it.
      expect(page.shop.requests.map(({ body }) => body).join()).not.toContain(`"adStorage":"${other}"`);
    }
  });

  const defaults = pairs.filter(
    ({ stronger, weaker }) =>
      stronger !== 'call' && !stronger.startsWith('cmp') && !(stronger === 'gcm, kept' && weaker === 'gcm, pushed'),
  );
  test.for(defaults)(
    "a choice in $weaker takes precedence over $stronger's default",
    async ({ stronger, weaker }, { openShopPage }) => {
      const page = await openShopPage(strict);
      for (const [one, other] of states) {
        const script = both(`${stronger}: ${one}, a default`, `${weaker}: ${other}, chosen`);
        expect(await observeWord(page, script, getSource(weaker), false)).toBe(other);
      }
    },
  );

  const ofTools = pairs.filter(({ stronger, weaker }) => weaker !== 'tcf' && !`${stronger} ${weaker}`.includes('cmp'));
  test.for(ofTools)("$stronger's default counts before $weaker's", async ({ stronger, weaker }, { openShopPage }) => {
    const page = await openShopPage(grantedByDefault);
    const script = (one: string, other: string) => both(`${stronger}: ${one}, a default`, `${weaker}: ${other}, a default`);
    expect(await observeWord(page, script('granted', 'denied'), getSource(stronger), false)).toBe('taken as granted');
    expect(await observeWord(page, script('denied', 'granted'), getSource(stronger), true)).toBe('waits');
  });
});
