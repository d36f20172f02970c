import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { startMetaSimulator } from '../../src/simulators/meta/simulator.ts';
import { startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { makeFolder, tagId } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';

const datasetId = '1234567890123456';

/**
 * Starts a gateway whose site has a connection to Meta and one to Microsoft, `meta` and `bing`.
 * @param cleanups gets the functions that end it all, to be run in the reverse order
 */
export async function startWithTwoPlatforms(site: object, cleanups: (() => Promise<unknown> | unknown)[]) {
  const folder = makeFolder();
  cleanups.push(folder.remove);
  const clock = createPacedClock();
  const tokens = { [datasetId]: 'good-token', [tagId]: 'good-token' };
  const meta = await startMetaSimulator({ port: 0, tokens, now: clock.now });
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens, now: clock.now });
  cleanups.push(meta.close, microsoft.close);
  const connections = [
    { id: 'meta', destination: 'meta', settings: { datasetId, token: 'good-token', endpoint: meta.url } },
    { id: 'bing', destination: 'microsoft', settings: { tagId, token: 'good-token', endpoint: microsoft.url } },
  ];
  const gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site: { connections, ...site } }), clock);
  cleanups.push(gateway.stop);
  return { folder, clock, meta, microsoft, gateway };
}
