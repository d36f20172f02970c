import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly Osano: { readonly cm: { getConsent(): { readonly MARKETING?: 'ACCEPT' | 'DENY' } } };
}

/**
 * Our assumption: the cookie is there once a choice is stored, because the answer itself is a default before.
 * @source https://developers.osano.com/cmp/javascript-api/developer-documentation-consent-javascript-api (2026-11)
 */
export const readOsano: ReadChoice<Page> = ({ Osano }) =>
  /osano_consentmanager=/.test(document.cookie) && [Osano.cm.getConsent().MARKETING === 'ACCEPT'];
