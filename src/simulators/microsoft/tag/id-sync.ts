import type { Parameters } from './parse-beacon.ts';

/** One `GET /c.gif`: the browser tells Microsoft which visitor of the advertiser it is. */
export interface IdSync {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Microsoft's customer id, out of `Red3`. */
  readonly customerId: string | null;
  /** What the events carry as `anonymousId`. */
  readonly vid: string | null;
  /** What the events carry as `externalId`. */
  readonly uid: string | null;
  /** What it lacks, or `null`. */
  readonly problem: string | null;
}

/**
 * The page names the parameters `VID` and `UID`, its sample address has them small; that either is taken is an assumption.
 *
 * @source https://learn.microsoft.com/en-us/advertising/guides/uet-conversion-api-integration (2026-08-04)
 */
export function readIdSync(parameters: Parameters): Omit<IdSync, 'id' | 'at'> {
  const small = new Map(Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value]));
  const given = (name: string): string | null => small.get(name) || null;
  const customerId = /^BACID_(\d{1,20})$/i.exec(given('red3') ?? '')?.[1] ?? null;
  const vid = given('vid');
  const problem =
    customerId === null
      ? 'Red3 is not BACID_ and a customer id, so Microsoft could not tell whose visitor this is.'
      : vid === null
        ? 'It has no vid, so no event could be joined to this browser.'
        : null;
  return { customerId, vid, uid: given('uid'), problem };
}

/** A transparent GIF of one pixel. */
export const onePixel: Uint8Array = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
