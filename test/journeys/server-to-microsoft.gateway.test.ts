import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptedPurchases } from '../../src/cli/demo/scripted-shopper.ts';
import { microsoftDemo } from '../../src/simulators/microsoft/demo.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey, parseJsonLines } from '../cli.fixture.ts';
import {
  eventually,
  type Folder,
  makeFolder,
  post,
  purchase,
  type RunningGateway,
  secretKey,
  startGatewayProcess,
  startSink,
  tagId,
} from '../gateway.fixture.ts';
import { type PacedGateway, startLocalGateway } from '../paced-gateway.fixture.ts';

let folder: Folder;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

beforeEach(() => {
  folder = makeFolder();
});
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
  folder.remove();
});

/** Starts a gateway in a process of its own, which can be killed. */
async function startProcess(config: string): Promise<RunningGateway> {
  const running = await startGatewayProcess(config);
  cleanups.push(() => running.kill());
  return running;
}

/** Starts a gateway in this process. */
async function startGateway(config: string): Promise<PacedGateway> {
  const gateway = await startLocalGateway(config);
  cleanups.push(gateway.stop);
  return gateway;
}

async function startSimulator(): Promise<MicrosoftSimulator> {
  const running = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' } });
  cleanups.push(() => running.close());
  return running;
}

const getDelivered = (microsoft: MicrosoftSimulator) => microsoft.journalEvents().flatMap(({ server }) => server);

describe('a shop server that reports to Microsoft through Convey', () => {
  it('sees its eight standard events arrive at a plain HTTP endpoint as eight items of the Conversions API', async () => {
    const sink = await startSink();
    cleanups.push(sink.close);
    const { url } = await startGateway(folder.writeConfig(sink.url));
    const startedAt = Date.now() - 60_000;
    expect(await post(url, scriptedPurchases('visit', startedAt))).toMatchObject({ accepted: 8, duplicates: 0, rejected: [] });
    expect(await eventually(() => sink.events().length >= 8)).toBe(true);
    const expected = microsoftDemo.expected({ id: 'visit', startedAt, origin: '', visitorId: '' });
    expect(sink.events()).toEqual([...expected.values()].slice(0, 8));
    const [request] = sink.requests;
    expect(request).toMatchObject({
      path: `POST /v1/${tagId}/events`,
      headers: { authorization: 'Bearer good-token', 'content-type': 'application/json' },
      body: { continueOnValidationError: false, dataProvider: 'convey' },
    });
  });

  it('receives the reasons why three of its ten events are invalid, and the other seven arrive', async () => {
    const sink = await startSink();
    cleanups.push(sink.close);
    const { url } = await startGateway(folder.writeConfig(sink.url));
    const buildValid = (index: number) => purchase(`good-${index}`);
    const events = [
      buildValid(0),
      { ...buildValid(1), name: '9 lives' },
      buildValid(2),
      buildValid(3),
      { ...buildValid(4), id: 'jane@shop.example' },
      buildValid(5),
      buildValid(6),
      { ...buildValid(7), time: '2020-01-01T00:00:00Z' },
      buildValid(8),
      buildValid(9),
    ];
    const answer = await post(url, events);
    expect(answer.accepted).toBe(7);
    expect(answer.rejected.map(({ index, issues }) => [index, issues[0]?.field, issues[0]?.code])).toEqual([
      [1, 'name', expect.any(String)],
      [4, 'id', 'id-is-personal'],
      [7, 'time', expect.any(String)],
    ]);
    expect(JSON.stringify(answer)).not.toContain('jane@shop.example');
    expect(answer.ids.filter((id) => id === null)).toHaveLength(3);
    await post(url, [purchase('the-end')]);
    expect(await eventually(() => sink.events().some(({ eventId }) => eventId === 'the-end'))).toBe(true);
    const ids = [0, 2, 3, 5, 6, 8, 9].map((index) => `good-${index}`);
    expect(sink.events().map(({ eventId }) => eventId)).toEqual([...ids, 'the-end']);
  });

  it('may repeat a request without a response: the events are duplicates and arrive once', async () => {
    const sink = await startSink();
    cleanups.push(sink.close);
    const { url } = await startGateway(folder.writeConfig(sink.url));
    await post(url, [purchase('o-1'), purchase('o-2')]);
    expect(await post(url, [purchase('o-1'), purchase('o-2'), purchase('o-3')])).toMatchObject({
      accepted: 1,
      duplicates: 2,
      ids: ['o-1', 'o-2', 'o-3'],
    });
    await post(url, [purchase('the-end')]);
    expect(await eventually(() => sink.events().some(({ eventId }) => eventId === 'the-end'))).toBe(true);
    expect(sink.events().map(({ eventId }) => eventId)).toEqual(['o-1', 'o-2', 'o-3', 'the-end']);
  });

  it('loses none of 1,000 events when Microsoft names and refuses 50: 950 arrive once, 50 are dead letters, 6 requests', async () => {
    const microsoft = await startSimulator();
    const config = folder.writeConfig(microsoft.url);
    const { url } = await startGateway(config);
    const ids = Array.from({ length: 1_000 }, (_, index) => `o-${index}`);
    const poison = ids.filter((_, index) => index % 20 === 7);
    microsoft.faults({ mode: 'reject', eventIds: poison });
    expect((await convey('connections', 'pause', 'shop/bing', '--config', config)).code).toBe(0);
    for (const half of [ids.slice(0, 500), ids.slice(500)])
      await post(
        url,
        half.map((id) => purchase(id)),
      );
    expect((await convey('connections', 'resume', 'shop/bing', '--config', config)).code).toBe(0);

    const getConnections = async (): Promise<{ counts: { delivered: number; dead: number } }[]> =>
      parseJsonLines((await convey('connections', 'list', '--json', '--config', config)).stdout);
    // Once every event has its final outcome, no further request is sent.
    const isSettled = async () => {
      const [connection] = await getConnections();
      return connection?.counts.delivered === 950 && connection.counts.dead === 50;
    };
    expect(await eventually(isSettled)).toBe(true);
    expect(getDelivered(microsoft)).toHaveLength(950);
    expect(new Set(microsoft.journalEvents().map(({ eventId }) => eventId))).toEqual(
      new Set(ids.filter((id) => !poison.includes(id))),
    );
    expect(microsoft.journal().length).toBeLessThanOrEqual(6);

    const listed = await convey('dead-letters', 'list', '--site', 'shop', '--json', '--config', config);
    const letters: { eventId: string; cause: string; issues: { message: string }[] }[] = parseJsonLines(listed.stdout);
    expect(letters.map(({ eventId }) => eventId).sort()).toEqual(poison.toSorted());
    expect(new Set(letters.map(({ cause }) => cause))).toEqual(new Set(['rejected']));
    expect(letters.every(({ issues }) => issues.some(({ message }) => message.length > 0))).toBe(true);
    expect(await getConnections()).toMatchObject([{ health: 'healthy', counts: { delivered: 950, dead: 50 } }]);
  });

  it('has every acknowledged event delivered after a kill -9 and a restart', async () => {
    const microsoft = await startSimulator();
    microsoft.faults({ mode: '500' });
    const config = folder.writeConfig(microsoft.url);
    const first = await startProcess(config);
    const ids = Array.from({ length: 100 }, (_, index) => `o-${index}`);
    for (const id of ids) await post(first.url, [purchase(id)]);
    await first.kill();
    expect(getDelivered(microsoft)).toHaveLength(0);

    microsoft.faults({ mode: 'ok' });
    await startGateway(config);
    expect(await eventually(() => getDelivered(microsoft).length >= ids.length)).toBe(true);
    expect(
      microsoft
        .journalEvents()
        .map(({ eventId }) => eventId)
        .sort(),
    ).toEqual(ids.toSorted());
    expect(getDelivered(microsoft)).toHaveLength(ids.length);
  });

  it('has a request without a response repeated after a crash with the same bytes, and counted once', async () => {
    const microsoft = await startSimulator();
    microsoft.faults({ mode: 'hang' });
    const config = folder.writeConfig(microsoft.url);
    const first = await startProcess(config);
    await post(first.url, [purchase('o-1'), purchase('o-2')]);
    expect(await eventually(() => microsoft.journal().length === 1)).toBe(true);
    await first.kill();
    microsoft.faults({ mode: '200-then-drop', count: 1 });
    const second = await startGateway(config);
    await post(second.url, [purchase('o-3')]);
    expect(await eventually(() => microsoft.journalEvents().some(({ eventId }) => eventId === 'o-3'))).toBe(true);
    const [lost, dropped, retried] = microsoft.journal();
    expect(dropped?.body).toEqual(lost?.body);
    expect(retried?.body).toEqual(lost?.body);
    expect(microsoft.journalEvents().map(({ eventId, counted }) => [eventId, counted])).toEqual([
      ['o-1', 'server'],
      ['o-2', 'server'],
      ['o-3', 'server'],
    ]);
    // The simulator records a request before the gateway commits its outcome.
    const listConnections = async () =>
      parseJsonLines((await convey('connections', 'list', '--json', '--config', config)).stdout);
    await eventually(async () => (await listConnections())[0]?.counts.delivered === 3);
    expect(await listConnections()).toMatchObject([{ inDoubt: 2, counts: { delivered: 3 } }]);
  });

  it('has its connection paused by a refused token, and loses nothing once the config file has a valid one', async () => {
    const microsoft = await startSimulator();
    const wrong = await startGateway(folder.writeConfig(microsoft.url, { token: 'bad-token' }));
    await post(wrong.url, [purchase('o-1'), purchase('o-2')]);
    const config = join(folder.dir, 'convey.json');
    const listConnections = async () => (await convey('connections', 'list', '--config', config)).stdout;
    await expect.poll(listConnections).toContain('unhealthy');
    expect(await listConnections()).toContain('Copy the token again');
    await post(wrong.url, [purchase('o-3')]);
    await wrong.stop();
    expect(microsoft.journal()).toHaveLength(1);

    await startGateway(folder.writeConfig(microsoft.url));
    expect(await eventually(() => getDelivered(microsoft).length >= 3)).toBe(true);
    expect(microsoft.journalEvents().map(({ eventId }) => eventId)).toEqual(['o-1', 'o-2', 'o-3']);
  });

  it("keeps a shopper's e-mail, phone, name, birth and address out of its data folder, its output and what Microsoft receives", async () => {
    const microsoft = await startSimulator();
    const config = folder.writeConfig(microsoft.url);
    const running = await startProcess(config);
    const secrets = [
      ...['jane.secret@shop.example', 'Jane.Secret', '4255550173', '425) 555-0173', '425 555 0173', 'cust-secret-7'],
      ...[
        'Qvyrija',
        'Zsecretovsky',
        'Qsecretstraat',
        'Qsecretville',
        'Qsecretshire',
        'QX9 7ZZ',
        'qx97zz',
        '19430217',
        '1943-02-17',
      ],
    ];
    const user = {
      email: ' Jane.Secret@Shop.example',
      phone: '+1 (425) 555-0173',
      externalId: 'cust-secret-7',
      anonymousId: 'b171a9b06ce011ecafcd1b209be8601b',
      firstName: 'Qvyrija',
      lastName: 'Zsecretovsky',
      dateOfBirth: '1943-02-17',
      address: { street: '12 Qsecretstraat', city: 'Qsecretville', state: 'Qsecretshire', zip: 'QX9 7ZZ', country: 'GB' },
    };
    const leaks = {
      page: {
        url: 'https://shop.example/thanks?email=jane.secret%40shop.example&tel=4255550173',
        title: 'Thanks jane.secret@shop.example',
        referrer: 'https://shop.example/?q=+14255550173',
      },
      properties: {
        note: 'call 425 555 0173',
        email: 'jane.secret@shop.example',
        deep: [{ mobile: '4255550173', text: 'JANE.SECRET@SHOP.EXAMPLE' }],
      },
      goal: { label: 'jane.secret@shop.example' },
    };
    const secretOrder = { ...purchase('o-secret'), user, ...leaks };
    await post(running.url, [
      secretOrder,
      { ...secretOrder, id: 'jane.secret@shop.example' },
      { ...secretOrder, id: 'o-2', name: 'Jane Secret 4255550173' },
      { ...secretOrder, id: 'o-3', time: 'never', user: { ...user, gender: 'Qvyrija', dateOfBirth: 'Zsecretovsky' } },
    ]);
    expect(await eventually(() => getDelivered(microsoft).length === 1)).toBe(true);
    const output = [running.output()];
    for (const args of [
      ['event', 'o-secret'],
      ['events', '--json'],
    ])
      output.push((await convey(...args, '--config', config)).stdout);
    output.push(JSON.stringify(microsoft.journal()), await (await fetch(microsoft.url)).text());
    const readDataFiles = () =>
      readdirSync(folder.dataDir)
        .filter((name) => !name.endsWith('.sock'))
        .map((name) => readFileSync(join(folder.dataDir, name), 'latin1'));
    output.push(...readDataFiles());
    await running.stop();
    output.push(...readDataFiles());
    expect(output.join('\n')).toContain('o-secret');
    for (const secret of [...secrets, secretKey, 'good-token']) {
      const places = output.filter((place) => place.toLowerCase().includes(secret.toLowerCase())).length;
      expect([secret, places]).toEqual([secret, 0]);
    }
  });
});
