import { hash } from 'node:crypto';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { LimitTable } from '../limits/limit-table.ts';
import { type BodyKind, bodyKinds } from './shopify-topics.ts';

/** Creates a record of the kind that each signed body was processed as. It keeps a digest of each body for 24 hours. */
export function createSeenBodyKinds(now: () => UnixMs, seen: LimitTable) {
  return {
    /** Returns whether the site sent the same bytes before as another kind. The first kind is kept. */
    isOtherKind(site: string, body: Uint8Array, kind: BodyKind): boolean {
      const key = `${site} ${hash('sha256', body, 'base64url')}`;
      const value = bodyKinds.indexOf(kind);
      return seen.exclusively(() => {
        const first = seen.get(key);
        if (first && now() - first.at < dayMs) return first.value !== value;
        seen.set(key, value, now());
        return false;
      });
    },
  };
}
