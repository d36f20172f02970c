import type { ConsentSource } from '../event/consent.ts';
import type { ConsentStatement } from './commands.ts';

/** @source https://learn.microsoft.com/en-us/advertising/msa-help/hlp_ba_conc_uet_consent and hlp_ba_conc_uet_tcf (2026-06) */
export interface UetTag {
  push(...args: readonly unknown[]): void;
  readonly uetConfig?: {
    readonly consent?: { enabled?: boolean; adStorageAllowed?: boolean; adStorageUpdated?: boolean };
    readonly tcf?: { enabled?: boolean };
  };
}

/** Returns the consent in the UET tag's variable: in the tag's state, or in the calls that wait for the tag. */
export function readUetConsent(tag: UetTag | unknown[] | undefined): ConsentStatement | undefined {
  if (Array.isArray(tag)) return findConsent(tag.flat());
  const { enabled, adStorageAllowed, adStorageUpdated } = tag?.uetConfig?.consent ?? {};
  return enabled ? toStatement('uet', adStorageAllowed, adStorageUpdated) : undefined;
}

/** Returns the consent in a flat array, which holds the arguments of all calls in a row. */
function findConsent(args: readonly unknown[]): ConsentStatement | undefined {
  let last: ConsentStatement | undefined;
  args.forEach((word, at) => {
    const { ad_storage: adStorage } = Object(args[at + 2]);
    if (word === 'consent' && adStorage) last = toStatement('uet', adStorage === 'granted', args[at + 1] === 'update');
  });
  return last;
}

/** Returns the statement of a consent tool. `explicit` is false for its default. */
export function toStatement(source: ConsentSource, isGranted?: boolean, explicit = false): ConsentStatement {
  return { source, adStorage: isGranted ? 'granted' : 'denied', explicit };
}
