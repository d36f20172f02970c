import type { PlatformSetup } from '../kit/setup.ts';

/** The setup of ChatGPT ads. */
export const setup: PlatformSetup = {
  guides: {
    settings: 'guides/openai-ads/openai-ads-destination',
    credential: 'guides/openai-ads/openai-ads-pixel-and-key',
    troubleshooting: 'guides/openai-ads/openai-ads-troubleshooting',
  },
  examples: { connection: 'chatgpt', settings: { pixelId: 'your-pixel-id' } },
  // @source https://developers.openai.com/ads/conversion-tracking (2026-09-11)
  goals: {
    description:
      'OpenAI counts an event for a campaign only if an event setting for it is attached to the campaign. Create one for each event that is a conversion.',
    instruction:
      'In Ads Manager: Conversions › your pixel › Event settings › Create. Select the event as shown, and attach it to the campaign.',
    guide: 'guides/openai-ads/openai-ads-pixel-and-key',
  },
};
