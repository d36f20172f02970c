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

/** Warns if the site's pages use the TikTok Pixel, and a connection is set as if they did not. */
function checkSite({ tags }: Site, connections: readonly Connection[]): readonly SetupWarning[] {
  const mode = tags?.tiktok?.mode ?? 'off';
  if (mode === 'off') return [];
  return connections.flatMap(({ id: subject, settings }) => [
    ...(settings.browserTag === 'off'
      ? [
          {
            subject,
            says: 'The pages use the TikTok Pixel, and `browserTag` is `off`: a copy after 48 hours would count again. Set `browserTag` to `on`.',
          },
        ]
      : []),
    ...(settings.pageViews === 'always'
      ? [
          {
            subject,
            says: 'The pages use the TikTok Pixel, and `pageViews` is `always`: page views count twice. Set `pageViews` to `never`.',
          },
        ]
      : []),
  ]);
}
