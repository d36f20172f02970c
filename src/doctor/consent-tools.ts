import type { ConsentSource } from '../event/consent.ts';

/** A consent tool that the pixel reads itself, without pasted lines. */
export interface DetectedConsentTool {
  readonly source: ConsentSource;
  readonly name: string;
  /** The pattern of the tool in a page's scripts. */
  readonly sign: RegExp;
  /** The advice if the tool is on the page but no event has its choice. */
  readonly instruction: string;
}

/** A consent platform with its own interface. */
export interface ConsentPlatform {
  readonly name: string;
  readonly sign: RegExp;
  /** The place of its lines. Defaults to below Convey's snippet. */
  readonly where?: string;
  /** The lines that pass on the shopper's choice and its changes. Undefined if they depend on the shop's setup. */
  readonly lines?: string;
}

/** The supported tools, in the order in which the pixel reads them. */
export const supportedConsentTools: readonly DetectedConsentTool[] = [
  {
    source: 'shopify',
    name: "Shopify's customer privacy",
    sign: /\bcustomerPrivacy\b|\bconsent-tracking-api\b|\bShopify\.shop\b/,
    instruction:
      "Check in Shopify's admin, under Settings > Customer privacy, that the cookie banner is shown in your shoppers' regions",
  },
  {
    source: 'uet',
    name: "the UET tag's consent mode",
    sign: /\.push\(\s{0,20}['"]consent['"]\s{0,20},\s{0,20}['"](?:default|update)['"]/,
    instruction:
      "Check that the banner pushes `uetq.push('consent', 'update', { ad_storage: 'granted' })` after the shopper chose, or calls `convey('consent', …)`. A `default` is not a choice",
  },
  {
    source: 'gcm',
    name: 'Google Consent Mode',
    sign: /\bgtag\(\s{0,20}['"]consent['"]/,
    instruction:
      "Check that the banner calls `gtag('consent', 'update', { ad_storage: 'granted' })` after the shopper chose, or `denied`. A `default` is not a choice",
  },
  {
    source: 'tcf',
    name: 'a TCF consent platform',
    sign: /__tcfapi\b/,
    instruction: 'Check that it lists Microsoft (vendor 1126) and asks for the purposes 1, 7, 9 and 10',
  },
];

/** The lines for the shop's own banner, and for platforms without lines here. */
export const customBannerSnippet = `// When the shopper accepts, and on every page after that:
convey('consent', { adStorage: 'granted' });
// When the shopper declines, and on every page after that:
convey('consent', { adStorage: 'denied' });`;

/**
 * The known consent platforms, each with its documented interface. If it distinguishes a default from a choice, only the choice is passed on.
 * @source https://www.cookiebot.com/en/developer/ (2026-11)
 * @source https://developer.onetrust.com/onetrust/docs/javascript-events-guide (2026-11)
 * @source https://usercentrics.com/docs/web/features/v2/events_v2/events_v2/ (2026-11)
 * @source https://www.cookieyes.com/documentation/events-on-cookie-banner-load/ (2026-11)
 * @source https://complianz.io/developers-guide-for-third-party-integrations/ (2026-11)
 * @source https://www.iubenda.com/en/help/1205 (2026-11)
 */
export const consentPlatforms: readonly ConsentPlatform[] = [
  {
    name: 'Cookiebot',
    sign: /\bconsent\.cookiebot\.(?:com|eu)\b/,
    lines: `addEventListener('CookiebotOnConsentReady', function () {
  if (!Cookiebot.hasResponse) return;
  convey('consent', {
    adStorage: Cookiebot.consent.marketing ? 'granted' : 'denied',
    explicit: Cookiebot.consent.method === 'explicit',
  });
});`,
  },
  {
    name: 'OneTrust',
    sign: /\bcdn\.cookielaw\.org\b|\bcdn(?:-[a-z]{2,10})?\.onetrust\.com\b|\botSDKStub\.js\b/,
    where:
      "In place of the empty OptanonWrapper that came with OneTrust's script, or inside your own. C0004 is OneTrust's category for advertising. Replace it if yours has another id",
    lines: `function OptanonWrapper() {
  if (!OneTrust.IsAlertBoxClosed()) return;
  var isGranted = OnetrustActiveGroups.split(',').indexOf('C0004') >= 0;
  convey('consent', { adStorage: isGranted ? 'granted' : 'denied' });
}`,
  },
  {
    name: 'Usercentrics',
    sign: /\b(?:app|web|privacy-proxy)[\w.-]{0,40}\.usercentrics\.eu\b/,
    where: "Below Convey's snippet. In Usercentrics' admin, set the window event for data layer events to `ucEvent`",
    lines: `addEventListener('ucEvent', function (event) {
  var status = event.detail || {};
  if (status.event !== 'consent_status' || !/^explicit$/i.test(status.type)) return;
  var isGranted = status.ucCategory && status.ucCategory.marketing === true;
  convey('consent', { adStorage: isGranted ? 'granted' : 'denied' });
});`,
  },
  {
    name: 'CookieYes',
    sign: /\bcdn-cookieyes\.com\b/,
    lines: `function tellConvey(isGranted) {
  convey('consent', { adStorage: isGranted ? 'granted' : 'denied' });
}
document.addEventListener('cookieyes_banner_load', function (event) {
  if (event.detail.isUserActionCompleted) tellConvey(event.detail.categories.advertisement);
});
document.addEventListener('cookieyes_consent_update', function (event) {
  tellConvey(event.detail.accepted.indexOf('advertisement') >= 0);
});`,
  },
  {
    name: 'Complianz',
    sign: /\/complianz-gdpr(?:-premium)?\/|\bcomplianz\s{0,5}=\s{0,5}\{/,
    lines: `function tellConvey(isGranted) {
  convey('consent', {
    adStorage: isGranted ? 'granted' : 'denied',
    explicit: complianz.consenttype !== 'other',
  });
}
document.addEventListener('cmplz_cookie_warning_loaded', function () {
  if (cmplz_get_banner_status() === 'dismissed') tellConvey(cmplz_has_consent('marketing'));
});
document.addEventListener('cmplz_status_change', function (event) {
  if (event.detail.category === 'marketing') tellConvey(event.detail.value === 'allow');
});`,
  },
  {
    name: 'iubenda',
    sign: /\b(?:cdn|cs|embeds)\.iubenda\.com\b/,
    where:
      "Below Convey's snippet, right after `_iub.csConfiguration = { … }` and above iubenda's script. Join it with yours if you have this callback",
    lines: `_iub.csConfiguration.callback = Object.assign(_iub.csConfiguration.callback || {}, {
  onPreferenceExpressedOrNotNeeded: function (preference) {
    if (!preference) return;
    var isGranted = preference.purposes ? preference.purposes[5] : preference.consent;
    convey('consent', { adStorage: isGranted ? 'granted' : 'denied' });
  },
});`,
  },
  { name: 'Didomi', sign: /\bsdk\.privacy-center\.org\b|\bdidomiConfig\b/ },
  { name: 'Klaro', sign: /\bklaro(?:-no-css|-no-translations)?(?:\.min)?\.js\b|\bklaroConfig\b/ },
];

/** Returns Convey's snippet for the head of every page. */
export function formatSnippet(address: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${address}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}
