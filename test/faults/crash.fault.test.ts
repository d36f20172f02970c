import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { systemClock } from '../../src/clock/clock.ts';
import { dayMs } from '../../src/event/units.ts';
import { eventually, makeFolder, root, startGatewayProcess } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';
import { createRandom, type Random } from '../random.fixture.ts';
import type { ArmedPoint, Point } from './crash-points.ts';
import type { Scene } from './crash-scenario.ts';
import { scale, sized, tell } from './fault-scale.ts';
import { type Driver, freshEvent, inDoubtOf, judge, makeDriver, nothingWrong, repeats, settled } from './oracle.ts';
import { scenesOfEvents } from './scenarios/events.ts';
import { scenesOfOperators } from './scenarios/operators.ts';
import { startVendor, type Vendor } from './scripted-vendor.ts';

/** Of the points that `npm test` comes to, and of the rest. */
const often = sized({ part: 1, whole: 5, nightly: 100 });
const seldom = sized({ part: 0, whole: 2, nightly: 100 });
const patienceMs = 60_000;
/** How far into a statement the kill may land. */
const duringMs = 20;

/** Some events were taken and delivered so long ago that the next sweep takes them away. */
async function takeOldEvents(configFile: string, driver: Driver, vendor: Vendor): Promise<void> {
  const { after } = systemClock();
  const old = { now: () => Date.now() - 9 * dayMs, after };
  const gateway = await startPacedGateway(configFile, old);
  await driver.send(gateway.url, 50);
  await settled({ driver, vendor });
  await gateway.stop();
}

/** Dies at the scene's point, starts again, and is judged. Answers what became of it. */
async function play(scene: Scene, random: Random) {
  const folder = makeFolder();
  const vendor = await startVendor();
  const driver = makeDriver('o');
  const ending: (() => Promise<unknown> | unknown)[] = [folder.remove, vendor.close, driver.close];
  try {
    const config = folder.writeConfig(vendor.url);
    const ask = connectToGateway({ dataDir: folder.dataDir });
    const pointFile = join(folder.dir, 'point.json');
    const on = { ask, driver, vendor, dataDir: folder.dataDir };

    if (scene.startsOld) await takeOldEvents(config, driver, vendor);
    const first = await startGatewayProcess(config, {
      command: [process.execPath, '--import', join(root, 'test/faults/crash-points.ts')],
      env: { CONVEY_POINT: pointFile },
    });
    ending.push(() => first.kill());
    await driver.send(first.url);
    // Committed, too: what is repeated from here on is the point's.
    await eventually(async () => (await ask('GET /api/connections', {})).every(({ lag }) => lag.events === 0));
    await scene.before?.({ ...on, gateway: first });
    const repeatsBefore = repeats(vendor);

    const { point } = scene;
    const armed: Point = typeof point === 'function' ? point(Number(new URL(vendor.url).port)) : point;
    writeFileSync(pointFile, JSON.stringify({ ...armed, killAfterMs: random.fraction() * duringMs } satisfies ArmedPoint));
    const acting = scene.act({ ...on, gateway: first }).catch(() => undefined);
    const patience = AbortSignal.timeout(patienceMs);
    const tooLong = new Promise<string>((resolve) => patience.addEventListener('abort', () => resolve('it never came there')));
    const end = await Promise.race([first.ended, tooLong, acting.then(() => first.ended)]);
    const reached = existsSync(`${pointFile}.reached`) ? readFileSync(`${pointFile}.reached`, 'utf8') : '';
    const isReached = end === 'SIGKILL' && reached.startsWith('before');

    const second = await startGatewayProcess(config);
    ending.push(() => second.kill());
    const toldOf = await scene.back?.({ ...on, gateway: second });
    await settled({ driver, vendor, ...(toldOf && { toldOf }) });
    const freshMs = await freshEvent(driver, vendor, second.url);
    const inDoubt = await inDoubtOf(ask);
    return {
      isReached,
      isInside: !reached.includes('after'),
      findings: judge({ driver, vendor, inDoubt, ...(toldOf && { toldOf }) }),
      doubles: repeats(vendor) - repeatsBefore,
      inDoubt,
      freshMs,
      acknowledged: driver.obligations.size,
    };
  } finally {
    for (const end of ending.reverse()) await end();
  }
}

for (const scene of [...scenesOfEvents, ...scenesOfOperators].filter(({ inPart }) => inPart || scale !== 'part')) {
  const { doubles = 0, inDoubt = 0 } = scene;
  const times = scene.inPart ? often : seldom;
  it.concurrent(`loses nothing to a kill -9 ${scene.name}, and repeats ${doubles === 0 ? 'nothing' : 'one request at most'}`, {
    timeout: times * 2 * patienceMs,
  }, async (context) => {
    const random = createRandom(context);
    const seen = { inside: 0, acknowledged: 0, doubles: 0, freshMs: 0 };
    for (let round = 0; round < times; round += 1) {
      const played = await play(scene, random);
      context.expect(played).toMatchObject({ isReached: true, findings: nothingWrong });
      context.expect(played.doubles).toBeLessThanOrEqual(doubles);
      context.expect(played.inDoubt).toBeLessThanOrEqual(inDoubt);
      context.expect(played.freshMs).toBeLessThan(10_000);
      seen.inside += Number(played.isInside);
      seen.acknowledged += played.acknowledged;
      seen.doubles += played.doubles;
      seen.freshMs = Math.max(seen.freshMs, played.freshMs);
    }
    const inside = seen.inside === times ? '' : `, ${times - seen.inside} at its end`;
    tell(context, {
      fault: 'F1',
      what: `kill -9 ${scene.name}`,
      times: `${times} ${times === 1 ? 'kill' : 'kills'}${inside}`,
      holds: `none lost; at most ${doubles} repeated each`,
      seen: `0 of ${seen.acknowledged} lost, ${seen.doubles} repeated, fresh in ${seen.freshMs} ms`,
    });
  });
}
