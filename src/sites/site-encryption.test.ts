import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bing, getSettings, listIds, token, useRegistry } from './site-registry.fixture.ts';
import type { SiteRegistry } from './site-registry.ts';

const scene = useRegistry();

describe('the secrets of connections', () => {
  it('are in files only encrypted, and never in the log', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    const { key = '' } = await registry.createKey('made', 'secret').then((created) => ('key' in created ? created : { key: '' }));
    await registry.connections.put('made', 'bing', undefined, { ...bing, settings: { tagId: 'wrong', token: `${token}-2` } });
    await registry.secrets.rotate();
    const files = scene().readFiles();
    expect(files.length).toBeGreaterThan(2);
    for (const text of [...files, ...scene().logged]) for (const secret of [token, key]) expect(text).not.toContain(secret);
    expect(files.join('')).toContain('made.example');
  });

  it('stop only their connection when their key is missing, until they are entered again', async () => {
    await (await scene().openWithSite()).connections.put('made', 'bing', undefined, bing);
    rmSync(join(scene().dir, 'secrets.key'));
    const registry = await scene().open();
    expect(listIds(registry.sites())).toEqual(['shop', 'made']);
    expect(registry.entry('made')?.connections[0]?.problem).toMatch(/key .* is missing.*enter the secret again/);
    const result = await registry.connections.put('made', 'bing', undefined, {
      destination: 'microsoft',
      settings: { tagId: '5' },
    });
    expect('refused' in result && result.issues?.map(({ field }) => field)).toEqual(['settings.token']);
    await registry.connections.put('made', 'bing', undefined, bing);
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ token });
  });

  it('stay unreadable when the key file is invalid, and the gateway starts', async () => {
    await (await scene().openWithSite()).connections.put('made', 'bing', undefined, bing);
    writeFileSync(join(scene().dir, 'secrets.key'), 'not a key\n');
    const registry = await scene().open();
    expect(registry.entry('made')?.connections[0]?.problem).toMatch(/is missing/);
    expect(scene().logged.join('')).toContain('has lines that are not keys');
    await expect(registry.connections.put('made', 'bing', undefined, bing)).rejects.toThrow(/has lines that are not keys/);
  });

  it('are readable with a warning if other users can read the key file', async () => {
    await (await scene().openWithSite()).connections.put('made', 'bing', undefined, bing);
    expect(scene().logged.join('')).not.toContain('key file readable');
    chmodSync(join(scene().dir, 'secrets.key'), 0o644);
    const registry = await scene().open();
    expect(getSettings(registry, 'made', 'bing')).toMatchObject({ token });
    const [warning = ''] = scene().logged.filter((line) => line.includes('key file readable by other users'));
    expect(warning).toContain(`chmod 600 '${join(scene().dir, 'secrets.key')}'`);
  });

  it('are re-encrypted while the gateway runs, without a restart of consumers', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    const [before] = await scene().store.listDashboardConnections();
    const keyBefore = readFileSync(join(scene().dir, 'secrets.key'), 'utf8');
    scene().applied = [];
    expect(await registry.secrets.rotate()).toEqual({ source: 'file', resealed: 1, lost: 0 });
    expect(scene().applied).toEqual([]);
    const [after] = await scene().store.listDashboardConnections();
    expect(after?.secrets.token).not.toBe(before?.secrets.token);
    expect(readFileSync(join(scene().dir, 'secrets.key'), 'utf8')).not.toContain(keyBefore.trim());
    expect(getSettings(await scene().open(), 'made', 'bing')).toMatchObject({ token });
  });

  it.each(['before the store', 'after the store'])('survive a crash during the rotation, %s', async (when) => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    const [before] = await scene().store.listDashboardConnections();
    if (!before) throw new Error('it was just made');
    const keysBefore = readFileSync(join(scene().dir, 'secrets.key'), 'utf8');
    await registry.secrets.rotate();
    const keysAfter = readFileSync(join(scene().dir, 'secrets.key'), 'utf8');
    // The state of the disk during the rotation: both keys, and secrets encrypted with either.
    writeFileSync(join(scene().dir, 'secrets.key'), keysAfter + keysBefore);
    if (when === 'before the store') await scene().store.saveSecrets([before], await scene().store.listDashboardSites());
    const restarted = await scene().open();
    expect(getSettings(restarted, 'made', 'bing')).toMatchObject({ token });
    expect(readFileSync(join(scene().dir, 'secrets.key'), 'utf8')).toBe(keysAfter);
    expect(getSettings(await scene().open(), 'made', 'bing')).toMatchObject({ token });
  });

  it('do not prevent the start if an interrupted rotation fails again', async () => {
    const registry = await scene().openWithSite();
    await registry.connections.put('made', 'bing', undefined, bing);
    const keys = readFileSync(join(scene().dir, 'secrets.key'), 'utf8');
    writeFileSync(join(scene().dir, 'secrets.key'), `${'ab'.repeat(32)}\n${keys}`);
    mkdirSync(join(scene().dir, 'secrets.key.new'));
    const restarted = await scene().open();
    expect(getSettings(restarted, 'made', 'bing')).toMatchObject({ token });
    expect(scene().logged.join('')).toContain('secrets key rotation failed');
  });

  it('are re-encrypted with the new key of the environment, and need the old key no longer', async () => {
    const [one, two] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const first = await scene().open({ CONVEY_SECRETS_KEY: one });
    await first.createSite({ id: 'made', domains: ['made.example'] });
    await first.connections.put('made', 'bing', undefined, bing);
    expect(first.secrets.canRotate()).toBe(false);
    const second = await scene().open({ CONVEY_SECRETS_KEY: two, CONVEY_SECRETS_KEY_OLD: one });
    expect(getSettings(second, 'made', 'bing')).toMatchObject({ token });
    expect(await second.secrets.rotate()).toEqual({ source: 'environment', resealed: 1, lost: 0 });
    expect(getSettings(await scene().open({ CONVEY_SECRETS_KEY: two }), 'made', 'bing')).toMatchObject({ token });
    expect(readdirSync(scene().dir)).not.toContain('secrets.key');
  });
});

describe('a webhook secret', () => {
  const [present, before] = ['shpss_canary_present', 'shpss_canary_before'];
  const getSecrets = (registry: SiteRegistry) => registry.entry('made')?.site.webhooks.secrets;
  async function withSecrets(): Promise<SiteRegistry> {
    const registry = await scene().openWithSite();
    await registry.addWebhookSecret('made', before);
    await registry.addWebhookSecret('made', ` ${present}\n`);
    return registry;
  }

  it('applies immediately, is one of at most four, and is in files only encrypted', async () => {
    const registry = await withSecrets();
    expect(getSecrets(registry)).toEqual([before, present]);
    expect(
      scene()
        .applied.at(-1)
        ?.find(({ id }) => id === 'made')?.webhooks.secrets,
    ).toEqual([before, present]);
    for (const more of ['that of an app', 'its next one']) await registry.addWebhookSecret('made', more);
    expect(await registry.addWebhookSecret('made', 'yet another one')).toEqual({ refused: 'too-many-keys' });
    const [{ id = '' } = {}, , ...more] = registry.entry('made')?.stored?.webhookSecrets ?? [];
    for (const one of [id, ...more.map((secret) => secret.id)]) await registry.removeWebhookSecret('made', one);
    expect(getSecrets(registry)).toEqual([present]);
    expect(await registry.removeWebhookSecret('made', id)).toEqual({ refused: 'no-such-key' });
    expect(getSecrets(await scene().open())).toEqual([present]);
    expect([...scene().readFiles(), ...scene().logged].join('')).not.toContain('canary');
  });

  it('is rejected without repeating it if it is invalid, known, or for a site of the config file', async () => {
    const registry = await withSecrets();
    const [{ id = '' } = {}] = registry.entry('made')?.stored?.webhookSecrets ?? [];
    await registry.removeWebhookSecret('made', id);
    for (const secret of ['short', 'x'.repeat(201), present]) {
      const refused = await registry.addWebhookSecret('made', secret);
      expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: 'secret' }] });
      expect(JSON.stringify(refused)).not.toContain(secret);
    }
    expect(await registry.addWebhookSecret('shop', present)).toEqual({ refused: 'file-made' });
    expect(await registry.changeSite('made', undefined, { webhooks: { secrets: [present] } })).toMatchObject({
      refused: 'parameter-invalid',
    });
    expect(await registry.changeSite('made', undefined, { webhooks: { purchaseOn: 'paid' } })).toMatchObject({
      site: { webhooks: { purchaseOn: 'paid', secrets: [present] } },
    });
  });

  it('is re-encrypted with all others, and is unreadable at another site', async () => {
    const registry = await withSecrets();
    expect(await registry.secrets.rotate()).toEqual({ source: 'file', resealed: 2, lost: 0 });
    expect(getSecrets(await scene().open())).toEqual([before, present]);
    const [site] = await scene().store.listDashboardSites();
    if (!site) throw new Error('it was just made');
    await scene().store.saveDashboardSite({
      ...site,
      id: 'moved',
      config: { ...site.config, id: 'moved', writeKey: 'wk_moved_example' },
    });
    expect((await scene().open()).entry('moved')).toMatchObject({
      runs: true,
      lostSecrets: [expect.any(String), expect.any(String)],
    });
  });

  it('is logged and left out if it is unreadable, and the site runs', async () => {
    await withSecrets();
    rmSync(join(scene().dir, 'secrets.key'));
    const registry = await scene().open();
    expect(registry.entry('made')).toMatchObject({ runs: true, lostSecrets: { length: 2 }, site: { webhooks: { secrets: [] } } });
    expect(scene().logged.join('')).toContain('webhook secret unreadable');
  });
});
