import type { PlatformSetup } from '../kit/setup.ts';

/** The setup of Example Ads. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/example/example-troubleshooting',
    credential: 'guides/example/example-troubleshooting',
    troubleshooting: 'guides/example/example-troubleshooting',
  },
};
