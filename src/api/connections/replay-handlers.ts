import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/ports/store.ts';
import { groupDeadLetters, listOffsetsOfReason } from '../events/dead-letter-groups.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import type { RouteResponse } from '../http/route.ts';
import { withSite } from '../http/with-site.ts';
import type { connectionRoutes } from './routes.ts';

/** The number of events by verdict on sending them again. */
export type Verdicts = { readonly [V in keyof typeof verdictTexts]?: number };

/** The operator's commands to send events of a running connection again. */
export interface ReplayControls {
  replay(period: { readonly since: UnixMs; readonly until: UnixMs; readonly again: boolean }): Promise<number | 'running'>;
  endReplay(): Promise<boolean>;
  resend(offsets: readonly Offset[], again: boolean): Promise<Verdicts>;
  retryDeadLetters(which: readonly Offset[] | 'all'): Promise<Verdicts>;
  dropDeadLetters(which: readonly Offset[] | 'all'): Promise<number>;
}

export interface ReplayDeps {
  readonly sites: () => readonly Site[];
  readonly store: Pick<Store, 'findEvents' | 'groupDeadLetters' | 'findDeadLetterOffsets' | 'listExpiredRanges'>;
  readonly control: (site: string, connection: string) => { readonly replays: ReplayControls } | undefined;
}

type ReplayRoutes = Pick<
  typeof connectionRoutes,
  | 'POST /api/sites/:site/connections/:connection/replay'
  | 'DELETE /api/sites/:site/connections/:connection/replay'
  | 'GET /api/sites/:site/connections/:connection/dead-letters/groups'
  | 'POST /api/sites/:site/connections/:connection/dead-letters/retry'
  | 'POST /api/sites/:site/connections/:connection/dead-letters/drop'
>;

export function createReplayHandlers({ sites, store, control }: ReplayDeps): RouteHandlers<ReplayRoutes> {
  const forSite = withSite(sites);
  return {
    'POST /api/sites/:site/connections/:connection/replay': forSite(async ({ id }, { connection }, body) => {
      const controls = control(id, connection);
      if (!controls) return new ApiErrorResult('no-such-connection');
      const { since = 0, until = 0, eventId, again = false } = body;
      if (eventId !== undefined) {
        const offsets = await store.findEvents(id, eventId);
        return offsets.length === 0
          ? new ApiErrorResult('no-such-event')
          : toResponse(await controls.replays.resend(offsets, again));
      }
      const reports = await controls.replays.replay({ since, until, again });
      if (reports === 'running') return new ApiErrorResult('replay-running');
      return { says: `${formatStart(reports)} ${again ? alsoDelivered : withoutDelivered}`, events: reports };
    }),

    'DELETE /api/sites/:site/connections/:connection/replay': forSite(async ({ id }, { connection }) => {
      const controls = control(id, connection);
      if (!controls) return new ApiErrorResult('no-such-connection');
      const wasRunning = await controls.replays.endReplay();
      return {
        says: wasRunning ? 'Replay stopped. Events that are already queued will still be sent.' : 'No replay is running.',
        events: 0,
      };
    }),

    'GET /api/sites/:site/connections/:connection/dead-letters/groups': forSite(async ({ id, connections }, { connection }) =>
      connections.some((one) => one.id === connection)
        ? groupDeadLetters(id, connection, store)
        : new ApiErrorResult('no-such-connection'),
    ),

    'POST /api/sites/:site/connections/:connection/dead-letters/retry': forSite(async ({ id }, { connection }, chosen) => {
      const controls = control(id, connection);
      if (!controls) return new ApiErrorResult('no-such-connection');
      const { offsets, reason } = chosen;
      if (!reason) return toResponse(await controls.replays.retryDeadLetters(offsets ?? 'all'));
      const verdicts: Verdicts[] = [];
      for await (const page of listOffsetsOfReason(id, connection, reason, store))
        verdicts.push(await controls.replays.retryDeadLetters(page));
      return toResponse(...verdicts);
    }),

    'POST /api/sites/:site/connections/:connection/dead-letters/drop': forSite(async ({ id }, { connection }, chosen) => {
      const controls = control(id, connection);
      if (!controls) return new ApiErrorResult('no-such-connection');
      const { offsets, reason } = chosen;
      let events = 0;
      if (reason)
        for await (const page of listOffsetsOfReason(id, connection, reason, store))
          events += await controls.replays.dropDeadLetters(page);
      else events = await controls.replays.dropDeadLetters(offsets ?? 'all');
      if (events === 0) return { says: noLetters, events };
      return { says: `${formatEvents(events)} dropped.`, events };
    }),
  };
}

const formatStart = (reports: number) =>
  reports === 1 ? 'Replaying 1 report.' : `Replaying ${reports} reports, the oldest first.`;
const withoutDelivered = 'Delivered events are omitted.';
const alsoDelivered = 'Delivered events are sent again.';
const noLetters = 'There is no such failed event.';

function formatEvents(events: number): string {
  return events === 1 ? '1 event' : `${events} events`;
}

/** The meaning of each verdict, after a number of events. */
const verdictTexts = {
  eligible: 'will be sent.',
  waiting: 'will be sent anyway: not delivered yet.',
  'awaiting-verdict': 'will not be sent: the platform received them and gives its verdict later.',
  delivered: 'will not be sent: already delivered. Set `again` to send anyway.',
  skipped: 'will not be sent: would be skipped again. See the timeline for the reason.',
  'too-old': 'can no longer be sent: too old for the platform.',
  gone: 'can no longer be sent: the data was removed from the event log.',
  damaged: 'can no longer be sent: the record is damaged on disk.',
} as const;

function toResponse(
  ...parts: readonly Verdicts[]
): RouteResponse<ReplayRoutes['POST /api/sites/:site/connections/:connection/dead-letters/retry']> {
  const verdicts: Partial<Record<keyof Verdicts, number>> = {};
  for (const verdict of replayVerdicts)
    for (const part of parts) verdicts[verdict] = (verdicts[verdict] ?? 0) + (part[verdict] ?? 0);
  return { says: describeVerdicts(verdicts), events: verdicts.eligible ?? 0 };
}

const replayVerdicts = ['eligible', 'waiting', 'awaiting-verdict', 'delivered', 'skipped', 'too-old', 'gone', 'damaged'] as const;

/** Returns what will become of the events of a request, as sentences. */
export function describeVerdicts(verdicts: Verdicts): string {
  const sentences = replayVerdicts.flatMap((verdict) => {
    const count = verdicts[verdict] ?? 0;
    return count > 0 ? [`${formatEvents(count)} ${verdictTexts[verdict]}`] : [];
  });
  return sentences.join(' ') || noLetters;
}
