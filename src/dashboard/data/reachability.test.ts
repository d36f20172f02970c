import { describe, expect, it } from 'vitest';
import { errorBody } from '../../errors.ts';
import {
  createReachability,
  describeOutage,
  findKnownData,
  isDatabaseAway,
  isGatewayReached,
  isProxyError,
} from './reachability.ts';

describe('reachability', () => {
  it('starts the outage at the first request without an answer, and ends it with the next answer', () => {
    const reachability = createReachability();
    const seen: (number | undefined)[] = [];
    const stop = reachability.subscribe(() => seen.push(reachability.getOutageStart()));
    reachability.recordAnswer();
    reachability.recordFailure(1_000);
    reachability.recordFailure(2_000);
    expect(reachability.getOutageStart()).toBe(1_000);
    reachability.recordAnswer();
    reachability.recordFailure(9_000);
    stop();
    reachability.recordAnswer();
    expect(seen).toEqual([1_000, undefined, 9_000]);
  });

  it('names the database when the gateway answers without it', () => {
    const reachability = createReachability();
    const answer = { status: 503, body: JSON.stringify(errorBody('database-away')) };
    expect([
      isDatabaseAway(answer),
      isDatabaseAway({ ...answer, status: 200 }),
      isDatabaseAway({ status: 503, body: '{}' }),
    ]).toEqual([true, false, false]);
    reachability.recordFailure(1_000, 'database');
    expect([reachability.getUnreached(), reachability.getOutageStart()]).toEqual(['database', 1_000]);
    reachability.recordFailure(2_000);
    expect([reachability.getUnreached(), reachability.getOutageStart()]).toEqual(['gateway', 1_000]);
  });

  it('says that the page shows older data only when it has some', () => {
    const query = (isShown: boolean, hasData: boolean) => ({ isShown, hasData });
    expect([
      findKnownData([]),
      findKnownData([query(true, false), query(false, true)]),
      findKnownData([query(true, false), query(true, true)]),
      findKnownData([query(true, true), query(false, false)]),
    ]).toEqual(['none', 'none', 'some', 'all']);
    expect(describeOutage('gateway', 'none')).toBe(
      'This page could not be loaded. Check that the gateway is running. This page retries automatically.',
    );
    expect(describeOutage('database', 'all')).toMatch(/^This page shows older data\. Check that the database is running\./);
    expect(describeOutage('gateway', 'some')).toMatch(/^Parts of this page could not be loaded/);
  });

  it('knows a gateway that answers another request from one that answers none', async () => {
    const answer = (status: number, type: string) => async () => ({ status, headers: new Headers({ 'content-type': type }) });
    expect(await isGatewayReached(answer(200, 'application/json'))).toBe(true);
    expect(await isGatewayReached(answer(401, 'application/json'))).toBe(true);
    expect(await isGatewayReached(answer(503, 'text/html'))).toBe(false);
    expect(await isGatewayReached(() => Promise.reject(new Error('refused')))).toBe(false);
  });

  it('counts an error page of a proxy as no answer of the gateway', () => {
    const answer = (status: number, type: string) => isProxyError({ status, headers: new Headers({ 'content-type': type }) });
    expect([answer(502, 'text/html'), answer(504, ''), answer(503, 'application/json'), answer(500, 'text/html')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
