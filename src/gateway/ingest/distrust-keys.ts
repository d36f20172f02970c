import type { Sha256 } from '../../event/event.ts';
import { secondMs } from '../../event/units.ts';
import { describeError } from '../../logger.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import type { GatewayContext } from '../gateway-context.ts';

/** A page may repeat its requests without end. */
const retryAfterMs = 5 * secondMs;

/**
 * Creates the function that distrusts a secret key that a page has used, for every gateway. If it cannot be stored, a later request of the page
 * tries again.
 */
export function createKeyDistrust(
  { trust }: Pick<SiteRegistry, 'trust'>,
  { clock, logger }: Pick<GatewayContext, 'clock' | 'logger'>,
): (site: string, key: Sha256) => void {
  const triedAt = new Map<string, number>();
  return (site, key) => {
    const id = `${site} ${key}`;
    const now = clock.monotonic();
    if (now - (triedAt.get(id) ?? Number.NEGATIVE_INFINITY) < retryAfterMs) return;
    triedAt.set(id, now);
    trust.distrust(site, key).then(
      (isNew) => {
        triedAt.delete(id);
        if (isNew) logger.warn({ site, fix: 'Remove the key from the page, and replace it.' }, 'secret key used in a page');
      },
      (error: unknown) => logger.error({ site, error: describeError(error) }, 'secret key not distrusted'),
    );
  };
}
