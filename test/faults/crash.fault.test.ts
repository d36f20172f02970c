import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { systemClock } from '../../src/clock/clock.ts';
import { dayMs } from '../../src/event/units.ts';
import { eventually, makeFolder, root, startGatewayProcess } from '../gateway.fixture.ts';
import { startLocalGateway, startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom, type Random } from '../random.fixture.ts';
import type { ArmedCrashPoint, CrashPoint } from './crash-points.ts';
import type { CrashScenario } from './crash-scenario.ts';
import { addFaultRow, pickByScale, scale } from './fault-scale.ts';
import {
  countInDoubt,
  countRepeats,
  createDriver,
  type Driver,
  findViolations,
  measureFreshEvent,
  noViolations,
  waitUntilDelivered,
} from './oracle.ts';
import { eventScenarios } from './scenarios/events.ts';
import { operatorScenarios } from './scenarios/operators.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

/** Kills per crash point: for the points that `npm test` includes, and for the others. */
const killsPerPoint = pickByScale({ part: 1, whole: 5, nightly: 100 });
const killsPerOtherPoint = pickByScale({ part: 0, whole: 2, nightly: 100 });
const timeoutMs = 60_000;
/** Maximum delay of a kill from the start of its statement. */
const maxKillDelayMs = 20;

/** Delivers events with a clock so far in the past that the next retention sweep removes them. */
async function deliverExpiredEvents(configFile: string, driver: Driver, vendor: Vendor): Promise<void> {
  const old = { ...systemClock, now: () => Date.now() - 9 * dayMs };
  const gateway = await startPacedGateway(configFile, old);
  await driver.send(gateway.url, 50);
  await waitUntilDelivered({ driver, vendor });
  await gateway.stop();
}

/** Kills a gateway at the scenario's point, restarts it and returns the result of all checks. */
async function runScenario(scenario: CrashScenario, random: Random) {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = createDriver('o');
  const cleanups: (() => Promise<unknown> | unknown)[] = [folder.remove, vendor.close, driver.close];
  try {
    const config = folder.writeConfig(vendor.url);
    const ask = connectToGateway({ dataDir: folder.dataDir });
    const pointFile = join(folder.dir, 'point.json');
    const context = { ask, driver, vendor, dataDir: folder.dataDir };

    if (scenario.hasExpiredEvents) await deliverExpiredEvents(config, driver, vendor);
    const first = await startGatewayProcess(config, {
      command: [process.execPath, '--import', join(root, 'test/faults/crash-points.ts')],
      env: { CONVEY_POINT: pointFile },
    });
    cleanups.push(() => first.kill());
    await driver.send(first.url);
    // Once this event is committed, only the crash point causes repeats. The lag counts an event only after it was identified.
    await waitUntilDelivered({ driver, vendor });
    await eventually(async () => (await ask('GET /api/connections', {})).every(({ lag }) => lag.events === 0));
    await scenario.prepare?.({ ...context, gateway: first });
    const repeatsBefore = countRepeats(vendor);

    const { point } = scenario;
    const armed: CrashPoint = typeof point === 'function' ? point(Number(new URL(vendor.url).port)) : point;
    writeFileSync(
      pointFile,
      JSON.stringify({ ...armed, killAfterMs: random.fraction() * maxKillDelayMs } satisfies ArmedCrashPoint),
    );
    const acting = scenario.act({ ...context, gateway: first }).catch(() => undefined);
    const timeout = AbortSignal.timeout(timeoutMs);
    const timedOut = new Promise<string>((resolve) =>
      timeout.addEventListener('abort', () => resolve('the crash point was not reached')),
    );
    const end = await Promise.race([first.ended, timedOut, acting.then(() => first.ended)]);
    const reached = existsSync(`${pointFile}.reached`) ? readFileSync(`${pointFile}.reached`, 'utf8') : '';
    const isReached = end === 'SIGKILL' && reached.startsWith('before');

    const second = await startLocalGateway(config);
    cleanups.push(second.stop);
    const reportedIds = await scenario.afterRestart?.({ ...context, gateway: second });
    await waitUntilDelivered({ driver, vendor, ...(reportedIds && { reportedIds }) });
    const freshMs = await measureFreshEvent(driver, vendor, second.url);
    const inDoubt = await countInDoubt(ask);
    return {
      isReached,
      isInside: !reached.includes('after'),
      findings: findViolations({ driver, vendor, inDoubt, ...(reportedIds && { reportedIds }) }),
      repeats: countRepeats(vendor) - repeatsBefore,
      inDoubt,
      freshMs,
      acknowledged: driver.obligations.size,
    };
  } finally {
    for (const cleanUp of cleanups.reverse()) await cleanUp();
  }
}

for (const scenario of [...eventScenarios, ...operatorScenarios].filter(({ inPart }) => inPart || scale !== 'part')) {
  const { maxRepeats = 0, maxInDoubt = 0 } = scenario;
  const kills = scenario.inPart ? killsPerPoint : killsPerOtherPoint;
  it.concurrent(`loses nothing to a kill -9 ${scenario.name}, and repeats ${maxRepeats === 0 ? 'nothing' : 'one request at most'}`, {
    timeout: kills * 2 * timeoutMs,
  }, async (context) => {
    const random = createRandom(context);
    const totals = { inside: 0, acknowledged: 0, repeats: 0, freshMs: 0 };
    for (let round = 0; round < kills; round += 1) {
      const result = await runScenario(scenario, random);
      context.expect(result).toMatchObject({ isReached: true, findings: noViolations });
      context.expect(result.repeats).toBeLessThanOrEqual(maxRepeats);
      context.expect(result.inDoubt).toBeLessThanOrEqual(maxInDoubt);
      context.expect(result.freshMs).toBeLessThan(10_000);
      totals.inside += Number(result.isInside);
      totals.acknowledged += result.acknowledged;
      totals.repeats += result.repeats;
      totals.freshMs = Math.max(totals.freshMs, result.freshMs);
    }
    const atEnd = totals.inside === kills ? '' : `, ${kills - totals.inside} at its end`;
    addFaultRow(context, {
      fault: 'F1',
      scenario: `kill -9 ${scenario.name}`,
      amount: `${kills} ${kills === 1 ? 'kill' : 'kills'}${atEnd}`,
      expected: `none lost; at most ${maxRepeats} repeated each`,
      observed: `0 of ${totals.acknowledged} lost, ${totals.repeats} repeated, fresh in ${totals.freshMs} ms`,
    });
  });
}
