import { expect, test } from 'vitest';
import { getMatchKeyBadges, getRecalledKeyLabel, getRecallSourceLabel } from './event-labels.ts';

test('the keys of an event are told by what a platform takes them for, each once', () => {
  const tags = getMatchKeyBadges(['anonymousId', 'uetVid', 'emailMicrosoft', 'emailPlain', 'gclid', 'msclkid', 'ip', 'country']);
  expect(tags.map(({ label }) => label)).toEqual(['Click ID', 'E-mail', 'Visitor', 'Address', 'gclid']);
  expect(tags[1]?.description).toBe("emailMicrosoft: SHA-256 by Microsoft's rule; emailPlain: SHA-256 of the plain form");
});

test('a key that nobody expected is told as it is', () => {
  expect(getMatchKeyBadges(['constructor'])).toEqual([{ key: 'constructor', label: 'constructor', description: 'constructor' }]);
  expect(getRecalledKeyLabel('clickIds.gclid')).toBe('Click ID gclid');
  expect(getRecalledKeyLabel('toString')).toBe('toString');
  expect(getRecallSourceLabel('order')).toBe('who told the same order');
});
