import { describe, expect, it } from 'vitest';
import { createPacedClock } from '../src/clock/paced-clock.fixture.ts';
import { post, purchase } from './gateway.fixture.ts';
import { countLines, expectSeries, readSeries, runbookTimeoutMs, useRunbookScene } from './runbooks.fixture.ts';

/** Follows `docs/operations/runbooks.md`: each test makes a fault, finds what the alert's rule reads, does the steps, and finds their end. */

const timeout = runbookTimeoutMs;
const connection = 'site="shop",connection="bing"';
const { vendor, start, expectDelivered } = useRunbookScene();

describe('the runbook', () => {
  it('of a paused connection ends a refused credential by its probe, and an operator’s pause', { timeout }, async () => {
    vendor().react = () => ({ status: 401 });
    const gateway = await start();
    await post(gateway.url, [purchase('o-1')]);
    await expectSeries(gateway, `convey_connection_paused{${connection},cause="blocked"}`, 1);
    expect((await gateway.run('connections', 'list')).stdout).toMatch(/shop\/bing .*unhealthy/);
    vendor().react = undefined;
    expect((await gateway.run('connections', 'probe', 'shop/bing')).code).toBe(0);
    await expectDelivered('o-1');
    await expectSeries(gateway, `convey_connection_paused{${connection},cause="blocked"}`, 0);
    expect(countLines(gateway, 'connection resumed')).toBe(1);
    // The wait for the credential counts apart.
    await expectSeries(gateway, `convey_events_delivered_after_pause_total{${connection},cause="blocked"}`, 1);
    expect(await readSeries(gateway, 'convey_delivery_seconds_count{destination="microsoft"}')).toBe(0);

    await gateway.run('connections', 'pause', 'shop/bing');
    await expectSeries(gateway, `convey_connection_paused{${connection},cause="operator"}`, 1);
    expect((await gateway.run('activity', 'list')).stdout).toMatch(/paus/i);
    expect((await gateway.run('connections', 'resume', 'shop/bing')).code).toBe(0);
    await expectSeries(gateway, `convey_connection_paused{${connection},cause="operator"}`, 0);
  });

  it('of failed events lists the reasons, and sends the events again', { timeout }, async () => {
    vendor().react = ({ events }) => (events.length > 0 ? { status: 400, body: { error: { message: 'bad event' } } } : undefined);
    const gateway = await start();
    await post(gateway.url, [purchase('o-1')]);
    await expectSeries(gateway, `convey_connection_dead_letters{${connection}}`, 1);
    expect((await gateway.run('dead-letters', 'list', '--site', 'shop')).stdout).toContain('o-1');
    vendor().react = undefined;
    expect((await gateway.run('dead-letters', 'retry', 'shop/bing', '--all')).code).toBe(0);
    await expectDelivered('o-1');
    await expectSeries(gateway, `convey_connection_dead_letters{${connection}}`, 0);
  });

  it('of events that wait needs no step, and counts them as late', { timeout }, async () => {
    const clock = createPacedClock(1, Date.now());
    vendor().react = () => ({ status: 503 });
    const gateway = await start({}, clock);
    await post(gateway.url, [purchase('o-1')]);
    clock.pace(100);
    await expectSeries(gateway, `convey_connection_breaker_open{${connection}}`, 1);
    await expect
      .poll(() => readSeries(gateway, `convey_connection_lag_seconds{${connection}}`), { timeout: 40_000 })
      .toBeGreaterThan(300);
    expect(await readSeries(gateway, `convey_connection_waiting_events{${connection}}`)).toBe(1);
    expect((await gateway.run('connections', 'list')).stdout).toMatch(/shop\/bing .*(?:degraded|unhealthy)/);
    vendor().react = undefined;
    await expectDelivered('o-1');
    await expectSeries(gateway, `convey_connection_lag_seconds{${connection}}`, 0);
    expect(await readSeries(gateway, 'convey_delivery_seconds_count{destination="microsoft"}')).toBe(1);
    expect(await readSeries(gateway, 'convey_delivery_seconds_bucket{destination="microsoft",le="300"}')).toBe(0);
  });
});
