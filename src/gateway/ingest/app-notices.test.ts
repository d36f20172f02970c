import { expect, test, vi } from 'vitest';
import { createAppNoticeLog } from './app-notices.ts';

test('the log has an uninstall, and once for each site a webhook of an older version than the app asks for', () => {
  const warn = vi.fn();
  const log = createAppNoticeLog({ warn });
  const deliver = (site: string, apiVersion: string) => log(site, { kind: 'delivered', topic: 'orders/create', apiVersion });
  deliver('shop', '2026-10');
  deliver('shop', '2027-01');
  expect(warn).not.toHaveBeenCalled();
  deliver('shop', '2026-07');
  deliver('shop', '2026-07');
  deliver('other', '2026-07');
  log('shop', { kind: 'uninstalled' });
  expect(warn.mock.calls.map(([{ site }, event]) => `${site}: ${event}`)).toEqual([
    'shop: shopify webhooks of an older version',
    'other: shopify webhooks of an older version',
    'shop: shopify app uninstalled',
  ]);
});
