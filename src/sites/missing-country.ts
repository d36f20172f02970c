import { requiresConsent } from '../event/consent.ts';
import type { Site } from '../event/site.ts';

/**
 * Explains that missing consent of a server's event counts as granted because of the default country, if the site does not state that it
 * should. Such a site was written before `consent.missingCountry` existed.
 */
export function explainImplicitGrant({ consent, defaultCountry }: Pick<Site, 'consent' | 'defaultCountry'>): string | undefined {
  const { policy, missingCountry } = consent;
  if (missingCountry !== undefined || defaultCountry === undefined) return undefined;
  if (!requiresConsent(policy, undefined) || requiresConsent(policy, defaultCountry)) return undefined;
  return `A server's event without a country counts as one from ${defaultCountry}, so its missing consent counts as granted. Set \`consent.missingCountry\` to \`unknown\` to let such events wait for consent, or to \`default-country\` to keep this`;
}
