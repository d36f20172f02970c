import { describe, expect, test } from 'vitest';
import { connection, findProblemPaths, findProblems, readValidConfig, site } from './config.fixture.ts';

describe('an endpoint', () => {
  const withEndpoint = (endpoint: string, more: object = {}) => ({
    ...more,
    sites: [{ ...site, connections: [{ ...connection, settings: { ...connection.settings, endpoint } }] }],
  });

  test.each([
    'http://127.0.0.1:9090',
    'https://127.0.0.1',
    'https://10.0.0.1',
    'https://[::1]',
    'http://capi.example',
    'https://capi.example:8080',
    'https://0x7f.1',
  ])('%s is refused: it is not a public https address', (endpoint) => {
    expect(findProblems(withEndpoint(endpoint))).toEqual([
      { path: 'sites[0].connections[0].settings.endpoint', message: expect.stringContaining('allowPrivateDestinations') },
    ]);
  });

  test('is refused at once with the other wrong settings of its connection', () => {
    const settings = { ...connection.settings, tagId: '', endpoint: 'http://127.0.0.1:9090' };
    const paths = findProblemPaths({ sites: [{ ...site, connections: [{ ...connection, settings }] }] });
    expect(paths.toSorted()).toEqual(['endpoint', 'tagId'].map((name) => `sites[0].connections[0].settings.${name}`));
  });

  test('on a private network needs permission of the file or the environment, a public one does not', () => {
    expect(findProblemPaths(withEndpoint('http://127.0.0.1:9090', { allowPrivateDestinations: true }))).toEqual([]);
    expect(findProblems(withEndpoint('http://127.0.0.1:9090'), { CONVEY_ALLOW_PRIVATE_DESTINATIONS: '1' })).toEqual([]);
    expect(findProblemPaths(withEndpoint('https://capi.example'))).toEqual([]);
  });

  test('for connections of the dashboard is guarded as well', () => {
    const endpoints = { microsoft: 'http://127.0.0.1:9090/' };
    expect(findProblemPaths({ endpoints })).toEqual(['endpoints.microsoft']);
    expect(readValidConfig({ endpoints, allowPrivateDestinations: true }).endpoints).toEqual({
      microsoft: 'http://127.0.0.1:9090',
    });
    expect(findProblemPaths({ endpoints: { elsewhere: 'https://ads.example' } })).toEqual(['endpoints.elsewhere']);
    expect(findProblemPaths({ endpoints: { microsoft: 'nothing' } })).toEqual(['endpoints.microsoft']);
  });
});
