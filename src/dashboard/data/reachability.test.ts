import { describe, expect, it } from 'vitest';
import { errorBody } from '../../errors.ts';
import { createReachability, isDatabaseAway, isProxyError } from './reachability.ts';

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
