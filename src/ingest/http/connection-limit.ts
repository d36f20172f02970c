import type { UnixMs } from '../../event/units.ts';
import { type OpenLimitTable, openOwnLimitTable } from '../limits/limit-table.ts';
import { createPeerNetworkReader } from './client-info.ts';
import type { PerNetworkLimit } from './http-server.ts';
import { createRateLimiter } from './rate-limit.ts';

/** The rate of log lines about closed connections. A stranger can open such connections. */
const logRate = { perSecond: 1 / 60, burst: 1 };

/** Creates the limit of connections per network. Logs that connections were closed. */
export function limitConnectionsPerNetwork(
  {
    listener,
    connectionsPerAddress,
    trustedProxies,
  }: { listener: 'collector' | 'dashboard'; connectionsPerAddress: number; trustedProxies: readonly string[] },
  now: () => UnixMs,
  logger: { warn(fields: object, event: string): void },
  openTable: OpenLimitTable = openOwnLimitTable,
): PerNetworkLimit {
  const limitLog = createRateLimiter(logRate, now, openTable('connectionLog'));
  return {
    open: openTable('connections'),
    max: connectionsPerAddress,
    getNetwork: createPeerNetworkReader(trustedProxies),
    onLimit: (network) => {
      if (limitLog('') === undefined)
        logger.warn(
          { listener, connectionsPerAddress, network, fix: 'If it is your proxy, add it to collector.trustedProxies.' },
          'connections closed: too many from one network',
        );
    },
  };
}
