import { type buildEvent, createSha256, start } from '../delivery.fixture.ts';

/** What the reports of one visitor state. */

export const email = createSha256('a');
export const identity = {
  forms: { emailMicrosoft: email },
  externalId: createSha256('d'),
  anonymousId: 'us',
  browserIds: { _uetvid: 'v', _fbp: 'f' },
  clickIds: { msclkid: { value: 'm', at: start - 1 } },
};
export const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0', country: 'US' };
export const commerce = { orderId: '1001' };
export const noProfiles = new Map();
export const report = (event: ReturnType<typeof buildEvent>) => ({ event });
