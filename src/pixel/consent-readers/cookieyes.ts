import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  getCkyConsent(): { readonly isUserActionCompleted: boolean; readonly categories: { readonly advertisement: boolean } };
}

/** @source https://www.cookieyes.com/documentation/retrieving-consent-data-using-api-getckyconsent/ (2024-03) */
export const readCookieyes: ReadChoice<Page> = (page) => {
  const consent = page.getCkyConsent();
  return consent.isUserActionCompleted && [consent.categories.advertisement];
};
