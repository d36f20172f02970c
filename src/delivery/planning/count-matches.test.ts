import { expect, it } from 'vitest';
import type { Match } from './batch-member.ts';
import { countMatches } from './count-matches.ts';

const match = (more: Partial<Match> = {}): Match => ({ day: '2026-11-25', keys: [], lacks: {}, ...more });

it('delivered events are counted by their own day and their name, each key with its reasons', () => {
  const bought = match({ keys: ['email', 'agent'], lacks: { msclkid: 'no-click', phone: 'anonymous' } });
  expect(
    countMatches([
      { eventName: 'Purchase', match: bought },
      { eventName: 'Purchase', match: match({ keys: ['email'], lacks: { msclkid: 'no-click', phone: 'not-collected' } }) },
      { eventName: 'Lead', match: match() },
      { eventName: 'Purchase', match: match({ day: '2026-11-24', keys: ['msclkid'] }) },
    ]),
  ).toEqual([
    {
      day: '2026-11-25',
      eventName: 'Purchase',
      delivered: 2,
      had: { email: 2, agent: 1 },
      lacked: { msclkid: { 'no-click': 2 }, phone: { anonymous: 1, 'not-collected': 1 } },
    },
    { day: '2026-11-25', eventName: 'Lead', delivered: 1, had: {}, lacked: {} },
    { day: '2026-11-24', eventName: 'Purchase', delivered: 1, had: { msclkid: 1 }, lacked: {} },
  ]);
});

it('an event that is gone is not counted', () => {
  expect(countMatches([{ eventName: 'Purchase' }])).toEqual([]);
});
