import { demoFacts, demoToken, type PlatformDemo } from '../kit/demo.ts';

const email = '0b6542ea781224b9278a8e16ad86dace01d0e50a68d4c28ceffa991fb474861f';
const names = ['PageView', 'Search', 'ViewContent', 'AddToCart', 'Lead', 'SignUp', 'InitiateCheckout', 'Purchase'];

export const exampleDemo: PlatformDemo = {
  options: { token: demoToken },
  settings: (endpoint) => ({ token: demoToken, endpoint }),
  tag: (origin) => ({ mode: 'load', tagId: 'E1', script: `${origin}/example.js` }),
  ownConnection: `token ${demoToken}`,
  expected({ id, startedAt, visitorId }) {
    const at = Math.floor(startedAt / 1_000);
    const expect = (event_id: string, index: number, event: string, person: object) =>
      [event_id, { event_id, event, at: at + index, ...person }] as const;
    const visitor = demoFacts.anonymousId;
    return new Map([
      ...names.map((name, index) => expect(`${id}-${index}`, index, name, index < 4 ? { visitor } : { email, visitor })),
      ...['PageView', 'AddToCart'].map((name, index) => expect(`${id}-browser-${index}`, index, name, { visitor: visitorId })),
    ]);
  },
  listMatchKeys: (event) => ['click', 'email', 'visitor'].filter((key) => key in event),
};
