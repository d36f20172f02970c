import type { Connection, Site } from '../../event/site.ts';
import type { PlatformSetup, SetupWarning } from '../kit/setup.ts';

/** The setup of Pinterest, which counts events without goals. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/pinterest/pinterest-destination',
    credential: 'guides/pinterest/pinterest-account-and-token',
    troubleshooting: 'guides/pinterest/pinterest-troubleshooting',
  },
  examples: { connection: 'pinterest', settings: { adAccountId: '549755885175' } },
  checkSite,
};

/** Warns of connections whose events Pinterest does not record. */
function checkSite(_site: Site, connections: readonly Connection[]): readonly SetupWarning[] {
  return connections
    .filter(({ settings }) => settings.testMode === 'on')
    .map(({ id }) => ({
      subject: id,
      says: 'Its `testMode` is `on`, so Pinterest records none of its events. Set `testMode` to `off` after testing',
    }));
}
