import type { PlatformSetup } from '../kit/setup.ts';

/** The setup of Meta, which counts events without goals. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/meta/meta-destination',
    credential: 'guides/meta/meta-dataset-and-token',
    troubleshooting: 'guides/meta/meta-troubleshooting',
  },
  examples: { connection: 'meta', settings: { datasetId: '1234567890123456' } },
};
