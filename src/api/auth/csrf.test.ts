import { describe, expect, it } from 'vitest';
import { isSameOriginRequest } from './csrf.ts';

const own = 'http://127.0.0.1:8081';
const isDashboardRequest = (method: string, headers: Readonly<Record<string, string>>) =>
  isSameOriginRequest({ method, header: (name) => headers[name] }, own);
const marked = { 'convey-request': '1' };

describe('a changing request', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'post', 'get', 'QUERY'])('%s requires the custom header', (method) => {
    const page = { 'sec-fetch-site': 'same-origin', origin: own };
    expect(isDashboardRequest(method, { ...page, ...marked })).toBe(true);
    expect(isDashboardRequest(method, page)).toBe(false);
    expect(isDashboardRequest(method, { ...page, 'convey-request': '' })).toBe(false);
  });

  it.each(['cross-site', 'same-site', 'none', '', 'SAME-ORIGIN', 'same-origin, cross-site'])(
    'is rejected if the browser reports another origin: %j',
    (site) => {
      expect(isDashboardRequest('POST', { 'sec-fetch-site': site, ...marked })).toBe(false);
      expect(isDashboardRequest('POST', { 'sec-fetch-site': site, origin: own, ...marked })).toBe(false);
    },
  );

  it.each([
    'null',
    '',
    'http://127.0.0.1:3000',
    'https://127.0.0.1:8081',
    'http://127.0.0.1:8081.shop.example',
    'http://shop.example',
  ])('is rejected with the origin of another page: %j', (origin) => {
    expect(isDashboardRequest('POST', { origin, ...marked })).toBe(false);
    expect(isDashboardRequest('POST', { origin, 'sec-fetch-site': 'same-origin', ...marked })).toBe(false);
  });

  it('is accepted from a program that sends the header', () => {
    expect(isDashboardRequest('POST', marked)).toBe(true);
    expect(isDashboardRequest('POST', {})).toBe(false);
  });
});

describe('a reading request', () => {
  it.each(['GET', 'HEAD'])('%s is accepted from the dashboard, the address bar and programs', (method) => {
    for (const headers of [{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }, { origin: own }])
      expect(isDashboardRequest(method, headers)).toBe(true);
  });

  it.each(['cross-site', 'same-site'])('is rejected from a page that is %s', (site) => {
    expect(isDashboardRequest('GET', { 'sec-fetch-site': site })).toBe(false);
    expect(isDashboardRequest('GET', { origin: 'http://127.0.0.1:3000' })).toBe(false);
  });
});
