import { runPeriodically, type WatchClock } from '../../clock/run-periodically.ts';
import { secondMs } from '../../event/units.ts';
import { sha256 } from '../../identity/hashing.ts';
import { describeError, type Logger } from '../../logger.ts';
import type { PageSessionStore } from '../../storage/ports/page-sessions.ts';
import { newPageToken, type OpenPages, type PageSessions, sessionMs, tokenMs } from '../ingest/page-sessions.ts';

interface SharedPageSessionsDeps {
  readonly store: PageSessionStore;
  readonly clock: WatchClock;
  readonly logger: Pick<Logger, 'warn'>;
}

/** A page is opened through one gateway, and its requests reach any. */
const everyMs = 5 * secondMs;

/** Starts to read which sites have open pages. All processes on the store know the tokens, whose hashes alone are stored. */
export function startSharedPageSessions({
  store,
  clock,
  logger,
}: SharedPageSessionsDeps): PageSessions & { stop(): Promise<void> } {
  let open: OpenPages = new Map();
  const refresh = async () => {
    open = new Map((await store.listPageSessions(clock.now())).map(({ site, endsAt }) => [site, endsAt]));
  };
  const rounds = runPeriodically({
    clock,
    firstAfterMs: everyMs,
    everyMs,
    round: refresh,
    onFault(error, isRepeated) {
      if (!isRepeated) logger.warn({ error: describeError(error) }, 'page sessions not read');
    },
  });
  return {
    async open(site) {
      const [token, now] = [newPageToken(), clock.now()];
      const endsAt = now + tokenMs;
      await store.addPageSession({ site, token: sha256(token), endsAt }, now);
      await refresh();
      return { token, endsAt };
    },
    async take(site, credential, events) {
      const [token = '', tab = ''] = credential.split('.');
      const now = clock.now();
      if (tab === '') return false;
      const isOpen = await store.usePageSession({ site, token: sha256(token), tab: sha256(tab), endsAt: now + sessionMs }, now);
      if (isOpen && events.length > 0) await store.putSeenEvents(site, events, now);
      return isOpen;
    },
    async list(site) {
      const now = clock.now();
      const endsAt = (await store.listPageSessions(now)).find((one) => one.site === site)?.endsAt;
      return { ...(endsAt !== undefined && { endsAt }), events: await store.listSeenEvents(site, now) };
    },
    isOpen: (site) => (open.get(site) ?? 0) > clock.now(),
    stop: () => rounds.stop(),
  };
}
