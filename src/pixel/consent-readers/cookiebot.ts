import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly Cookiebot: {
    readonly consent: { readonly method?: 'explicit' | 'implied' | null; readonly marketing: boolean };
  };
}

/** Implied consent is no choice. @source https://www.cookiebot.com/en/developer/ (2026-11) */
export const readCookiebot: ReadChoice<Page> = ({ Cookiebot: { consent } }) =>
  consent.method === 'explicit' && [consent.marketing];
