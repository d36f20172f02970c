import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly CookieConsent: {
    validConsent(): boolean;
    getUserPreferences(): {
      readonly acceptedCategories: readonly string[];
      readonly rejectedServices: Readonly<Record<string, readonly string[] | undefined>>;
    };
  };
}

/** In the mode `opt-out` categories are accepted before a choice. @source https://cookieconsent.orestbida.com/reference/api-reference.html (3.1.0) */
export const readOrestbida: ReadChoice<Page> = ({ CookieConsent }, category = 'marketing') => {
  const { acceptedCategories, rejectedServices } = CookieConsent.getUserPreferences();
  return CookieConsent.validConsent() && [acceptedCategories.includes(category) && !rejectedServices[category]?.[0]];
};
