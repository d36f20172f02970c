import { expect, test } from 'vitest';
import { maskClickIds } from './mask-click-ids.ts';

test('every click id in every URL of a text is masked, and nothing else', () => {
  expect(
    maskClickIds('{"a":"https://shop.example/?MSCLKID=abc&order=1#gclid=x","b":"https://x.example/?q=1&fbclid=IwAR-1_2"}'),
  ).toBe('{"a":"https://shop.example/?MSCLKID=***&order=1#gclid=x","b":"https://x.example/?q=1&fbclid=***"}');
});
