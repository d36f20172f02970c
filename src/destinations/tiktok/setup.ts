import type { Connection, Site } from '../../event/site.ts';
import type { PlatformSetup, SetupWarning } from '../kit/setup.ts';

/** The setup of TikTok, which counts events without goals. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/tiktok/tiktok-destination',
    credential: 'guides/tiktok/tiktok-pixel-and-token',
    troubleshooting: 'guides/tiktok/tiktok-troubleshooting',
  },
  examples: { connection: 'tiktok', settings: { pixelCode: 'C4ABCDEF0123456789AB' } },
  checkSite,
};

/** Warns of a test code, and of a connection that is set as if the site's pages did not use the TikTok Pixel. */
function checkSite({ tags }: Site, connections: readonly Connection[]): readonly SetupWarning[] {
  const hasTag = (tags.tiktok?.mode ?? 'off') !== 'off';
  return connections.flatMap(({ id: subject, settings: { testEventCode, browserTag, pageViews } }) =>
    [
      testEventCode !== undefined && 'Events are sent with a test code, and may not count. Remove `testEventCode` after testing.',
      hasTag &&
        browserTag === 'off' &&
        'The pages use the TikTok Pixel, and `browserTag` is `off`: a copy after 48 hours would count again. Set `browserTag` to `on`.',
      hasTag &&
        pageViews === 'always' &&
        'The pages use the TikTok Pixel, and `pageViews` is `always`: page views count twice. Set `pageViews` to `never`.',
    ].flatMap((says) => (says ? [{ subject, says }] : [])),
  );
}
