import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { convey } from '../cli.fixture.ts';
import { conveyScript, eventually, type Folder, makeFolder, post, purchase, tagId } from '../gateway.fixture.ts';
import { type PacedGateway, startPacedGateway } from '../paced-gateway.fixture.ts';

describe('an operator who looks for certain events at a terminal', () => {
  let folder: Folder;
  let microsoft: MicrosoftSimulator;
  let gateway: PacedGateway;
  let config: string;

  beforeAll(async () => {
    folder = makeFolder();
    const clock = createPacedClock();
    microsoft = await startMicrosoftSimulator({ port: 0, tokens: { [tagId]: 'good-token' }, now: clock.now });
    config = folder.writeConfig(microsoft.url);
    gateway = await startPacedGateway(config, clock);
    await post(gateway.url, [
      purchase('f-1', { user: { email: 'jane@shop.example' } }),
      purchase('f-2', { user: { anonymousId: 'd4'.repeat(16) }, consent: { adStorage: 'denied', explicit: true } }),
      { ...purchase('f-3'), name: 'Lead', commerce: { orderId: 'quote-9' } },
    ]);
    const isSettled = async () => (await findIds('--outcome', 'undelivered', '--outcome', 'waiting')).length === 0;
    expect(await eventually(async () => (await findIds('--text', 'f-')).length === 3 && (await isSettled()))).toBe(true);
  });
  afterAll(async () => {
    await gateway.stop();
    await microsoft.close();
    folder.remove();
  });

  const findIds = async (...filters: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await convey('events', '--json', ...filters, '--config', config);
    expect([code, stderr]).toEqual([0, '']);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).id);
  };

  it('finds events by name, outcome, match key, id and time, and by several at once', async () => {
    expect(await findIds('--event', 'lead', '--event', 'SignUp')).toEqual(['f-3']);
    expect(await findIds('--outcome', 'consent-denied', '--connection', 'bing')).toEqual(['f-2']);
    expect(await findIds('--has', 'email')).toEqual(['f-1']);
    expect(await findIds('--lacks', 'email', '--event', 'Purchase')).toEqual(['f-2']);
    expect(await findIds('--text', 'QUOTE')).toEqual(['f-3']);
    expect(await findIds('--since', '1h', '--reporter', 'server', '--limit', '2')).toEqual(['f-2', 'f-3']);
    expect(await findIds('--until', '2020-01-01')).toEqual([]);
    expect(await findIds('--outcome', 'skipped')).toEqual(['f-2']);
    expect(await findIds('--outcome', 'skipped', '--outcome', 'delivered', '--connection', 'shop/bing')).toEqual([
      'f-1',
      'f-2',
      'f-3',
    ]);
  });

  it('gets a message when nothing matches, and no rejections with a filter', async () => {
    const { stdout } = await convey('events', '--outcome', 'dead', '--config', config);
    expect(stdout).toBe('No event matches. Remove a filter.\n');
    const recent = await convey('events', '--outcome', 'dead', '--since', '1h', '--config', config);
    expect(recent.stdout).toBe('No event matches. Remove a filter, or start earlier.\n');
    const found = await convey('events', '--text', 'f-1', '--config', config);
    expect(found.stdout).toMatch(/^received[^\n]*\n[^\n]*Purchase +f-1 [^\n]*\n$/);
  });

  it('follows matching events only', async () => {
    const args = ['events', '--follow', '--outcome', 'delivered', '--event', 'Lead', '--config', config];
    const following = spawn(process.execPath, [conveyScript, ...args], { env: { ...process.env, NO_COLOR: '1' } });
    let printed = '';
    following.stdout.on('data', (chunk: Buffer) => {
      printed += chunk;
    });
    expect(await eventually(() => printed.includes('f-3'))).toBe(true);
    await post(gateway.url, [purchase('f-4'), { ...purchase('f-5'), name: 'Lead', commerce: {} }]);
    expect(await eventually(() => /Lead {2}f-5 .* bing: delivered/.test(printed))).toBe(true);
    expect(printed).not.toMatch(/f-1|f-4|undelivered/);
    following.kill();
    await once(following, 'close');
  });

  it('reads the valid values of each filter in the help', async () => {
    const help = (await convey('events', '--help')).stdout.replace(/\s+/g, ' ');
    for (const part of [
      'delivered, awaiting-verdict, unverified, waiting, dead, undelivered, before-connection, restated, retracted, skipped, or one skip reason',
      'consent-denied',
      'browser, server or webhook',
      'msclkid, gclid, gbraid, wbraid, fbclid, ttclid, epik, oppref, email, phone, visitor, external-id, address or agent',
      '2026-11-24T10:00:00Z',
      '15m, 2h',
    ])
      expect(help).toContain(part);
  });

  it('gets the wrong option and its valid values, with a failing exit code', async () => {
    const failures: [string[], RegExp][] = [
      [
        ['--outcome', 'lost'],
        /--outcome is not valid\. Use one of delivered, awaiting-verdict, unverified, waiting, dead, undelivered, before-connection, restated, retracted, skipped, consent-denied/,
      ],
      [['--reporter', 'phone'], /--reporter is not valid\. Use one of browser, server, webhook/],
      [
        ['--has', 'emails'],
        /--has is not valid\. Use one of msclkid, gclid, .* oppref, email, phone, visitor, external-id, address, agent/,
      ],
      [['--lacks', 'emails'], /--lacks is not valid\. Use one of msclkid/],
      [['--event', 'a b'], /--event is not valid\. Use an event name/],
      [['--since', 'yesterday'], /--since is not valid\. Use a time such as 2026-11-24T10:00:00Z.* 2h/],
      [['--until', '2026-13-01'], /--until is not valid\. Use a time such as/],
      [['--text', ' '], /--text is not valid\. Use 1 to 128 characters/],
      [['--connection', 'nowhere'], /No site has the connection of --connection\. Use one of these: bing/],
    ];
    for (const [args, expected] of failures) {
      const { code, stdout, stderr } = await convey('events', ...args, '--config', config);
      expect([args[0], stderr]).toEqual([args[0], expect.stringMatching(/^error: /)]);
      expect(stderr).toMatch(expected);
      expect([code, stdout]).toEqual([1, '']);
    }
  });
});
