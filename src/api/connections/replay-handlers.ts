import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { HandlersOf } from '../http/handler.ts';
import type { RouteResponse } from '../http/route.ts';
import { withSite } from '../http/with-site.ts';
import type { connectionRoutes } from './routes.ts';

/** How many events came to each verdict when they were asked for again. */
type Verdicts = { readonly [V in keyof typeof told]?: number };

/** What an operator can have a running connection send again. */
export interface ReplayControls {
  replay(period: { readonly since: UnixMs; readonly until: UnixMs; readonly again: boolean }): Promise<number | 'running'>;
  endReplay(): Promise<boolean>;
  resend(offsets: readonly Offset[], again: boolean): Promise<Verdicts>;
  retryDeadLetters(which: readonly Offset[] | 'all'): Promise<Verdicts>;
  dropDeadLetters(which: readonly Offset[] | 'all'): Promise<number>;
}

export interface ReplayDeps {
  readonly sites: () => readonly Site[];
  readonly store: Pick<Store, 'findEvents'>;
  readonly control: (site: string, connection: string) => { readonly again: ReplayControls } | undefined;
}

type ReplayRoutes = Pick<
  typeof connectionRoutes,
  | 'POST /api/sites/:site/connections/:connection/replay'
  | 'DELETE /api/sites/:site/connections/:connection/replay'
  | 'POST /api/sites/:site/connections/:connection/dead-letters/retry'
  | 'POST /api/sites/:site/connections/:connection/dead-letters/drop'
>;

/** Replays and dead letters. */
export function createReplayHandlers({ sites, store, control }: ReplayDeps): HandlersOf<ReplayRoutes> {
  const forSite = withSite(sites);
  return {
    'POST /api/sites/:site/connections/:connection/replay': forSite(async ({ id }, { connection }, asked) => {
      const pump = control(id, connection);
      if (!pump) return new ApiErrorResult('no-such-connection');
      const { since = 0, until = 0, eventId, again = false } = asked;
      if (eventId !== undefined) {
        const firsts = await store.findEvents(id, eventId);
        return firsts.length === 0 ? new ApiErrorResult('no-such-event') : answerOf(await pump.again.resend(firsts, again));
      }
      const reports = await pump.again.replay({ since, until, again });
      if (reports === 'running') return new ApiErrorResult('replay-running');
      return { says: `${through(reports)} ${again ? alsoDelivered : withoutDelivered}`, events: reports };
    }),

    'DELETE /api/sites/:site/connections/:connection/replay': forSite(async ({ id }, { connection }) => {
      const pump = control(id, connection);
      if (!pump) return new ApiErrorResult('no-such-connection');
      const ran = await pump.again.endReplay();
      return {
        says: ran ? 'The replay ends where it is. What it has put up is sent all the same.' : 'No replay runs.',
        events: 0,
      };
    }),

    'POST /api/sites/:site/connections/:connection/dead-letters/retry': forSite(async ({ id }, { connection }, { offsets }) => {
      const pump = control(id, connection);
      if (!pump) return new ApiErrorResult('no-such-connection');
      return answerOf(await pump.again.retryDeadLetters(offsets ?? 'all'));
    }),

    'POST /api/sites/:site/connections/:connection/dead-letters/drop': forSite(async ({ id }, { connection }, { offsets }) => {
      const pump = control(id, connection);
      if (!pump) return new ApiErrorResult('no-such-connection');
      const events = await pump.again.dropDeadLetters(offsets ?? 'all');
      if (events === 0) return { says: noLetters, events };
      return { says: `${counted(events)} ${events === 1 ? 'is no dead letter' : 'are no dead letters'} any more.`, events };
    }),
  };
}

const through = (reports: number) =>
  reports === 1
    ? 'One report was received then.'
    : `${reports} reports were received then; they are gone through from the oldest on.`;
const withoutDelivered = 'What was delivered already is passed over.';
const alsoDelivered = 'What was delivered already is sent again.';
const noLetters = 'There is no such dead letter.';

function counted(events: number): string {
  return events === 1 ? 'One event' : `${events} events`;
}

/** What each verdict means, of so many events. */
const told = {
  up: 'will be sent.',
  waiting: 'will be sent anyhow: not delivered yet.',
  delivered: 'will not: delivered already. Ask with `again` to send it all the same.',
  skipped: 'will not: it would be skipped again, for the reason in its timeline.',
  'too-old': 'cannot be sent any more: too old for the platform.',
  gone: 'cannot be sent any more: the body is in the log no longer.',
  damaged: 'cannot be sent any more: the disk damaged the record.',
} as const;

function answerOf(verdicts: Verdicts): RouteResponse<ReplayRoutes[keyof ReplayRoutes]> {
  const events = new Map(Object.entries(verdicts));
  const sentences = Object.entries(told).flatMap(([verdict, what]) => {
    const some = events.get(verdict) ?? 0;
    return some > 0 ? [`${counted(some)} ${what}`] : [];
  });
  return { says: sentences.join(' ') || noLetters, events: verdicts.up ?? 0 };
}
