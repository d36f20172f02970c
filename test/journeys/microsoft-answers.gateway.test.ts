import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { type Folder, makeFolder, post, purchase, tagId } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

let folder: Folder;
let microsoft: MicrosoftSimulator;
let gateway: PacedGateway;

beforeAll(async () => {
  folder = makeFolder();
  microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  gateway = await startPacedGateway(folder.writeConfig(microsoft.url), createPacedClock(20));
});
afterAll(async () => {
  await gateway.stop();
  await microsoft.close();
  folder.remove();
});

const getConnection = async () => (await gateway.callApi('GET /api/connections'))[0];
/** Returns how often Microsoft received a request with the event. */
const countRequests = (id: string) => microsoft.journal().filter(({ body }) => JSON.stringify(body).includes(`"${id}"`)).length;

describe("a success without Microsoft's documented count", () => {
  it.each([
    ['count-spelling', 1],
    ['no-count', 1],
    ['warnings-200', 1],
    ['other-json', 2],
    ['empty-object', 2],
    ['empty', 2],
    ['204', 2],
    ['error-200', 2],
    ['text', 2],
    ['truncated', 2],
  ] as const)('%s is delivered after request number %i, and under the same id', async (mode, requests) => {
    const before = (await getConnection())?.counts.delivered ?? 0;
    microsoft.faults({ mode, count: 1 });
    expect(await post(gateway.url, [purchase(`after-${mode}`)])).toMatchObject({ accepted: 1 });
    await expect.poll(async () => (await getConnection())?.counts.delivered, { timeout: 20_000 }).toBe(before + 1);
    expect(countRequests(`after-${mode}`)).toBe(requests);
    expect(microsoft.journalEvents().filter(({ eventId }) => eventId === `after-${mode}`)).toHaveLength(1);
    expect(await getConnection()).toMatchObject({ health: 'healthy', deadLetters: 0 });
  });

  it('that names a refused event costs that event alone, and the others are sent again', async () => {
    const before = (await getConnection())?.counts.delivered ?? 0;
    microsoft.faults({ mode: 'reject-200', eventIds: ['bad'] });
    await post(gateway.url, [purchase('good-1'), purchase('bad'), purchase('good-2')]);
    await expect
      .poll(async () => (await getConnection())?.counts, { timeout: 20_000 })
      .toMatchObject({ delivered: before + 2, dead: 1 });
    microsoft.faults({ mode: 'ok' });
    expect(microsoft.journalEvents().map(({ eventId }) => eventId)).not.toContain('bad');
  });

  it.each(['other-json', 'empty-object', 'empty', '204'] as const)('is named by the test of the settings: %s', async (mode) => {
    microsoft.faults({ mode, count: 1 });
    const probed = await gateway.callApi('POST /api/sites/:site/connections/:connection/:action', {
      site: 'shop',
      connection: 'bing',
      action: 'probe',
    });
    expect(JSON.stringify(probed)).toContain('answers in an unknown form');
  });
});
