import { dayMs, type UnixMs } from '../event/units.ts';
import type { ReportedSpool, SpoolStore } from '../storage/ports/spools.ts';

/** Each process reports its spool once a second. */
const waitMs = 5_000;
const pollMs = 250;
/** Spooled events expire after 8 days, by the clock of the site's last sweep, which is up to a day old. */
const forgetMs = 9 * dayMs;

/**
 * Returns the machines whose spool may have held events after the scan that were accepted before it. Waits for their reports. Never throws:
 * the recipients can only be reported now, and an error would lose them.
 * @param known the spools before the scan. One that was signed off since may have been forwarded after the scan.
 */
export async function listOpenSpools(
  spools: Pick<SpoolStore, 'listSpools' | 'listOpenSpools'>,
  scannedAt: UnixMs,
  known: readonly ReportedSpool[],
): Promise<readonly string[]> {
  const listHosts = async () => {
    const open = await spools.listOpenSpools(scannedAt, forgetMs);
    const left = new Set((await spools.listSpools()).map(({ node }) => node));
    return [...new Set([...open, ...known.filter(({ node }) => !left.has(node)).map(({ host }) => host)])];
  };
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const hosts = await listHosts().catch(() => [...new Set(known.map(({ host }) => host))]);
    if (hosts.length === 0 || waitedMs >= waitMs) return hosts;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
