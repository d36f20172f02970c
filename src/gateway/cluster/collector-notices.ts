import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import {
  type CollectorNotice,
  type CollectorNoticeStore,
  type SiteNotices,
  toSiteNotices,
} from '../../storage/ports/collector-notices.ts';

export interface SharedNoticesDeps {
  readonly store: CollectorNoticeStore;
  /** The id of this process. */
  readonly node: string;
  /** Lists the notices of this process about a site. */
  readonly listOwn: (site: string) => readonly CollectorNotice[];
  readonly sites: () => readonly { readonly id: string }[];
  readonly clock: WatchClock;
  readonly logger: Logger;
}

const everyMs = 5 * secondMs;
/** A first notice is shown soon. A site with traffic costs one row a minute. */
const rewriteAfterMs = minuteMs;

/** Stores the notices of this process for the dashboards of the others. Returns a reader of the notices of all. */
export function startSharedNotices({ store, node, listOwn, sites, clock, logger }: SharedNoticesDeps): {
  read(site: string): Promise<SiteNotices>;
  stop(): Promise<void>;
} {
  let written: ReadonlyMap<string, { readonly lastAt: UnixMs; readonly at: UnixMs }> = new Map();
  const flush = async () => {
    const now = clock.now();
    const next = new Map<string, { readonly lastAt: UnixMs; readonly at: UnixMs }>();
    const due: CollectorNotice[] = [];
    for (const notice of sites().flatMap(({ id }) => listOwn(id))) {
      const key = [notice.site, notice.kind, notice.domain].join(' ');
      const before = written.get(key);
      const isDue = !before || (before.lastAt !== notice.lastAt && Math.abs(now - before.at) >= rewriteAfterMs);
      if (isDue) due.push(notice);
      next.set(key, isDue ? { lastAt: notice.lastAt, at: now } : before);
    }
    if (due.length > 0) await store.putNotices(node, due);
    written = next;
  };
  const flushes = runPeriodically({
    clock,
    firstAfterMs: everyMs,
    everyMs,
    round: flush,
    onFault(error, isRepeated) {
      if (!isRepeated) logger.warn({ error: describeError(error) }, 'collector notices not stored');
    },
  });
  return {
    async read(site) {
      return toSiteNotices(await store.listNotices(site));
    },
    stop: () => flushes.stop(),
  };
}
