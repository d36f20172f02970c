import { expect, test } from 'vitest';
import type { MatchKey } from '../../event/match-keys.ts';
import { selectMissingKeys } from './timelines.ts';

const uses = (...names: readonly string[]) => ({ matching: { clickIds: names.map((name) => ({ name })) } });
const select = (keys: readonly MatchKey[], ...platforms: readonly ReturnType<typeof uses>[]) =>
  selectMissingKeys(
    keys.map((key) => ({ key, says: '', remedy: '' })),
    platforms,
  ).map(({ key }) => key);

test("selectMissingKeys returns one click id of each of the site's platforms that has none", () => {
  const google = uses('gclid', 'gbraid', 'wbraid');
  expect(select(['msclkid', 'gclid', 'gbraid', 'wbraid', 'fbclid', 'email'], google, uses('fbclid'), uses())).toEqual([
    'gclid',
    'fbclid',
    'email',
  ]);
  expect(select(['msclkid', 'gclid', 'wbraid', 'email'], google)).toEqual(['email']);
});
