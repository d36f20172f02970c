import { type Clock, sleep, systemClock } from '../clock/clock.ts';
import type { Config } from '../config/config.ts';
import type { Finding } from '../doctor/finding.ts';
import { secondMs } from '../event/units.ts';
import { type StoreNode, takeoverMs } from '../storage/ports/nodes.ts';

const lookEveryMs = secondMs;

/** Reads the nodes that run on the database. `list` rejects if it cannot be used, which another check reports. */
interface NodeReader {
  list(): Promise<readonly StoreNode[]>;
  close(): Promise<void>;
}

const openReader = async (url: string): Promise<NodeReader> => (await import('../storage/open-postgres.ts')).openNodeReader(url);

/**
 * Checks that a gateway delivers, unless this one will when it starts. If none does, waits as long as a takeover or a restart may take.
 * @param isRunning whether a gateway runs on the data folder
 */
export async function* checkDelivery(
  { store, roles }: Pick<Config, 'store' | 'roles'>,
  isRunning: boolean,
  open: (url: string) => Promise<NodeReader> = openReader,
  clock: Clock = systemClock,
): AsyncGenerator<Finding> {
  if (store === undefined || (roles.includes('deliver') && !isRunning)) return;
  const reader = await open(store);
  const isDelivered = async () => (await reader.list()).some((node) => node.roles.includes('deliver'));
  try {
    if (await isDelivered()) return;
    yield { level: 'ok', subject: 'roles', says: `Waiting up to ${takeoverMs / secondMs} s for a gateway that delivers` };
    for (const until = clock.monotonic() + takeoverMs; clock.monotonic() < until; ) {
      await sleep(clock, lookEveryMs);
      if (await isDelivered()) return;
    }
  } catch {
    return;
  } finally {
    await reader.close();
  }
  const says =
    'No gateway with the role `deliver` runs. Events wait. Start a gateway with `deliver` in `roles`, or see why it stopped in its log';
  // Before the first start of a collector, the others may not run yet.
  yield { level: isRunning ? 'problem' : 'warning', subject: 'roles', says };
}
