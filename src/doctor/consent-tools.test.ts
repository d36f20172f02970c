import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { consentToolChoices } from '../event/consent-tool-names.ts';
import { buildSnippet } from '../pixel/pixel.fixture.ts';
import { consentPlatforms, customBannerSnippet, formatSnippet, formatToolSetting } from './consent-tools.ts';

it('every tool that the pixel reads is known to the doctor once, and has a setting', () => {
  const tools = consentPlatforms.flatMap(({ tool }) => tool ?? []);
  expect(['auto', ...tools].toSorted()).toEqual(consentToolChoices.toSorted());
  expect(JSON.parse(`{${formatToolSetting('onetrust')}}`)).toEqual({ capture: { consentTool: 'onetrust' } });
});

it('the lines for a banner are valid calls', () => {
  const calls: unknown[] = [];
  runInNewContext(customBannerSnippet, { convey: (...call: unknown[]) => calls.push(call) });
  expect(calls).toEqual([
    ['consent', { adStorage: 'granted' }],
    ['consent', { adStorage: 'denied' }],
  ]);
});

it('the snippet is the same as in the guide', () => {
  const address = 'https://data.shop.example/p.js?k=wk_shop_example';
  expect(formatSnippet(address)).toBe(buildSnippet(address));
});
