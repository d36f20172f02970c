import { type Clock, sleep, systemClock } from '../clock/clock.ts';
import type { Config } from '../config/config.ts';
import type { Finding } from '../doctor/finding.ts';
import { secondMs } from '../event/units.ts';
import { type StoreNode, takeoverMs } from '../storage/store/nodes.ts';

const lookEveryMs = secondMs;

/** Returns the nodes that run on the database. Rejects if it cannot be used, which another check reports. */
type ReadNodes = (url: string) => Promise<readonly StoreNode[]>;

const readRunningNodes: ReadNodes = async (url) => (await import('../storage/open-postgres.ts')).listRunningNodes(url);

/**
 * Checks that a gateway delivers, unless this one will when it starts. If none does, waits as long as a takeover or a restart may take.
 * @param isRunning whether a gateway runs on the data folder
 */
export async function* checkDelivery(
  { store, roles }: Pick<Config, 'store' | 'roles'>,
  isRunning: boolean,
  readNodes: ReadNodes = readRunningNodes,
  clock: Clock = systemClock,
): AsyncGenerator<Finding> {
  if (store === undefined || (roles.includes('deliver') && !isRunning)) return;
  const isDelivered = async () => (await readNodes(store)).some((node) => node.roles.includes('deliver'));
  try {
    for (const until = clock.monotonic() + takeoverMs; clock.monotonic() < until; await sleep(clock, lookEveryMs))
      if (await isDelivered()) return;
  } catch {
    return;
  }
  const says =
    'No gateway with the role `deliver` runs. Events wait and are kept. Start a gateway with `deliver` in `roles`, or see why it stopped in its log';
  yield { level: 'problem', subject: 'roles', says };
}
