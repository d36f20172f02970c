import type { UnixMs } from '../../event/units.ts';
import type { Logger } from '../../logger.ts';
import { createPeerNetworkReader } from './client-info.ts';
import type { PerNetworkLimit } from './http-server.ts';
import { createRateLimiter } from './rate-limit.ts';

/** Of connections that were closed because their address had too many: anybody can open them. */
const crowdLines = { perSecond: 1 / 60, burst: 1 };

/** How many connections a network may have, and a line in the log where one has more. */
export function limitConnectionsPerNetwork(
  {
    listener,
    connectionsPerAddress,
    trustedProxies,
  }: { listener: 'collector' | 'dashboard'; connectionsPerAddress: number; trustedProxies: readonly string[] },
  now: () => UnixMs,
  logger: Logger,
): PerNetworkLimit {
  const isTooMuch = createRateLimiter(crowdLines, now);
  return {
    most: connectionsPerAddress,
    of: createPeerNetworkReader(trustedProxies),
    onCrowd: (network) => {
      if (isTooMuch('') === undefined)
        logger.warn(
          { listener, connectionsPerAddress, network },
          'connections of one address were closed: it had as many as it may. If it is your proxy, add it to collector.trustedProxies',
        );
    },
  };
}
