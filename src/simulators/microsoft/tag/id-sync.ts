import type { Parameters } from '../../kit/tag/beacon.ts';

/** One `GET /c.gif`: the browser sends Microsoft the advertiser's id of its visitor. */
export interface IdSync {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Microsoft's customer id, from `Red3`. */
  readonly customerId: string | null;
  /** The events' `anonymousId`. */
  readonly vid: string | null;
  /** The events' `externalId`. */
  readonly uid: string | null;
  /** The missing part, or null. */
  readonly problem: string | null;
}

/**
 * Reads an ID sync. The guide names the parameters `VID` and `UID`, and its sample URL has them in lower case. Accepting both is an
 * assumption.
 *
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function readIdSync(parameters: Parameters): Omit<IdSync, 'id' | 'at'> {
  const byLowerCaseName = new Map(Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value]));
  const get = (name: string): string | null => byLowerCaseName.get(name) || null;
  const customerId = /^BACID_(\d{1,20})$/i.exec(get('red3') ?? '')?.[1] ?? null;
  const vid = get('vid');
  const problem =
    customerId === null
      ? 'Red3 is not BACID_ followed by a customer id, so Microsoft cannot assign the visitor to an advertiser.'
      : vid === null
        ? 'vid is missing, so no event can be joined to this browser.'
        : null;
  return { customerId, vid, uid: get('uid'), problem };
}
