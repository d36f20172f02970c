import type { PlatformSetup } from '../kit/setup.ts';

/** The setup of a receiver. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/webhook/webhook-receiver',
    credential: 'guides/webhook/webhook-receiver',
    troubleshooting: 'guides/webhook/webhook-troubleshooting',
  },
};
