import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { destinations } from '../../destinations/destinations.ts';
import { fixtureSettings, readFixture } from '../../destinations/kit/fixtures.suite.ts';
import { hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { buildConnectionState, start } from '../delivery.fixture.ts';
import { retryAfterMs } from './backoff.ts';
import { readRequestedWait, recordFailedRequest } from './requested-wait.ts';

const middle = () => 0.5;
const endless = ['Fri, 31 Dec 9999 23:59:59 GMT', '999999999'];
const ignored = ['-1', 'soon', 'Tue, 24 Nov 2020 10:00:00 GMT', '9'.repeat(30), '1.5'];

function connect(id: string) {
  const folder = join(import.meta.dirname, '../../destinations', id);
  const connected = destinations
    .find((one) => one.id === id)
    ?.connect(fixtureSettings.parse(readFixture(join(folder, 'fixtures/settings.json'))));
  if (!connected || !('platform' in connected)) throw new Error(`The fixture of ${id} does not fit.`);
  return connected.platform;
}

describe.each(destinations.map(({ id }) => id))('%s', (id) => {
  const { decode, auth, receipt, probe, limits } = connect(id);
  const respond = (retryAfter: string, status = 429) => ({
    status,
    headers: { 'retry-after': retryAfter },
    body: '',
    incomplete: false as const,
  });
  const getWait = (verdict: object) =>
    'retryAfter' in verdict && typeof verdict.retryAfter === 'string'
      ? retryAfterMs(verdict.retryAfter, start, limits.maxAgeMs)
      : undefined;

  it.each(endless)('has its next probe within an hour if it asks to wait for ever: %s', (retryAfter) => {
    for (const status of [429, 503]) {
      const verdicts = [decode(respond(retryAfter, status), 1), auth?.decode(respond(retryAfter, status))];
      for (const verdict of verdicts.filter((one) => one !== undefined)) {
        const { breaker, wait } = recordFailedRequest(buildConnectionState(), start, middle, getWait(verdict));
        expect(breaker.notBefore - start).toBe(hourMs);
        expect(wait?.until).toBeGreaterThan(start + hourMs);
      }
    }
    const response = respond(retryAfter);
    const verdict = probe.decode(response);
    expect(readRequestedWait({ response, verdict }, { decode, limits }, start)).toBeGreaterThan(hourMs);
    if (receipt) expect(getWait(receipt.decode(response, 1))).toBeGreaterThan(hourMs);
  });

  it.each(['1800', '3600'])('is obeyed exactly up to an hour: %s s', (retryAfter) => {
    const { breaker, wait } = recordFailedRequest(buildConnectionState(), start, middle, getWait(decode(respond(retryAfter), 1)));
    expect([breaker.notBefore - start, wait]).toEqual([Number(retryAfter) * secondMs, undefined]);
  });

  it.each(ignored)('is not delayed by a Retry-After that is none or past: %s', (retryAfter) => {
    const { breaker, wait } = recordFailedRequest(
      buildConnectionState(),
      start,
      middle,
      getWait(decode(respond(retryAfter, 503), 1)),
    );
    expect(breaker.notBefore - start).toBeLessThan(minuteMs);
    expect(wait).toBeUndefined();
  });
});
