import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly consent_api: { readonly cookie_prefix: string };
  /** Empty without a choice. */
  consent_api_get_cookie(name: string): string;
}

/** `wp_has_consent` also allows without a choice, so the cookie is read. @source https://github.com/WordPress/wp-consent-level-api (2026-11) */
export const readWpConsentApi: ReadChoice<Page> = (page) => {
  const choice = page.consent_api_get_cookie(`${page.consent_api.cookie_prefix}_marketing`);
  return choice && [choice === 'allow'];
};
