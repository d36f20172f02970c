import type { NeverSentReason } from './skip-reasons.ts';

/**
 * Returns whether a report is stored without personal data, because nothing sends it. A rule may send an order from outside the
 * storefront.
 */
export function isStoredWithoutPerson({
  notSent,
  keys,
}: {
  readonly notSent?: NeverSentReason;
  readonly keys: readonly string[];
}): boolean {
  return notSent !== undefined && keys.length === 0;
}

/** Says why consent is no question for a report that is stored without personal data. */
export const consentDoesNotApply = 'Does not apply, because the report has no personal data.';
