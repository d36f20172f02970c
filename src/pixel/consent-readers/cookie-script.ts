import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly CookieScript: {
    /** `categories` is a list, which a test joins to a text. */
    readonly instance: { currentState(): { readonly action: string; readonly categories: string } };
  };
}

/** @source https://cookie-script.com/documentation/cookie-script-functions (2026-11) */
export const readCookieScript: ReadChoice<Page> = ({ CookieScript }) => {
  const { action, categories } = CookieScript.instance.currentState();
  return /accept|reject/.test(action) && [/targeting/.test(categories)];
};
