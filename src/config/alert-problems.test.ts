import { expect, it } from 'vitest';
import { findProblemPaths, findProblems, readValidConfig, site } from './config.fixture.ts';

it('the config reports problems of alerts together with others, and channels with private targets unless they are allowed', () => {
  const slack = { id: 'ops', type: 'slack', url: 'https://127.0.0.1/canary' };
  const alerts = { channels: [slack], rules: [{ on: 'paused', for: ['none'] }], digest: 'hourly' };
  expect(findProblemPaths({ sites: [{ ...site, domains: [] }], alerts }).toSorted()).toEqual([
    'alerts.channels[0].url',
    'alerts.digest',
    'alerts.rules[0].for[0]',
    'sites[0].domains',
  ]);
  const valid = { sites: [site], alerts: { channels: [slack] } };
  expect(findProblemPaths(valid)).toEqual(['alerts.channels[0].url']);
  expect(JSON.stringify(findProblems(valid))).not.toContain('canary');
  expect(readValidConfig({ ...valid, allowPrivateDestinations: true }).alerts?.channels).toEqual([slack]);
  expect(readValidConfig({ sites: [site] })).not.toHaveProperty('alerts');
});
