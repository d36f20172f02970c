import type { UnixMs } from '../event/units.ts';
import type { Logger } from '../logger.ts';
import type { IngestMetrics } from './accept/ingest-deps.ts';
import { createRateLimiter } from './http/rate-limit.ts';

/** The rate of log lines about rejected events, per site. A stranger can send such events. */
const logRate = { perSecond: 1, burst: 20 };

/** Returns metrics that also log each rejected event with its fields and codes, never with a value. */
export function addRejectionLog(metrics: IngestMetrics, now: () => UnixMs, logger: Logger): IngestMetrics {
  const limitLog = createRateLimiter(logRate, now);
  return {
    countReceived: metrics.countReceived,
    countRefused: metrics.countRefused,
    countResults(site, reporter, result) {
      metrics.countResults(site, reporter, result);
      for (const { id, issues } of result.rejected) {
        if (limitLog(site) !== undefined) return;
        const why = issues.map(({ field, code }) => `${field} ${code}`.trim());
        logger.warn({ site, reporter, ...(id !== null && { event: id }), why }, 'event rejected');
      }
    },
  };
}
