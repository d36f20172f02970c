import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import { createRateLimiter } from '../http/rate-limit.ts';

/** Of webhooks that were refused, per site: anybody can send them. */
const unsignedWarnings = { perSecond: 1 / 60, burst: 5 };

/** Says in the log that webhooks were refused, and remembers when a site's last one was. */
export function createUnsignedWebhookLog(now: () => UnixMs, logger: Logger) {
  const isTooMuch = createRateLimiter(unsignedWarnings, now);
  const refusedAt = new Map<string, UnixMs>();
  return {
    refused(site: string, hasSecret: boolean): void {
      refusedAt.set(site, now());
      if (isTooMuch(site) === undefined)
        logger.warn({ site, hasSecret }, 'a webhook was refused: it is not signed with a secret of its site');
    },
    refusedAt: (site: string) => refusedAt.get(site),
    mismatch(site: string, topic: string): void {
      if (isTooMuch(`${site} mismatch`) === undefined)
        logger.warn({ site, topic }, 'webhook ignored: its body does not fit its topic, which is not signed');
    },
  };
}
