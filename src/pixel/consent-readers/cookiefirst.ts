import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly CookieFirst: { readonly consent: { readonly advertising: boolean } | null };
}

/** @source https://support.cookiefirst.com/hc/en-us/articles/360011568738-Cookie-Banner-Public-API-documentation (2026-11) */
export const readCookiefirst: ReadChoice<Page> = ({ CookieFirst: { consent } }) => consent && [consent.advertising];
