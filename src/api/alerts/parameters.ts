import { z } from 'zod';

const text = z.string('text');

export const changedAlerts = z
  .strictObject({
    revision: text.optional().describe('The revision that you read. The change is rejected if the settings have changed since.'),
    settings: z
      .record(text, z.unknown(), 'an object')
      .describe(
        '`alerts` of the config file. Replaces the settings. A channel keeps the secrets that are left out; an e-mail channel only for the same server and user.',
      ),
  })
  .meta({
    examples: [
      { settings: { channels: [{ id: 'ops', type: 'slack', url: 'https://hooks.slack.com/services/…' }], digest: 'weekly' } },
    ],
  });

export const channelId = text.meta({ description: "The channel's id." });

const hoursRule = '1 to 8,760 hours';

export const newMute = z
  .strictObject({
    hours: z
      .int(hoursRule)
      .min(1, hoursRule)
      .max(8_760, hoursRule)
      .optional()
      .describe('For how long. Absent: until you unmute it.'),
  })
  .meta({ examples: [{ hours: 24 }] });
