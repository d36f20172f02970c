import type { Connection, Site } from '../../event/site.ts';
import type { PlatformSetup, SetupWarning } from '../kit/setup.ts';
import { findConversion } from './conversions.ts';
import { settings } from './settings.ts';

/** The setup of Google Ads. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/google-ads/google-ads-destination',
    credential: 'guides/google-ads/google-ads-connect',
    troubleshooting: 'guides/google-ads/google-ads-troubleshooting',
    clickIds: 'guides/google-ads/google-ads-clicks-and-consent',
  },
  examples: { connection: 'google', settings: { customerId: '123-456-7890' } },
  checkSite,
};

/** Warns of conversions that count too often: page views, and those that the tag should report too but does not. */
function checkSite({ tags }: Site, connections: readonly Connection[]): readonly SetupWarning[] {
  const hasTag = tags['google-ads'] !== undefined && tags['google-ads'].mode !== 'off';
  return connections.flatMap(({ id, settings: given }) => {
    const { conversions } = settings.safeParse(given).data ?? {};
    if (conversions === undefined) return [];
    const isWebsite = Object.values(conversions).some((text) => text.endsWith(' website'));
    const warnings: SetupWarning[] = [];
    if (findConversion('PageView', conversions) !== undefined)
      warnings.push({ subject: id, says: '`conversions` binds `PageView`, so each page view counts as a conversion. Remove it' });
    if (isWebsite && !hasTag)
      warnings.push({
        subject: id,
        says: "`conversions` has the kind `website`, but the pixel drives no Google tag. Set `tags.google-ads`, or report the same transaction ids with the site's own tag",
      });
    return warnings;
  });
}
