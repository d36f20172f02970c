/**
 * The consent tools that the pixel can read itself, in the order in which it does. `gpp` is the first, because it only denies. Each is a file
 * of `src/pixel/consent-readers`. Tools that report by Google Consent Mode or the TCF need none.
 */
export const consentToolNames = [
  'gpp',
  'cookiebot',
  'onetrust',
  'usercentrics',
  'usercentrics-2',
  'didomi',
  'iubenda',
  'complianz',
  'wp-consent-api',
  'cookieyes',
  'osano',
  'klaro',
  'orestbida',
  'cookiefirst',
  'cookie-script',
] as const;

export type ConsentToolName = (typeof consentToolNames)[number];

export const consentToolChoices = ['auto', ...consentToolNames] as const;

export type ConsentToolChoice = (typeof consentToolChoices)[number];

/** The names of the tools. */
export const consentToolLabels: Readonly<Record<ConsentToolName, string>> = {
  gpp: 'IAB GPP',
  cookiebot: 'Cookiebot',
  onetrust: 'OneTrust',
  usercentrics: 'Usercentrics',
  'usercentrics-2': 'Usercentrics 2',
  didomi: 'Didomi',
  iubenda: 'iubenda',
  complianz: 'Complianz',
  'wp-consent-api': 'WP Consent API',
  cookieyes: 'CookieYes',
  osano: 'Osano',
  klaro: 'Klaro',
  orestbida: 'CookieConsent by Orest Bida',
  cookiefirst: 'CookieFirst',
  'cookie-script': 'CookieScript',
};

/** The tools whose category for advertising has another name in some shops, with the usual one. */
export const consentCategories: Readonly<Partial<Record<ConsentToolName, string>>> = {
  onetrust: 'C0004',
  usercentrics: 'marketing',
  'usercentrics-2': 'marketing',
  didomi: 'every vendor',
  iubenda: '5',
  klaro: 'marketing',
  orestbida: 'marketing',
};

/** The tools whose categories or vendors are each shop's own, so that `auto` leaves them out. */
const namedOnly: readonly ConsentToolName[] = ['didomi', 'klaro'];

/** The tools that `auto` reads. */
export const autoConsentTools: readonly ConsentToolName[] = consentToolNames.filter((name) => !namedOnly.includes(name));

/** Returns the tools that the pixel reads. */
export function listConsentTools(choice: ConsentToolChoice | undefined): readonly ConsentToolName[] {
  if (choice === undefined) return [];
  return choice === 'auto' ? autoConsentTools : [choice];
}
