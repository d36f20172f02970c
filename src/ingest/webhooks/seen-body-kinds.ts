import { hash } from 'node:crypto';
import { dayMs, type UnixMs } from '../../event/units.ts';
import { BoundedMap } from '../http/bounded-map.ts';

const maxBodies = 10_000;

/** Creates a record of the kind that each signed body was processed as. It keeps a digest of each body for 24 hours. */
export function createSeenBodyKinds(now: () => UnixMs) {
  const seen = new BoundedMap<string, { readonly kind: string; readonly at: UnixMs }>(maxBodies);
  return {
    /** Returns whether the site sent the same bytes before as another kind. The first kind is kept. */
    isOtherKind(site: string, body: Uint8Array, kind: string): boolean {
      const key = `${site} ${hash('sha256', body, 'base64url')}`;
      const first = seen.get(key);
      if (first && now() - first.at < dayMs) return first.kind !== kind;
      seen.set(key, { kind, at: now() });
      return false;
    },
  };
}
