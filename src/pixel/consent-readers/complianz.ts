import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly complianz: { readonly consenttype: string };
  cmplz_get_banner_status(): string;
  cmplz_has_consent(category: string): boolean;
}

/** Regions of the type `other` are not asked. @source https://complianz.io/developers-guide-for-third-party-integrations/ (2026-11) */
export const readComplianz: ReadChoice<Page> = (page) =>
  page.cmplz_get_banner_status() === 'dismissed' &&
  page.complianz.consenttype !== 'other' && [page.cmplz_has_consent('marketing')];
