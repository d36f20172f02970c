import { ChangeNotAppliedError } from '../../sites/running-sites.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';

/**
 * Has the collector accept late purchases by the accounts that connections have now. The next refresh applies what could not be applied, so
 * the request goes on.
 */
export async function refreshLateAccounts(registry: Pick<SiteRegistry, 'refreshLateAccounts'>): Promise<void> {
  await registry.refreshLateAccounts().catch((error: unknown) => {
    if (!(error instanceof ChangeNotAppliedError)) throw error;
  });
}
