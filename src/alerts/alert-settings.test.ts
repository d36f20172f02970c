import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { alertsSchema } from '../config/alerts.ts';
import { createLogger } from '../logger.ts';
import { openKeyRing } from '../sites/key-ring.ts';
import type { StoredAlertSettings } from '../storage/ports/alerts.ts';
import { AlertSettings, type AlertSettingsDeps } from './alert-settings.ts';

const dir = mkdtempSync(join(tmpdir(), 'convey-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

const url = 'https://hooks.slack.com/services/secret-part';
const slack = { id: 'ops', type: 'slack', url };
const mail = {
  id: 'mail',
  type: 'email',
  host: 'smtp.example.com',
  user: 'convey',
  password: 'mail-secret',
  from: 'Convey <convey@shop.example>',
  to: ['ops@shop.example'],
};

function createDeps(name: string, more: Partial<AlertSettingsDeps> = {}) {
  let stored: StoredAlertSettings = { config: null, secrets: {}, mutes: [] };
  const retried: (readonly string[])[] = [];
  const deps: AlertSettingsDeps = {
    store: {
      getAlertSettings: async () => stored,
      saveAlertSettings: async (settings, changed) => {
        if (settings.version !== stored.version) return false;
        stored = { ...settings, version: (settings.version ?? 0) + 1 };
        retried.push(changed?.channels ?? []);
        return true;
      },
    },
    keys: openKeyRing(join(dir, name), {}),
    allowPrivateDestinations: false,
    siteIds: () => ['shop'],
    now: () => 1_795_514_400_000 + retried.length,
    logger: createLogger('silent', { write: () => {} }),
    ...more,
  };
  return { deps, retried, text: () => JSON.stringify(stored) };
}

it('secrets are stored encrypted, never shown, and read again after a restart', async () => {
  const { deps, text } = createDeps('encrypted');
  const settings = await AlertSettings.open(deps);
  expect(await settings.change({ channels: [slack, mail], digest: 'weekly' }, settings.revision)).toBe('done');
  expect(text()).not.toMatch(/secret-part|mail-secret/);
  expect(JSON.stringify(settings.listChannels())).not.toMatch(/secret-part|mail-secret/);
  expect(settings.listChannels()).toMatchObject([{ secrets: ['url'] }, { secrets: ['password'] }]);
  const again = await AlertSettings.open(deps);
  expect(again.current()).toEqual(settings.current());
  expect(again.current().channels).toMatchObject([{ url }, { password: 'mail-secret', port: 587, security: 'starttls' }]);
});

it('a secret that is left out stays, but a password never goes to another server', async () => {
  const { deps } = createDeps('kept');
  const settings = await AlertSettings.open(deps);
  await settings.change({ channels: [slack, mail] }, undefined);
  const { url: _, ...ops } = slack;
  const { password: __, ...sameServer } = mail;
  expect(await settings.change({ channels: [ops, sameServer] }, undefined)).toBe('done');
  expect(settings.current().channels).toMatchObject([{ url }, { password: 'mail-secret' }]);
  expect(await settings.change({ channels: [ops, { ...sameServer, host: 'smtp.other.example' }] }, undefined)).toBe('done');
  expect(settings.current().channels[1]).not.toHaveProperty('password');
});

it('every problem is reported with its path, and nothing is saved', async () => {
  const { deps, text } = createDeps('problems');
  const settings = await AlertSettings.open(deps);
  const before = text();
  const refused = await settings.change(
    {
      channels: [
        { ...slack, url: 'nothing' },
        { ...mail, to: [] },
        { id: 'x', type: 'pager' },
      ],
      rules: [{ on: 'paused', threshold: -1 }, { on: 'accuracy', threshold: 90 }, { on: 'never' }],
      timeZone: 'Nowhere',
      quietHours: { from: '25:00', to: '07:00' },
    },
    undefined,
  );
  expect(refused).toMatchObject({ refused: 'parameter-invalid' });
  const paths =
    typeof refused === 'object' && refused.refused === 'parameter-invalid' ? refused.problems.map(({ path }) => path) : [];
  expect(paths).toEqual(
    expect.arrayContaining([
      'channels[0].url',
      'channels[1].to',
      'channels[2].type',
      'rules[0].threshold',
      'rules[2].on',
      'timeZone',
      'quietHours.from',
    ]),
  );
  const unknown = await settings.change({ channels: [slack, slack], rules: [{ on: 'paused', for: ['gone'] }] }, undefined);
  expect(unknown).toMatchObject({ problems: [{ path: 'channels[1].id' }, { path: 'rules[0].for[0]' }] });
  expect(text()).toBe(before);
});

it('private addresses, ports of other services and unencrypted mail are refused unless the config allows them', async () => {
  const channels = [
    { ...slack, url: 'https://10.0.0.7/hook' },
    { ...mail, host: '169.254.169.254', port: 6379, security: 'none' },
  ];
  const settings = await AlertSettings.open(createDeps('guarded').deps);
  expect(await settings.change({ channels }, undefined)).toMatchObject({
    problems: [
      { path: 'channels[0].url' },
      { path: 'channels[1].host' },
      { path: 'channels[1].port' },
      { path: 'channels[1].security' },
    ],
  });
  const allowed = await AlertSettings.open(createDeps('allowed', { allowPrivateDestinations: true }).deps);
  expect(await allowed.change({ channels }, undefined)).toBe('done');
});

it('secrets move to a new key, and a channel without its key is left out of the settings', async () => {
  const { deps } = createDeps('rotated');
  const settings = await AlertSettings.open(deps);
  await settings.change({ channels: [slack], rules: [{ on: 'paused', for: ['ops'] }] }, undefined);
  expect(await settings.reencrypt(deps.keys.renew())).toEqual({ resealed: 1, lost: 0 });
  deps.keys.settle();
  expect((await AlertSettings.open(deps)).current().channels).toMatchObject([{ url }]);
  const lost = await AlertSettings.open({ ...deps, keys: openKeyRing(join(dir, 'other'), {}) });
  expect(lost.current().channels).toEqual([]);
  expect(lost.listChannels()).toMatchObject([{ id: 'ops', problem: expect.stringContaining('key') }]);
});

it('settings of the config file cannot be changed, but its connections can be muted', async () => {
  const file = alertsSchema.parse({ channels: [slack] });
  const settings = await AlertSettings.open(createDeps('file', { file }).deps);
  expect(await settings.change({}, undefined)).toEqual({ refused: 'file-made' });
  expect(settings.listChannels()).toMatchObject([{ id: 'ops', secrets: ['url'] }]);
  await settings.mute({ site: 'shop', connection: 'bing', until: 5 });
  await settings.mute({ site: 'shop', connection: 'bing' });
  expect(settings.mutes()).toEqual([{ site: 'shop', connection: 'bing' }]);
  await settings.unmute({ site: 'shop', connection: 'bing' });
  expect(settings.mutes()).toEqual([]);
});

it("two processes keep each other's changes, and each follows those of the other", async () => {
  const { deps } = createDeps('processes');
  const [one, other] = [await AlertSettings.open(deps), await AlertSettings.open(deps)];
  const before = other.revision;
  const changes = [one.change({ channels: [slack] }, undefined), other.mute({ site: 'shop', connection: 'bing' })];
  await Promise.all([...changes, one.mute({ site: 'shop', connection: 'meta' })]);
  expect(await other.change({ digest: 'daily' }, before)).toEqual({ refused: 'changed-meanwhile' });
  for (const settings of [one, other]) {
    await settings.refresh();
    expect(settings.current().channels).toMatchObject([{ url }]);
    expect(
      settings
        .mutes()
        .map(({ connection }) => connection)
        .toSorted(),
    ).toEqual(['bing', 'meta']);
  }
});

it('a site that does not exist is refused, and reported at the start if the settings name it already', async () => {
  const { deps } = createDeps('sites');
  const settings = await AlertSettings.open(deps);
  const given = { channels: [{ ...slack, sites: ['shop', 'shpo'] }], rules: [{ on: 'paused', sites: ['shpo'] }] };
  expect(await settings.change(given, undefined)).toMatchObject({
    problems: [{ path: 'channels[0].sites[1]' }, { path: 'rules[0].sites[0]' }],
  });
  const lines: string[] = [];
  const logger = createLogger('warn', { write: (line) => void lines.push(line) });
  const fromFile = await AlertSettings.open({ ...deps, file: alertsSchema.parse(given), logger });
  fromFile.warnOfUnknownSites();
  expect(lines.map((line) => JSON.parse(line).setting)).toEqual(['alerts.channels[0].sites[1]', 'alerts.rules[0].sites[0]']);
});

it('a change is refused if the settings have changed since they were read', async () => {
  const settings = await AlertSettings.open(createDeps('revision').deps);
  const { revision } = settings;
  expect(await settings.change({ digest: 'daily' }, revision)).toBe('done');
  expect(await settings.change({ digest: 'off' }, revision)).toEqual({ refused: 'changed-meanwhile' });
});

it('a channel counts as changed when its address, account or password does, and not when its sites or other channels do', async () => {
  const { deps, retried, text } = createDeps('versions');
  const settings = await AlertSettings.open(deps);
  const change = async (...channels: readonly object[]) => {
    expect(await settings.change({ channels }, undefined)).toBe('done');
    return retried.at(-1);
  };
  expect(await change(slack, mail)).toEqual(['ops', 'mail']);
  const before = settings.changedAt('mail');
  expect(await change({ ...slack, sites: ['shop'] }, mail)).toEqual([]);
  expect(await change({ ...slack, url: `${url}-2` }, mail)).toEqual(['ops']);
  expect(settings.changedAt('mail')).toBe(before);
  expect(await change(slack, { ...mail, password: 'other-secret' })).toEqual(['ops', 'mail']);
  expect(settings.changedAt('mail')).toBeGreaterThan(before);
  expect(text()).not.toMatch(/secret-part|mail-secret|other-secret/);
});

it('a channel of the config file counts as changed at the start after its change, unless another process records it', async () => {
  const open = async (channels: readonly object[], deps: AlertSettingsDeps) =>
    AlertSettings.open({ ...deps, file: alertsSchema.parse({ channels }) });
  const { deps, retried } = createDeps('file-versions');
  await open([slack], deps);
  await open([slack], deps);
  await open([{ ...slack, url: `${url}-2` }, mail], { ...deps, recordsFileChannels: false });
  expect(retried).toEqual([['ops']]);
  await open([{ ...slack, url: `${url}-2` }, mail], deps);
  expect(retried).toEqual([['ops'], ['ops', 'mail']]);
});
