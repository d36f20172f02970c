import type { ConsentToolName } from '../event/consent-tool-names.ts';

/** A stand-in of a tool's interface, as its page documents it: scripts that run on a page. */
export interface ToolStandIn {
  /** Defines the interface as it is before a choice. */
  readonly undecided: string;
  /** Makes a choice, as the tool's banner does. */
  readonly accept: string;
  readonly deny: string;
}

/** Each choice is a value of `choice`, which the interface reads. */
const choose = (undecided: string, [accept, deny]: readonly [string, string]): ToolStandIn => ({
  undecided,
  accept: `choice = ${accept};`,
  deny: `choice = ${deny};`,
});

/** The stand-ins, without GPP, which is no tool of its own. */
export const toolStandIns: Readonly<Record<Exclude<ConsentToolName, 'gpp'>, ToolStandIn>> = {
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

/** Defines the interface of GPP. An opt-out is 1, none is 2. */
export const buildGpp = (status: string, optOut: number) => `window.answer = { signalStatus: '${status}', applicableSections: [7],
  parsedSections: { usnat: [{ Version: 1, SaleOptOutNotice: 1, SaleOptOut: ${optOut}, SharingOptOut: 2 }] } };
  window.__gpp = (command, done) => { if (command === 'ping') done(answer, true) };`;
