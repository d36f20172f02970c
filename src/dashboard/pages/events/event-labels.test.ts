import { expect, test } from 'vitest';
import { matchKeyBadges, recalledFromName, recalledKeyName } from './event-labels.ts';

test('the keys of an event are told by what a platform takes them for, each once', () => {
  const tags = matchKeyBadges(['anonymousId', 'uetVid', 'emailMicrosoft', 'emailPlain', 'gclid', 'msclkid', 'ip', 'country']);
  expect(tags.map(({ label }) => label)).toEqual(['Click ID', 'E-mail', 'Visitor', 'Address', 'gclid']);
  expect(tags[1]?.says).toBe("emailMicrosoft: SHA-256 by Microsoft's rule; emailPlain: SHA-256 of the plain form");
});

test('a key that nobody expected is told as it is', () => {
  expect(matchKeyBadges(['constructor'])).toEqual([{ key: 'constructor', label: 'constructor', says: 'constructor' }]);
  expect(recalledKeyName('clickIds.gclid')).toBe('Click ID gclid');
  expect(recalledKeyName('toString')).toBe('toString');
  expect(recalledFromName('order')).toBe('who told the same order');
});
