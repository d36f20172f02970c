import { hash } from 'node:crypto';
import { dayMs, type UnixMs } from '../../event/units.ts';

/** The oldest entries are removed beyond this many. */
const maxEntries = 10_000;

/** Remembers for 24 hours as which kind each signed body was processed, by a digest. */
export function createSeenBodyKinds(now: () => UnixMs) {
  const seen = new Map<string, { readonly kind: string; readonly at: UnixMs }>();
  return {
    /** Whether the site sent the same bytes before as another kind. The first kind is kept. */
    isOtherKind(site: string, body: Uint8Array, kind: string): boolean {
      const key = `${site} ${hash('sha256', body, 'base64url')}`;
      const known = seen.get(key);
      if (known && now() - known.at < dayMs) return known.kind !== kind;
      seen.delete(key);
      seen.set(key, { kind, at: now() });
      const [oldest] = seen.keys();
      if (seen.size > maxEntries && oldest !== undefined) seen.delete(oldest);
      return false;
    },
  };
}
