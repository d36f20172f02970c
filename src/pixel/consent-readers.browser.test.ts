import { describe, expect } from 'vitest';
import { eventually } from '../../test/gateway.fixture.ts';
import { type CaptureSettings, defaultCapture } from '../event/capture-settings.ts';
import { autoConsentTools, type ConsentToolName, consentToolNames } from '../event/consent-tool-names.ts';
import { callPixel, type openShopPage, type Shop, shareShopPages, strict, waitForPixel } from './pixel-page.fixture.ts';

const test = shareShopPages();

/** A stand-in of a tool's interface, as its page documents it: scripts that run on a page. */
interface Tool {
  /** Defines the interface as it is before a choice. */
  readonly undecided: string;
  /** Makes a choice, as the tool's banner does. */
  readonly accept: string;
  readonly deny: string;
}

/** Each choice is a value of `choice`, which the interface reads. */
const choose = (undecided: string, [accept, deny]: readonly [string, string]): Tool => ({
  undecided,
  accept: `choice = ${accept};`,
  deny: `choice = ${deny};`,
});

const tools: Readonly<Record<Exclude<ConsentToolName, 'gpp'>, Tool>> = {
  cookiebot: {
    undecided: 'window.Cookiebot = { hasResponse: false, consent: { method: null, necessary: true, marketing: false } };',
    accept: "Object.assign(Cookiebot, { hasResponse: true, consent: { method: 'explicit', necessary: true, marketing: true } });",
    deny: "Object.assign(Cookiebot, { hasResponse: true, consent: { method: 'explicit', necessary: true, marketing: false } });",
  },
  onetrust: choose(
    `window.choice = undefined; window.OneTrust = { IsAlertBoxClosed: () => !!choice };
     Object.defineProperty(window, 'OnetrustActiveGroups', { get: () => choice ?? ',C0001,', configurable: true });`,
    ["',C0001,C0004,'", "',C0001,C0002,'"],
  ),
  usercentrics: choose(
    `window.choice = ['IMPLICIT', 'ALL_DENIED']; window.__ucCmp = { getConsentDetails: async () => ({
       consent: { type: choice[0], required: true }, categories: { essential: { state: 'ALL_ACCEPTED' }, marketing: { state: choice[1] } } }) };`,
    ["['EXPLICIT', 'ALL_ACCEPTED']", "['EXPLICIT', 'SOME_ACCEPTED']"],
  ),
  'usercentrics-2': choose(
    `window.choice = ['implicit', true, false]; window.UC_UI = { isInitialized: () => true, getServicesBaseInfo: () =>
       [['essential', true], ['marketing', choice[1]], ['marketing', choice[2]]].map(([categorySlug, status], at) => ({
         id: 'service' + at, categorySlug, consent: { status, history: [{ action: 'onInitialPageLoad', type: 'implicit', status: true },
           { action: 'onUpdateServices', type: choice[0], status }] } })) };`,
    ["['explicit', true, true]", "['EXPLICIT', true, false]"],
  ),
  didomi: choose(
    `window.choice = undefined; window.Didomi = { isConsentRequired: () => true, isUserStatusPartial: () => !choice,
       getCurrentUserStatus: () => ({ purposes: {}, vendors: { google: { id: 'google', enabled: !!choice?.[0] },
         'c:shop-ads': { id: 'c:shop-ads', enabled: !!choice?.[1] } } }) };`,
    ['[true, true]', '[false, true]'],
  ),
  iubenda: choose('window.choice = {}; window._iub = { cs: { api: { getPreferences: () => choice } } };', [
    '{ id: "1", timestamp: "2026-12-03T08:00:00Z", purposes: { 1: true, 4: true, 5: true } }',
    '{ id: "1", timestamp: "2026-12-03T08:00:00Z", purposes: { 1: true, 4: true, 5: false } }',
  ]),
  complianz: choose(
    `window.choice = ''; window.complianz = { consenttype: 'optin' };
     window.cmplz_get_banner_status = () => choice ? 'dismissed' : 'show';
     window.cmplz_has_consent = (category) => category === 'functional' || category === 'marketing' && choice === 'allow';`,
    ["'allow'", "'deny'"],
  ),
  'wp-consent-api': choose(
    `window.choice = ''; window.consent_api = { consent_type: 'optout', cookie_prefix: 'wp_consent' };
     window.consent_api_get_cookie = (name) => name === 'wp_consent_marketing' ? choice : '';
     window.wp_has_consent = () => choice !== 'deny';`,
    ["'allow'", "'deny'"],
  ),
  cookieyes: choose(
    `window.choice = undefined; window.getCkyConsent = () => ({ activeLaw: 'gdpr', isUserActionCompleted: choice !== undefined,
       categories: { necessary: true, advertisement: choice ?? true } });`,
    ['true', 'false'],
  ),
  osano: {
    undecided: `window.choice = 'ACCEPT'; document.cookie = 'osano_consentmanager_uuid=1';
      window.Osano = { cm: { getConsent: () => ({ ESSENTIAL: 'ACCEPT', MARKETING: choice }) } };`,
    accept: "choice = 'ACCEPT'; document.cookie = 'osano_consentmanager=abc';",
    deny: "choice = 'DENY'; document.cookie = 'osano_consentmanager=abc';",
  },
  klaro: {
    undecided: `window.manager = { confirmed: false, consents: {}, savedConsents: { ads: true, mail: true }, config: { services: [
        { name: 'cart', purposes: ['functional'] }, { name: 'ads', purposes: ['marketing'] }, { name: 'mail', purposes: ['marketing'] }] } };
      window.klaro = { getManager: () => manager };`,
    accept: 'Object.assign(manager, { confirmed: true, savedConsents: { cart: true, ads: true, mail: true } });',
    deny: 'Object.assign(manager, { confirmed: true, savedConsents: { cart: true, ads: false, mail: true } });',
  },
  orestbida: choose(
    `window.choice = undefined; window.CookieConsent = { validConsent: () => !!choice, getUserPreferences: () => ({
       acceptedCategories: ['necessary', 'marketing'], rejectedServices: { marketing: choice ?? [] }, ...(choice === 'none' &&
         { acceptedCategories: ['necessary'], rejectedServices: { marketing: ['ads'] } }) }) };`,
    ['[]', "['ads']"],
  ),
  cookiefirst: choose('window.choice = null; window.CookieFirst = { get consent() { return choice } };', [
    '{ necessary: true, advertising: true }',
    '{ necessary: true, advertising: false }',
  ]),
  'cookie-script': choose('window.choice = {}; window.CookieScript = { instance: { currentState: () => choice } };', [
    "{ action: 'accept', categories: ['strict', 'performance', 'targeting'] }",
    "{ action: 'reject' }",
  ]),
};

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

describe.each(Object.entries(tools))('the reader of %s', (name, { undecided, accept, deny }) => {
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
  const gpp = (status: string, optOut: number) => `window.answer = { signalStatus: '${status}', applicableSections: [7],
    parsedSections: { usnat: [{ Version: 1, SaleOptOutNotice: 1, SaleOptOut: ${optOut}, SharingOptOut: 2 }] } };
    window.__gpp = (command, done) => { if (command === 'ping') done(answer, true) };`;

  test('only denies', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('gpp'));
    await visit(scene, gpp('ready', 2) + gpp('not ready', 1));
    await staysSilent(scene);
    await scene.shopper.page.evaluate(gpp('ready', 1));
    expect(await readConsent(scene)).toEqual(cmp('denied'));
    await scene.shopper.page.evaluate(gpp('ready', 2));
    await scene.shopper.page.waitForTimeout(700);
    expect(await readConsent(scene)).toEqual(cmp('denied'));
  });

  test('denies beside a tool that allows', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('auto'));
    await visit(scene, gpp('ready', 1) + tools.cookieyes.undecided + tools.cookieyes.accept);
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
    const script = tools[name].undecided.replaceAll('marketing: { state', 'ads: { state');
    await visit(scene, `${script} ${choice === null ? tools[name].accept : `choice = ${choice};`}`);
    expect(await readConsent(scene)).toEqual(cmp('granted'));
  });

  test('of all tools that are recognised without a name find the one of the page', async ({ openShopPage }) => {
    const scene = await openShopPage(capture('auto'));
    for (const name of autoConsentTools) {
      if (name === 'gpp') continue;
      const { undecided, accept, deny } = tools[name];
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
    const { undecided, accept, deny } = tools.cookieyes;
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
    const { undecided, accept } = tools.cookiefirst;
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
    await visit(scene, tools.cookieyes.undecided + tools.cookieyes.accept);
    await staysSilent(scene);
  });
});
