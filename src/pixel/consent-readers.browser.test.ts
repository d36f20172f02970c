import { describe, expect } from 'vitest';
import { eventually } from '../../test/gateway.fixture.ts';
import { type CaptureSettings, defaultCapture } from '../event/capture-settings.ts';
import { autoConsentTools, consentToolNames } from '../event/consent-tool-names.ts';
import { buildGpp, toolStandIns } from './consent-readers.fixture.ts';
import { callPixel, type openShopPage, type Shop, shareShopPages, strict, waitForPixel } from './pixel-page.fixture.ts';

const test = shareShopPages();

type Scene = Awaited<ReturnType<typeof openShopPage>>;

const capture = (consentTool: CaptureSettings['consentTool'], consentCategory?: string) =>
  ({
    ...strict,
    capture: { ...defaultCapture, ...(consentTool && { consentTool }), ...(consentCategory && { consentCategory }) },
  }) as const;

/** Opens a page with these scripts before the snippet. */
async function visit({ shop, shopper }: Scene, script: string): Promise<void> {
  shop.bodies['/'] = `<script>${script}</script>`;
  await shopper.page.goto(shop.url);
  await waitForPixel(shopper);
}

async function staysSilent({ shop, shopper }: Scene): Promise<void> {
  await shopper.page.waitForTimeout(700);
  expect(shop.requests).toEqual([]);
}

const countSignals = (shop: Shop, stated: string) =>
  shop.signals().filter(({ consent }) => consent.stated === stated && consent.source === 'cmp').length;
const findSignal = (shop: Shop, stated: string, before = 0) => eventually(() => countSignals(shop, stated) > before);

let count = 0;
/** Returns the consent of the next event. */
async function readConsent({ shop, shopper }: Scene) {
  const id = `event-${++count}`;
  await callPixel(shopper, 'track', 'Lead', { id });
  expect(await eventually(() => shop.events().some((event) => event.id === id))).toBe(true);
  return shop.events().find((event) => event.id === id)?.consent;
}

const cmp = (stated: string) => expect.objectContaining({ stated, source: 'cmp' });

describe.each(Object.entries(toolStandIns))('the reader of %s', (name, { undecided, accept, deny }) => {
  const tool = consentToolNames.find((each) => each === name);

  test('waits for a choice, also of a tool that loads late, and reports each change', async ({ openShopPage }) => {
    const scene = await openShopPage(capture(tool));
    await visit(scene, '');
    await scene.shopper.page.evaluate(undecided);
    await staysSilent(scene);
    await scene.shopper.page.evaluate(accept);
    expect(await findSignal(scene.shop, 'granted')).toBe(true);
    expect(await readConsent(scene)).toEqual(cmp('granted'));
    await scene.shopper.page.evaluate(deny);
    expect(await findSignal(scene.shop, 'denied')).toBe(true);
    expect(await readConsent(scene)).toEqual(cmp('denied'));
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  test('reports a denial, and the stored choice of a shopper who returns', async ({ openShopPage }) => {
    const scene = await openShopPage(capture(tool));
    await visit(scene, undecided + deny);
    expect(await readConsent(scene)).toEqual(cmp('denied'));
    await visit(scene, undecided + accept);
    expect(await readConsent(scene)).toEqual(cmp('granted'));
    const before = countSignals(scene.shop, 'denied');
    // A stored choice that is gone was withdrawn.
    await scene.shopper.page.evaluate(`document.cookie = 'osano_consentmanager=; max-age=0'; ${undecided}`);
    expect(await findSignal(scene.shop, 'denied', before)).toBe(true);
    expect(await readConsent(scene)).toEqual(cmp('denied'));
    expect(scene.shopper.pageErrors).toEqual([]);
  });
});

describe('GPP', () => {
  test('only denies', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('gpp'));
    await visit(scene, buildGpp('ready', 2) + buildGpp('not ready', 1));
    await staysSilent(scene);
    await scene.shopper.page.evaluate(buildGpp('ready', 1));
    expect(await readConsent(scene)).toEqual(cmp('denied'));
    await scene.shopper.page.evaluate(buildGpp('ready', 2));
    await scene.shopper.page.waitForTimeout(700);
    expect(await readConsent(scene)).toEqual(cmp('denied'));
  });

  test('denies beside a tool that allows', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('auto'));
    await visit(scene, buildGpp('ready', 1) + toolStandIns.cookieyes.undecided + toolStandIns.cookieyes.accept);
    expect(await readConsent(scene)).toEqual(cmp('denied'));
  });
});

describe('the readers', () => {
  test.for([
    ['onetrust', 'C0005', "',C0001,C0005,'"],
    ['usercentrics', 'ads', null],
    ['didomi', 'c:shop-ads', '[false, true]'],
    ['iubenda', '3', '{ purposes: { 1: true, 3: true, 5: false } }'],
    ['orestbida', 'necessary', "['ads']"],
  ] as const)("%s reads the shop's own category", async ([name, category, choice], { openShopPage }) => {
    const scene = await openShopPage(capture(name, category));
    const script = toolStandIns[name].undecided.replaceAll('marketing: { state', 'ads: { state');
    await visit(scene, `${script} ${choice === null ? toolStandIns[name].accept : `choice = ${choice};`}`);
    expect(await readConsent(scene)).toEqual(cmp('granted'));
  });

  test('of all tools that are recognised without a name find the one of the page', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('auto'));
    for (const name of autoConsentTools) {
      if (name === 'gpp') continue;
      const { undecided, accept, deny } = toolStandIns[name];
      for (const [script, stated] of [
        [accept, 'granted'],
        [deny, 'denied'],
      ] as const) {
        await visit(scene, `document.cookie = 'osano_consentmanager=; max-age=0'; ${undecided}${script}`);
        expect(await readConsent(scene), name).toEqual(cmp(stated));
      }
    }
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  test("are weaker than the page's own call, and stronger than another tool's choice", async ({ openShopPage }) => {
    const scene = await openShopPage(capture('cookieyes'));
    const { undecided, accept, deny } = toolStandIns.cookieyes;
    const google = "window.dataLayer = [['consent', 'update', { ad_storage: 'denied' }]];";
    await visit(scene, google + undecided + accept);
    expect(await readConsent(scene)).toEqual(cmp('granted'));
    await visit(scene, google + undecided);
    expect(await readConsent(scene)).toMatchObject({ stated: 'denied', source: 'gcm' });
    await visit(scene, `${undecided}${deny} convey('consent', { adStorage: 'granted' });`);
    await scene.shopper.page.waitForTimeout(700);
    expect(await readConsent(scene)).toMatchObject({ stated: 'granted', source: 'call' });
  });

  test('take precedence over Global Privacy Control if the shopper chose, and not before', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('cookiefirst'), true);
    const { undecided, accept } = toolStandIns.cookiefirst;
    await visit(scene, undecided);
    expect(await readConsent(scene)).toMatchObject({ stated: 'denied', source: 'gpc' });
    await visit(scene, undecided + accept);
    expect(await readConsent(scene)).toEqual(cmp('granted'));
  });

  test('do no harm to a page whose tools throw', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('auto'));
    const thrown = "(() => { throw new Error('theirs') })";
    const names = ['Cookiebot', 'OneTrust', 'UC_UI', '_iub', 'complianz', 'consent_api', 'Osano', 'CookieConsent', 'CookieFirst'];
    const broken = names.map((each) => `Object.defineProperty(window, '${each}', { get: ${thrown}, configurable: true });`);
    const late = `window.__gpp = ${thrown}; window.getCkyConsent = ${thrown};
      window.__ucCmp = { getConsentDetails: () => Promise.reject(new Error('theirs')) }; window.CookieScript = 7;`;
    await visit(scene, `${broken.join(' ')} ${late}`);
    await staysSilent(scene);
    await callPixel(scene.shopper, 'consent', { adStorage: 'granted' });
    expect(await readConsent(scene)).toMatchObject({ stated: 'granted', source: 'call' });
    expect(scene.shopper.pageErrors).toEqual([]);
  });

  test('are not part of a site that names no tool', async ({ openShopPage }) => {
    const scene = await openShopPage(capture(undefined));
    await visit(scene, toolStandIns.cookieyes.undecided + toolStandIns.cookieyes.accept);
    await staysSilent(scene);
  });
});
