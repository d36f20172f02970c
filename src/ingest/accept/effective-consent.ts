import type { Consent, ConsentPolicy, ConsentSource, StatedConsent } from '../../event/consent.ts';
import type { Reporter } from '../../event/event.ts';

/**
 * The countries in which the `regional` policy counts unknown consent as denied: the EEA, the United Kingdom and Switzerland, and the parts
 * of the EU that have country codes of their own.
 */
const regionsThatAsk: ReadonlySet<string> = new Set([
  ...['AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IT', 'LT', 'LU', 'LV'],
  ...['MT', 'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK', 'IS', 'LI', 'NO', 'GB', 'CH'],
  ...['AX', 'GF', 'GP', 'MF', 'MQ', 'RE', 'YT'],
]);

/** The consent statement of an event, as it was sent. */
export interface ConsentInput {
  /** `unreadable`: a value was sent that cannot be read. It may be a denial. */
  readonly adStorage?: 'granted' | 'denied' | 'unreadable';
  readonly source?: ConsentSource;
  /** Whether the shopper chose it; `false` is a tool's default. */
  readonly explicit?: boolean;
}

interface Circumstances {
  readonly policy: ConsentPolicy;
  readonly reporter: Reporter;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  /** The browser sent `Sec-GPC: 1`. */
  readonly gpc: boolean;
}

function countsSilenceAsDenial({ policy, country }: Circumstances): boolean {
  switch (policy) {
    case 'strict':
      return true;
    case 'regional':
      return country === undefined || regionsThatAsk.has(country);
    case 'granted':
      return false;
  }
}

/**
 * Returns the effective consent of a statement.
 *
 * - A grant that is only a tool's default counts as unknown.
 * - A browser's denial that is only a default, and an unreadable statement, count as unknown, and as denied under every policy. A choice of
 * the shopper in another report takes precedence.
 * - GPC denies unless the shopper explicitly granted.
 * - Unknown consent that counts as denied is `denied` from a browser, and `pending` from other sources: the browser's report may state it.
 */
export function resolveConsent(given: ConsentInput, circumstances: Circumstances): Consent {
  const source = given.source && { source: given.source };
  const isDefault = given.explicit === false && (given.adStorage === 'granted' || circumstances.reporter === 'browser');
  const isChoice = given.adStorage === 'denied' ? !isDefault : given.adStorage === 'granted' && given.explicit === true;
  if (circumstances.gpc && !isChoice) {
    return { stated: 'denied', effective: 'denied', source: 'gpc' };
  }
  const stated: StatedConsent =
    isDefault || given.adStorage === 'unreadable' || given.adStorage === undefined ? 'unknown' : given.adStorage;
  if (stated !== 'unknown') return { stated, effective: stated, ...source };
  const isDoubtful = given.adStorage === 'unreadable' || given.adStorage === 'denied';
  if (!isDoubtful && !countsSilenceAsDenial(circumstances)) return { stated, effective: 'granted', ...source };
  return { stated, effective: circumstances.reporter === 'browser' ? 'denied' : 'pending', ...source };
}
