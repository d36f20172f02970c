import { describe, expect, it } from 'vitest';
import { getSiteTags } from '../destinations/site-tags.ts';
import type { Json } from '../event/issue.ts';
import type { Site } from '../event/site.ts';
import { createPixelScripts } from '../ingest/browser/pixel-script.ts';
import { fileSite, listIds, useRegistry } from './site-registry.fixture.ts';

const scene = useRegistry();

describe('the UET settings of a site', () => {
  const foreign = {
    script: 'https://foreign.example/x.js',
    idSync: 'https://foreign.example/x.gif',
    queue: '__proto__',
  };
  /** The site as a version before this rule stored it. */
  async function withStored(written: Readonly<Record<string, Json>>): Promise<void> {
    const whole = { id: 'old', name: 'Old', domains: ['old.example'], writeKey: 'wk_old_example', ...written };
    await scene().store.saveDashboardSite({ id: 'old', config: whole, secretKeys: [], oldWriteKeys: [], webhookSecrets: [] });
  }
  const getPixel = (site: Site | undefined) => {
    if (!site) throw new Error('the site runs');
    const core = 'start(__CONVEY_SETTINGS__,__CONVEY_PARTS__,script)';
    const built = {
      core,
      overlay: '',
      overlayStub: '',
      consentTools: '',
      consentReader: '',
      consentReaders: {},
      shopifyCart: '',
      captures: {
        'virtual-pages': '() => 0',
        'cross-domain': '() => 3',
        'data-layer': '() => 1',
        'data-layer-preview': '() => 2',
      },
      drivers: { microsoft: '' },
    };
    const connections = [{ id: 'bing', destination: 'microsoft', enabled: true, settings: { customerId: '254610987' } }];
    const scripts = createPixelScripts(built, (each) => getSiteTags({ ...each, connections }));
    return new TextDecoder().decode(scripts(site, 'US').bytes);
  };

  it.each([
    ['script', 'https://foreign.example/x.js', /only in the config file/],
    ['script', 'http://bat.bing.com/bat.js', /only in the config file/],
    ['script', 'https://bat.bing.com:8443/bat.js', /only in the config file/],
    ['script', 'https://bat.bing.com@foreign.example/bat.js', /only in the config file/],
    ['script', 'https://user@bat.bing.com/bat.js', /only in the config file/],
    ['script', 'https://bat.bing.com.foreign.example/bat.js', /only in the config file/],
    ['script', 'https://c.bing.com/bat.js', /only in the config file/],
    ['script', 'javascript:alert(1)', /http or https URL/],
    ['idSync', 'https://foreign.example/x.gif', /only in the config file/],
    ['script', 'https://bat.bing.com/other.js', /only in the config file/],
    ['script', 'https://bat.bing.net/bat.js?ti=1', /only in the config file/],
    ['idSync', 'http://c.bing.com/c.gif', /only in the config file/],
    ['idSync', 'https://c.bing.com/c.gif?x=1', /only in the config file/],
    ['queue', '__proto__', /variable of the page/],
    ['queue', 'constructor', /variable of the page/],
    ['queue', 'toString', /variable of the page/],
    ['queue', 'uetq;alert(1)', /variable of the page/],
  ])('reject the %s %s of the dashboard, for a new and a changed site', async (name, value, message) => {
    const registry = await scene().openWithSite();
    const uet = { mode: 'load', tagId: '1', [name]: value };
    for (const refused of [
      await registry.createSite({ id: 'second', domains: ['second.example'], uet }),
      await registry.changeSite('made', undefined, { uet }),
    ]) {
      expect(refused).toMatchObject({ refused: 'parameter-invalid' });
      const issues = 'refused' in refused ? refused.issues : [];
      expect(issues).toEqual([{ field: `uet.${name}`, code: 'parameter-invalid', message: expect.stringMatching(message) }]);
      expect(JSON.stringify(issues)).not.toContain('foreign');
    }
    expect(registry.entry('made')?.site.tags.microsoft?.mode).toBe('off');
  });

  it.each([
    ['script', 'https://bat.bing.com/bat.js'],
    ['script', 'https://bat.bing.net/bat.js'],
    ['idSync', 'https://c.bing.com/c.gif'],
    ['idSync', 'https://bat.bing.com/c.gif'],
    ['idSync', 'https://bat.bing.net/c.gif'],
    ['queue', 'uetq2'],
  ])('accept the %s %s of the dashboard', async (name, value) => {
    const registry = await scene().openWithSite();
    expect(await registry.changeSite('made', undefined, { uet: { [name]: value } })).toMatchObject({
      site: { tags: { microsoft: { [name]: value } } },
    });
  });

  it('accept any URL in the config file, but no queue that every object has', async () => {
    const { script, idSync } = foreign;
    const uet = { mode: 'load', tagId: '1', script, idSync, queue: 'uetq2' };
    scene().config = JSON.stringify({ sites: [{ ...fileSite, uet }] });
    expect((await scene().open()).entry('shop')?.site.tags.microsoft).toEqual(uet);
    scene().config = JSON.stringify({ sites: [{ ...fileSite, uet: { ...uet, queue: 'hasOwnProperty' } }] });
    await expect(scene().open()).rejects.toThrow('sites[0].uet.queue');
  });

  it('use the default for a stored value that is rejected now, and log it', async () => {
    await withStored({ uet: { mode: 'load', tagId: '1', ...foreign } });
    const registry = await scene().open();
    const { site, runs, problem } = registry.entry('old') ?? {};
    expect(runs).toBe(true);
    expect(site?.tags.microsoft).toEqual({
      mode: 'load',
      tagId: '1',
      script: 'https://bat.bing.com/bat.js',
      queue: 'uetq',
      idSync: 'https://c.bing.com/c.gif',
    });
    for (const name of ['script', 'queue', 'idSync']) expect(problem).toContain(`\`tags.microsoft.${name}\`: Is ignored`);
    expect(getPixel(registry.sites().find(({ id }) => id === 'old'))).not.toMatch(/foreign|__proto__/);
    expect(getPixel(registry.sites().find(({ id }) => id === 'old'))).toContain('https://bat.bing.com/bat.js');
    const warnings = scene().logged.filter((line) => line.includes('stored site settings ignored'));
    expect(warnings).toHaveLength(1);
    expect(scene().logged.join('')).not.toContain('foreign');
  });

  it("use the default for a stored URL that is not the vendor's script, and keep one that is", async () => {
    const google = 'https://www.googletagmanager.com';
    await withStored({
      uet: { mode: 'load', tagId: '1', script: 'https://bat.bing.net/bat.js', idSync: 'https://bat.bing.net/c.gif' },
      tags: {
        'google-ads': { mode: 'load', tagId: 'AW-123456789', script: `${google}/gtm.js?id=GTM-EVIL123&x=` },
        meta: { mode: 'load', pixelId: '123456789012345', script: 'https://connect.facebook.net/../../evil.js' },
      },
    });
    const { site, runs, problem } = (await scene().open()).entry('old') ?? {};
    expect(runs).toBe(true);
    expect(site?.tags).toMatchObject({
      microsoft: { script: 'https://bat.bing.net/bat.js', idSync: 'https://bat.bing.net/c.gif' },
      'google-ads': { script: `${google}/gtag/js` },
      meta: { script: 'https://connect.facebook.net/en_US/fbevents.js' },
    });
    for (const name of ['google-ads', 'meta']) expect(problem).toContain(`\`tags.${name}.script\`: Is ignored`);
    expect(problem).not.toContain('microsoft');
    expect(scene().logged.join('')).not.toMatch(/EVIL|evil/);
    expect(scene().logged.filter((line) => line.includes('stored site settings ignored'))).toHaveLength(1);
  });

  it('leave out a stored country or currency that is in no ISO list', async () => {
    await withStored({ defaultCountry: 'ZZ', defaultCurrency: 'DOL', timeZone: 'Nowhere', assignee: 'no name' });
    const { site, runs, problem } = (await scene().open()).entry('old') ?? {};
    expect(runs).toBe(true);
    expect([site?.defaultCountry, site?.defaultCurrency, site?.timeZone, site?.assignee]).toEqual([
      undefined,
      undefined,
      'UTC',
      undefined,
    ]);
    for (const name of ['defaultCountry', 'defaultCurrency', 'timeZone', 'assignee'])
      expect(problem).toContain(`\`${name}\`: Is ignored. Must be`);
  });

  it('leave out a stored name of two lines', async () => {
    await withStored({ name: 'Shop\r\nBcc: jane@shop.example' });
    const { site, runs, problem } = (await scene().open()).entry('old') ?? {};
    expect([runs, site?.name]).toEqual([true, 'old']);
    expect(problem).toMatch(/`name`: Is ignored\. Must be 1 to 200 characters in one line/);
  });

  it('keep their meaning of a missing country, which they do not state', async () => {
    await withStored({ defaultCountry: 'US', consent: { policy: 'regional' } });
    expect((await scene().open()).entry('old')?.site.consent).toEqual({ policy: 'regional' });
  });

  it.each(['uet', 'tags'])('have one form inside, and a problem in the words of the request, when it uses `%s`', async (name) => {
    await withStored({ uet: { mode: 'load', tagId: '1', queue: 'uetq2' } });
    const registry = await scene().open();
    const withTag = (microsoft: Json) => (name === 'uet' ? { uet: microsoft } : { tags: { microsoft } });
    const refused = await registry.changeSite('old', undefined, withTag({ tagId: 'no' }));
    const path = name === 'uet' ? 'uet.tagId' : 'tags.microsoft.tagId';
    expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: path }] });
    await registry.changeSite('old', undefined, withTag({ mode: 'attach', queue: null }));
    expect(registry.entry('old')?.site.tags.microsoft).toMatchObject({ mode: 'attach', tagId: '1', queue: 'uetq' });
    const [stored] = await scene().store.listDashboardSites();
    expect(stored?.config).toMatchObject({ tags: { microsoft: { mode: 'attach', tagId: '1' } } });
    expect(stored?.config).not.toHaveProperty('uet');
    await registry.changeSite('old', undefined, withTag(null));
    expect(registry.entry('old')?.site.tags.microsoft).toMatchObject({ mode: 'off' });
  });

  it('are rejected when a request has both names', async () => {
    const registry = await scene().openWithSite();
    const both = { uet: { mode: 'off' }, tags: { microsoft: { mode: 'off' } } };
    expect(await registry.changeSite('made', undefined, both)).toMatchObject({
      refused: 'parameter-invalid',
      issues: [{ field: 'uet' }],
    });
  });

  it('lose a rejected stored value with the next change of the site', async () => {
    await withStored({ uet: { mode: 'load', tagId: '1', ...foreign } });
    const registry = await scene().open();
    expect(await registry.changeSite('old', undefined, { name: 'New' })).toMatchObject({ runs: true, site: { name: 'New' } });
    expect(registry.entry('old')).not.toHaveProperty('problem');
    expect(JSON.stringify(await scene().store.listDashboardSites())).not.toContain('foreign');
  });
});

describe('the domains of a site', () => {
  it.each(['com', 'co.uk', 'myshopify.com', '192.0.2.7', '127.1'])('reject %s of the dashboard', async (domain) => {
    const registry = await scene().openWithSite();
    for (const refused of [
      await registry.createSite({ id: 'second', domains: ['second.example', domain] }),
      await registry.changeSite('made', undefined, { domains: [domain] }),
    ])
      expect(refused).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: expect.stringMatching(/^domains\[/) }] });
  });

  it.each([
    [['com'], false, []],
    [['com', 'old.example', '192.0.2.7'], true, ['old.example']],
  ])('are used without what was stored before and is refused now: %j', async (domains, runs, used) => {
    await scene().store.saveDashboardSite({
      id: 'old',
      config: { id: 'old', domains, writeKey: 'wk_old_example' },
      secretKeys: [],
      oldWriteKeys: [],
      webhookSecrets: [],
    });
    const registry = await scene().open();
    expect(registry.entry('old')).toMatchObject({
      runs,
      site: { domains: used },
      problem: expect.stringContaining('`domains[0]`'),
    });
    expect(listIds(registry.sites())).toEqual(runs ? ['shop', 'old'] : ['shop']);
    await registry.changeSite('old', undefined, { domains: ['shop.old.example'] });
    expect(listIds(registry.sites())).toEqual(['shop', 'old']);
    expect(registry.entry('old')).not.toHaveProperty('problem');
  });
});
