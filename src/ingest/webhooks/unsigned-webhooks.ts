import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import { createRateLimiter } from '../http/rate-limit.ts';

/** The rate of log lines about refused webhooks, per site. A stranger can send such webhooks. */
const logRate = { perSecond: 1 / 60, burst: 5 };

/** Creates a log of refused webhooks that also remembers the time of each site's last one. */
export function createUnsignedWebhookLog(now: () => UnixMs, logger: Logger) {
  const limitLog = createRateLimiter(logRate, now);
  const refusedAt = new Map<string, UnixMs>();
  return {
    /** @param hook absent for a webhook of the shop system */
    refused(site: string, hasSecret: boolean, hook?: string): void {
      const sender = getKey(site, hook);
      refusedAt.set(sender, now());
      if (limitLog(sender) === undefined)
        logger.warn(
          { site, ...(hook !== undefined && { hook }), hasSecret },
          'webhook refused: not signed with a secret of its site',
        );
    },
    refusedAt: (site: string, hook?: string) => refusedAt.get(getKey(site, hook)),
    mismatch(site: string, topic: string): void {
      if (limitLog(`${site} mismatch`) === undefined)
        logger.warn({ site, topic }, 'webhook ignored: its body does not fit its topic');
    },
  };
}

/** Site and hook ids never contain `/`. */
function getKey(site: string, hook: string | undefined): string {
  return hook === undefined ? site : `${site}/${hook}`;
}
