import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, eventually, type Folder, makeFolder, post, purchase, startGatewayProcess, tagId } from '../gateway.fixture.ts';

const kills = 5;
const senders = 16;

let folder: Folder;
let microsoft: MicrosoftSimulator;

beforeEach(async () => {
  folder = makeFolder();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
});
afterEach(async () => {
  await microsoft.close();
  folder.remove();
});

it(`loses no acknowledged event to ${kills} kill -9 at random moments under load, and repeats only whole requests that it counts as in doubt`, async () => {
  const config = folder.config(microsoft.url);
  const issued = new Set<string>();
  const acknowledged = new Set<string>();
  let made = 0;

  for (let round = 0; round < kills; round += 1) {
    const gateway = await startGatewayProcess(config);
    let up = true;
    const send = async () => {
      while (up) {
        const id = `o-${made++}`;
        issued.add(id);
        // The connection breaks when the process dies: whatever was not answered is no promise.
        await post(gateway.url, [purchase(id)]).then(
          () => acknowledged.add(id),
          () => undefined,
        );
      }
    };
    const load = Array.from({ length: senders }, send);
    await new Promise((resolve) => setTimeout(resolve, 700 + Math.random() * 1_200));
    await gateway.kill();
    up = false;
    await Promise.all(load);
  }
  expect(acknowledged.size).toBeGreaterThan(kills * 100);

  const last = await startGatewayProcess(config);
  const arrived = () => new Set(microsoft.journalEvents().map(({ eventId }) => eventId ?? ''));
  const missing = () => {
    const there = arrived();
    return [...acknowledged].filter((id) => !there.has(id));
  };
  const allArrived = await eventually(() => missing().length === 0, 30_000);
  expect([allArrived, missing()]).toEqual([true, []]);
  expect([...arrived()].filter((id) => !issued.has(id))).toEqual([]);

  const bodies = new Map<string, number>();
  for (const { body } of microsoft.journal()) bodies.set(JSON.stringify(body), (bodies.get(JSON.stringify(body)) ?? 0) + 1);
  const repeatedRequests = [...bodies.values()].reduce((sum, times) => sum + times - 1, 0);
  const reports = microsoft.journalEvents().reduce((sum, { server }) => sum + server.length, 0);
  const repeatedReports = reports - arrived().size;
  const [{ inDoubt }]: [{ inDoubt: number }] = JSON.parse(
    (await convey('connections', 'list', '--json', '--config', config)).stdout,
  );
  expect(repeatedRequests).toBeLessThanOrEqual(inDoubt);
  expect(inDoubt).toBeLessThanOrEqual(kills);
  if (repeatedRequests === 0) expect(repeatedReports).toBe(0);
  await last.kill();
}, 120_000);
