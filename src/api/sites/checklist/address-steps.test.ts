import { expect, it } from 'vitest';
import { addressSteps } from './address-steps.ts';

const read = (pixel?: string) => addressSteps(pixel, ['shop.example']).map(({ id, state, says }) => [id, state, says]);

it('the step about the address names what blockers match, with the remedy of `convey check`', () => {
  expect(read()).toEqual([]);
  expect(read('https://data.shop.example/p.js')).toEqual([]);
  expect(read('https://stats.shop.example/events/p.js')).toEqual([
    [
      'pixel-address',
      'optional',
      expect.stringMatching(/^Common blockers match .* Choose another host name, or another `collector.pixelPath`\.$/),
    ],
  ]);
  expect(read('https://pixel.other.example/track/p.js').map(([id]) => id)).toEqual(['pixel-address', 'pixel-address-2']);
});
