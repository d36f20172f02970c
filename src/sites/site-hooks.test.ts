import { describe, expect, it } from 'vitest';
import { useRegistry } from './site-registry.fixture.ts';
import type { SiteRegistry } from './site-registry.ts';

const scene = useRegistry();
const [first, second] = ['canary secret one', 'canary secret two'];
const crm = {
  source: 'custom',
  signature: { scheme: 'hmac-sha256', header: 'X-Signature', encoding: 'hex', signs: 'body', toleranceSeconds: 300 },
  events: [{ fields: { name: { const: 'Lead' }, 'user.email': '/email' } }],
};

function put(registry: SiteRegistry, hook: object = crm, secret: string | undefined = first, id = 'crm', site = 'made') {
  return registry.hooks.put(site, id, { revision: undefined, hook: { ...hook }, secret });
}

const getHooks = (registry: SiteRegistry) => registry.sites().find(({ id }) => id === 'made')?.hooks;

describe('a hook of the dashboard', () => {
  it('applies at once, survives a restart, and has its secrets in files only encrypted', async () => {
    const registry = await scene().openWithSite();
    await put(registry);
    await put(registry, crm, second);
    const running = [{ ...crm, id: 'crm', secrets: [first, second] }];
    expect(getHooks(registry)).toEqual(running);
    expect(
      scene()
        .applied.at(-1)
        ?.find(({ id }) => id === 'made')?.hooks,
    ).toEqual(running);
    expect(registry.entry('made')?.site.webhooks.secrets).toEqual([]);
    expect(getHooks(await scene().open())).toEqual(running);
    expect(await registry.secrets.rotate()).toMatchObject({ resealed: 2, lost: 0 });
    expect(getHooks(await scene().open())).toEqual(running);
    expect([...scene().readFiles(), ...scene().logged].join('')).not.toContain('canary');
  });

  it('keeps its secrets when its mapping changes, and loses them when its source does', async () => {
    const registry = await scene().openWithSite();
    await put(registry);
    await registry.hooks.put('made', 'crm', { revision: undefined, hook: { ...crm, events: crm.events }, secret: undefined });
    expect(getHooks(registry)).toMatchObject([{ secrets: [first] }]);
    await registry.hooks.put('made', 'crm', { revision: undefined, hook: { source: 'typeform' }, secret: undefined });
    expect(getHooks(registry)).toEqual([{ id: 'crm', source: 'typeform', secrets: [] }]);
  });

  it('is removed with its secrets, one secret at a time or whole', async () => {
    const registry = await scene().openWithSite();
    await put(registry);
    const [{ id = '' } = {}] = registry.entry('made')?.stored?.hookSecrets ?? [];
    expect(await registry.hooks.removeSecret('made', 'other', id)).toEqual({ refused: 'no-such-key' });
    await registry.hooks.removeSecret('made', 'crm', id);
    expect(getHooks(registry)).toMatchObject([{ secrets: [] }]);
    await put(registry);
    await registry.hooks.remove('made', 'crm');
    expect(getHooks(registry)).toBeUndefined();
    expect(registry.entry('made')?.stored?.hookSecrets).toEqual([]);
    expect(await registry.hooks.remove('made', 'crm')).toEqual({ refused: 'no-such-hook' });
  });

  it.each([
    [
      'an unknown field',
      { ...crm, events: [{ fields: { name: { const: 'Lead' }, 'user.mail': '/m' } }] },
      'events[0].fields.user.mail',
    ],
    ['no signature', { source: 'custom', events: crm.events }, 'signature'],
    ['no mapping', { source: 'custom', signature: crm.signature }, 'events'],
    ['a mapping of Stripe', { source: 'stripe', events: crm.events }, 'events'],
    ['a source that does not exist', { source: 'paper' }, 'source'],
    [
      'a refund without a signature',
      { ...crm, signature: { scheme: 'basic' }, events: [{ fields: { name: { const: 'order_refunded' } } }] },
      'events[0].fields.name',
    ],
  ])('is rejected with %s, by the field of the hook', async (_, hook, field) => {
    const registry = await scene().openWithSite();
    expect(await put(registry, hook)).toMatchObject({ refused: 'parameter-invalid', issues: [{ field }] });
    expect(getHooks(registry)).toBeUndefined();
  });

  it('is rejected with a short secret if its requests are not signed', async () => {
    const registry = await scene().openWithSite();
    const token = { ...crm, signature: { scheme: 'header-token', header: 'X-Token' } };
    expect(await put(registry, token, 'short one')).toMatchObject({
      refused: 'parameter-invalid',
      issues: [{ field: 'secret' }],
    });
    expect(await put(registry, token)).toMatchObject({ origin: 'dashboard' });
  });

  it('is rejected with a secret of another sender, a fifth secret, or an outdated revision', async () => {
    const registry = await scene().openWithSite();
    await registry.addWebhookSecret('made', first);
    expect(await put(registry)).toMatchObject({ refused: 'parameter-invalid', issues: [{ field: 'secret' }] });
    for (let index = 0; index < 4; index += 1) await put(registry, crm, `secret number ${index}`);
    expect(await put(registry, crm, second)).toEqual({ refused: 'too-many-keys' });
    expect(await put(registry, { source: 'typeform' }, 'secret number 1', 'forms')).toMatchObject({
      refused: 'parameter-invalid',
    });
    expect(await registry.addWebhookSecret('made', 'secret number 1')).toMatchObject({ refused: 'parameter-invalid' });
    expect(await registry.hooks.put('made', 'crm', { revision: 'old', hook: crm, secret: undefined })).toEqual({
      refused: 'changed-meanwhile',
    });
    expect(await put(registry, crm, second, 'crm', 'shop')).toEqual({ refused: 'file-made' });
  });
});
