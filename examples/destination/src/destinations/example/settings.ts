import { z } from 'zod';
import { endpointSetting, tokenSetting } from '../kit/settings.ts';

/** The platform's own endpoint. */
export const standardEndpoint = 'https://api.ads.example';

/** The settings of one connection to Example Ads. */
export const settings = z.strictObject({
  token: tokenSetting('Must be the token of your account, without spaces. Copy it from Account > API.').meta({
    title: 'API token',
    description: 'Lets Convey send events to this account.',
    secret: true,
  }),
  mode: z.enum(['live', 'test'], 'Must be `live` or `test`.').prefault('live').meta({
    title: 'Mode',
    description: 'In the mode `test`, Example Ads shows the events and counts none of them.',
  }),
  endpoint: endpointSetting({ platform: 'Example Ads', service: 'the events API' }, standardEndpoint),
});

export type Settings = z.output<typeof settings>;
