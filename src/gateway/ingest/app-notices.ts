import type { AppNotice } from '../../ingest/webhooks/webhook.ts';
import type { Logger } from '../../logger.ts';
import { apiVersion } from '../../shopify-app/app-versions.ts';

/** Creates the log of what Shopify reports about operators' apps. */
export function createAppNoticeLog(logger: Pick<Logger, 'warn'>): (site: string, notice: AppNotice) => void {
  const outdated = new Set<string>();
  return (site, notice) => {
    if (notice.kind === 'uninstalled')
      logger.warn({ site, fix: 'Install the app again, or remove `shopify` from the site.' }, 'shopify app uninstalled');
    if (notice.kind === 'shop-redact')
      logger.warn({ site, fix: "Erase the site's data if the shop is closed." }, 'shop data to be erased');
    if (notice.kind === 'scopes') logger.warn({ site, scopes: notice.scopes }, 'shopify app scopes changed');
    if (notice.kind !== 'delivered' || notice.apiVersion === undefined || notice.apiVersion >= apiVersion) return;
    if (outdated.has(site)) return;
    outdated.add(site);
    const fix = 'Write the folder again with `convey shopify app`, and deploy it.';
    logger.warn({ site, version: notice.apiVersion, asked: apiVersion, fix }, 'shopify webhooks of an older version');
  };
}
