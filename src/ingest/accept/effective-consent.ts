import {
  type Consent,
  type ConsentPolicy,
  type ConsentSource,
  consentUses,
  requiresConsent,
  type StatedConsent,
  type UseChoices,
} from '../../event/consent.ts';
import type { ReportSource } from '../../event/event.ts';

/** `unreadable`: a value was sent that cannot be read. It may be a denial. */
export type ConsentValue = 'granted' | 'denied' | 'unreadable';

/** The consent statement of an event, as it was sent. */
export interface ConsentInput {
  readonly adStorage?: ConsentValue;
  readonly adUserData?: ConsentValue;
  readonly adPersonalization?: ConsentValue;
  readonly source?: ConsentSource;
  /** Whether the shopper chose it; `false` is a tool's default. */
  readonly explicit?: boolean;
  /** The version of the consent banner, as the page names it. It is counted and not stored. */
  readonly version?: string;
}

interface Circumstances {
  readonly policy: ConsentPolicy;
  readonly reporter: ReportSource;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string;
  /** Whether the browser sent `Sec-GPC: 1`. */
  readonly gpc: boolean;
}

/** Returns the effective consent of a statement, with the choices about single uses. A denied event has no uses. */
export function resolveConsent(statement: ConsentInput, circumstances: Circumstances): Consent {
  const consent = resolveAdStorage(statement, circumstances);
  return consent.effective === 'denied' ? consent : { ...consent, ...readUses(statement) };
}

/** Returns the choices about single uses. A grant that is only a tool's default is no choice; a denial always counts. */
function readUses(statement: ConsentInput): UseChoices {
  const choices: { -readonly [Use in keyof UseChoices]: UseChoices[Use] } = {};
  for (const use of consentUses) {
    const value = statement[use];
    if (value === undefined || (value === 'granted' && statement.explicit === false)) continue;
    choices[use] = value === 'granted' ? 'granted' : 'denied';
  }
  return choices;
}

/**
 * Returns the effective consent to advertising storage.
 *
 * - A grant that is only a tool's default counts as unknown.
 * - A browser's denial that is only a default, and an unreadable statement, count as unknown, and as denied under every policy. A choice of
 * the shopper in another report takes precedence.
 * - GPC denies unless the shopper explicitly granted.
 * - Unknown consent that counts as denied is `denied` from a browser, and `pending` from other sources: the browser's report may state it.
 */
function resolveAdStorage(statement: ConsentInput, circumstances: Circumstances): Consent {
  const source = statement.source && { source: statement.source };
  const isDefault = statement.explicit === false && (statement.adStorage === 'granted' || circumstances.reporter === 'browser');
  const isChoice =
    statement.adStorage === 'denied' ? !isDefault : statement.adStorage === 'granted' && statement.explicit === true;
  if (circumstances.gpc && !isChoice) {
    return { stated: 'denied', effective: 'denied', source: 'gpc' };
  }
  const stated: StatedConsent =
    isDefault || statement.adStorage === 'unreadable' || statement.adStorage === undefined ? 'unknown' : statement.adStorage;
  if (stated !== 'unknown') return { stated, effective: stated, ...source };
  const isDoubtful = statement.adStorage === 'unreadable' || statement.adStorage === 'denied';
  if (!isDoubtful && !requiresConsent(circumstances.policy, circumstances.country))
    return { stated, effective: 'granted', ...source };
  return { stated, effective: circumstances.reporter === 'browser' ? 'denied' : 'pending', ...source };
}
