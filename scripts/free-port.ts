import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const portsPerWorker = 1_000;
const maxWorkers = 12;
/** The lowest port that the system selects on Linux by default. Other systems begin higher. */
const usualLimit = 32_768;

const firstPort = findLimit() - (1 + (Number(process.env.VITEST_POOL_ID ?? 0) % maxWorkers)) * portsPerWorker;
// Test runs on one machine begin at different ports.
let next = randomInt(portsPerWorker);

/**
 * Returns a port that no server uses now. No other server gets it before the caller listens on it: the system selects higher ports, and
 * each worker of a test run has its own.
 * @throws if all ports of the worker are in use
 */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < portsPerWorker; tries += 1) {
    const port = firstPort + next;
    next = (next + 1) % portsPerWorker;
    if (await isFree(port)) return port;
  }
  throw new Error(`the ports from ${firstPort} to ${firstPort + portsPerWorker - 1} are in use`);
}

/** Returns the lowest port that the system selects for `listen(0)` and for outgoing connections, if it leaves room below. */
function findLimit(): number {
  let limit = usualLimit;
  try {
    limit = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    // Not Linux.
  }
  return limit > (maxWorkers + 1) * portsPerWorker ? limit : usualLimit;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await once(probe.listen(port, '127.0.0.1'), 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
