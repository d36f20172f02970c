import { expect, it } from 'vitest';
import { createLogger } from '../../logger.ts';
import { limitConnectionsPerNetwork } from './connection-limit.ts';

it('the log names the network whose connections were closed, at most once a minute', () => {
  const lines: { readonly network?: string }[] = [];
  const logger = createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) });
  let now = 1_795_514_400_000;
  const { onLimit } = limitConnectionsPerNetwork(
    { listener: 'collector', connectionsPerAddress: 100, trustedProxies: [] },
    () => now,
    logger,
  );
  for (const network of ['203.0.113.42', '198.51.100.7']) onLimit?.(network);
  now += 60_000;
  onLimit?.('198.51.100.7');
  expect(lines.map(({ network }) => network)).toEqual(['203.0.113.42', '198.51.100.7']);
});
