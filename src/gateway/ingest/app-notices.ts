import type { AppNotice } from '../../ingest/webhooks/webhook.ts';
import type { Logger } from '../../logger.ts';

/** Creates the log of what Shopify reports about operators' apps. */
export function createAppNoticeLog(logger: Pick<Logger, 'warn'>): (site: string, notice: AppNotice) => void {
  return (site, notice) => {
    if (notice.kind === 'uninstalled')
      logger.warn({ site, fix: 'Install the app again, or remove `shopify` from the site.' }, 'shopify app uninstalled');
    if (notice.kind === 'shop-redact')
      logger.warn({ site, fix: "Erase the site's data if the shop is closed." }, 'shop data to be erased');
    if (notice.kind === 'scopes') logger.warn({ site, scopes: notice.scopes }, 'shopify app scopes changed');
  };
}
