import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { clock } from '../../src/delivery/clock.ts';
import { minuteMs } from '../../src/event/units.ts';
import { startGateway } from '../../src/gateway.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { makeLogger } from '../../src/telemetry.ts';
import { eventually, makeFolder, post, purchase, tagId } from '../gateway.fixture.ts';

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

it('a token that is refused for a minute costs at most 4 requests and no event, and delivery resumes by itself', async () => {
  const factor = 20;
  const folder = makeFolder();
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  ending.push(folder.remove, () => microsoft.close());
  const read = readConfig(readFileSync(folder.config(microsoft.url), 'utf8'), {}, folder.dir);
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  const gateway = await startGateway(read.config, {
    version: 'test',
    logger: makeLogger('silent', process.stderr),
    clock: clock(factor),
  });
  ending.push(() => gateway.stop(0));

  microsoft.faults({ mode: '401' });
  await post(gateway.url, [purchase('o-1'), purchase('o-2')]);
  await new Promise((resolve) => setTimeout(resolve, minuteMs / factor));
  await post(gateway.url, [purchase('o-3')]);
  expect(microsoft.journalEvents()).toEqual([]);
  expect(microsoft.journal().length).toBeGreaterThan(0);
  expect(microsoft.journal().length).toBeLessThanOrEqual(4);

  microsoft.faults({ mode: 'ok' });
  expect(await eventually(() => microsoft.journalEvents().length === 3, (2 * minuteMs) / factor)).toBe(true);
  expect(microsoft.journalEvents().map(({ eventId, server }) => [eventId, server.length])).toEqual([
    ['o-1', 1],
    ['o-2', 1],
    ['o-3', 1],
  ]);
});
