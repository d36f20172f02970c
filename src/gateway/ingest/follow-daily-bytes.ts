import { runPeriodically } from '../../clock/run-periodically.ts';
import { minuteMs } from '../../event/units.ts';
import type { DailyBytes } from '../../ingest/limits/daily-bytes.ts';
import { describeError } from '../../logger.ts';
import { chunk } from '../../storage/paginate.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { GatewayContext } from '../gateway-context.ts';

interface DailyBytesDeps {
  readonly dailyBytes: Pick<DailyBytes, 'raise'>;
  readonly store: Pick<Store, 'getBrowserUsage'>;
  readonly sites: () => readonly { readonly id: string }[];
  /** Whether other processes accept events of the same sites. */
  readonly isShared: boolean;
}

/** The number of sites whose use is read at the same time. The port opens after the first round. */
const atOnce = 16;

/** Reads the bytes that browsers have used today, as of the last start, and each minute those of other processes. */
export async function followDailyBytes(
  { clock, logger, onShutdown }: Pick<GatewayContext, 'clock' | 'logger' | 'onShutdown'>,
  { dailyBytes, store, sites, isShared }: DailyBytesDeps,
): Promise<void> {
  const round = async () => {
    for (const some of chunk(sites(), atOnce)) {
      const uses = await Promise.all(some.map(async ({ id }) => ({ id, use: await store.getBrowserUsage(id) })));
      for (const { id, use } of uses) if (use) dailyBytes.raise(id, use.day, use.bytes);
    }
  };
  const onFault = (error: unknown, isRepeated = false) => {
    if (!isRepeated) logger.warn({ error: describeError(error) }, 'browser budget not read');
  };
  await round().catch(onFault);
  if (!isShared) return;
  const rounds = runPeriodically({ clock, firstAfterMs: minuteMs, everyMs: minuteMs, round, onFault });
  onShutdown(() => rounds.stop());
}
