import type { ConsentSource } from '../event/consent.ts';
import { type ConsentToolName, consentToolLabels, consentToolNames } from '../event/consent-tool-names.ts';

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
  /** The pattern of the platform in a page's scripts. */
  readonly sign: RegExp;
  /** The reader of the pixel. Absent: it reports by Google Consent Mode or the TCF, once that is switched on. */
  readonly tool?: ConsentToolName;
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

/** The lines for the shop's own banner. */
export const customBannerSnippet = `// When the shopper accepts, and on every page after that:
convey('consent', { adStorage: 'granted' });
// When the shopper declines, and on every page after that:
convey('consent', { adStorage: 'denied' });`;

/** The patterns of the tools that the pixel reads if the settings of the site name them. */
const signs: Readonly<Record<ConsentToolName, RegExp>> = {
  cookiebot: /\bconsent\.cookiebot\.(?:com|eu)\b/,
  onetrust: /\bcdn\.cookielaw\.org\b|\bcdn(?:-[a-z]{2,10})?\.onetrust\.com\b|\botSDKStub\.js\b/,
  usercentrics: /\bweb\.cmp\.usercentrics\.eu\b/,
  'usercentrics-2': /\b(?:app|privacy-proxy)[\w.-]{0,40}\.usercentrics\.eu\b/,
  didomi: /\bsdk\.privacy-center\.org\b|\bdidomiConfig\b/,
  iubenda: /\b(?:cdn|cs|embeds)\.iubenda\.com\b/,
  complianz: /\/complianz-gdpr(?:-premium)?\/|\bcomplianz\s{0,5}=\s{0,5}\{/,
  cookieyes: /\bcdn-cookieyes\.com\b/,
  osano: /\bcmp\.osano\.com\b/,
  klaro: /\bklaro(?:-no-css|-no-translations)?(?:\.min)?\.js\b|\bklaroConfig\b/,
  orestbida: /\bvanilla-cookieconsent\b|\borestbida\/cookieconsent\b|\bcookieconsent\.umd\.js\b|\bCookieConsent\.run\(/,
  cookiefirst: /\bconsent\.cookiefirst\.com\b/,
  'cookie-script': /\bcookie-script\.com\b/,
  'wp-consent-api': /\/wp-consent-api\//,
  gpp: /\b__gpp\b/,
};

/** The platforms without a reader, because they report by Google Consent Mode or the TCF. */
const others: readonly ConsentPlatform[] = [
  { name: 'TrustArc', sign: /\bconsent\.(?:trustarc|truste)\.com\b/ },
  { name: 'consentmanager', sign: /\bconsentmanager\.(?:net|mgr\.consensu\.org)\b/ },
  { name: 'Axeptio', sign: /\bstatic\.axept\.io\b|\baxeptioSettings\b/ },
  { name: 'Termly', sign: /\bapp\.termly\.io\b/ },
  { name: 'Borlabs Cookie', sign: /\/borlabs-cookie\// },
];

/** The known consent platforms. The first on a page is proposed: a platform before the interfaces that several platforms share. */
export const consentPlatforms: readonly ConsentPlatform[] = [
  ...consentToolNames
    .map((tool) => ({ tool, name: consentToolLabels[tool], sign: signs[tool] }))
    .toSorted((a, b) => Number(isShared(a.tool)) - Number(isShared(b.tool))),
  ...others,
];

function isShared(tool: ConsentToolName): boolean {
  return tool === 'wp-consent-api' || tool === 'gpp';
}

/** Returns the setting with which the pixel reads a tool. */
export function formatToolSetting(tool: ConsentToolName): string {
  return `"capture": { "consentTool": "${tool}" }`;
}

/** Returns Convey's snippet for the head of every page. */
export function formatSnippet(address: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${address}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}
