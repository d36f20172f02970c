import { describe, expect, it } from 'vitest';
import { destinations } from '../../../../destinations/destinations.ts';
import { parseTagFields } from '../../sites/form/tag-form.ts';
import {
  findLink,
  getChoices,
  getNames,
  getPairs,
  getSecretHint,
  getText,
  isNeeded,
  joinOption,
  listNeeded,
  listShownFields,
  parseSettingFields,
  type SettingsForm,
  splitOption,
  toFormText,
  toSettings,
  toSettingsForm,
} from './setting-fields.ts';

const { form: settings = {}, secrets = [] } = destinations.find(({ id }) => id === 'microsoft') ?? {};
const fields = parseSettingFields({ settings, secrets });

describe('settings form', () => {
  it("is generated from the schema of the destination's settings", () => {
    expect(fields.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
      ['tagId', 'text', true],
      ['token', 'secret', true],
      ['pageLoads', 'choice', false],
      ['whenDenied', 'choice', false],
      ['events', 'names', false],
      ['eventNames', 'pairs', false],
      ['itemId', 'text', false],
      ['latePurchases', 'choice', false],
      ['customerId', 'text', false],
      ['adjustGoals', 'lines', false],
      ['adjustAfterHours', 'number', false],
    ]);
    expect(fields.every(({ title, description }) => title !== '' && description !== '')).toBe(true);
  });

  it('describes options by their labels, without advice for the config file', () => {
    const describeField = (name: string) => fields.find((field) => field.name === name)?.description;
    expect(describeField('whenDenied')).toMatch(/^“Skip” sends nothing\. “Send denied” sends the event marked as denied/);
    expect(describeField('pageLoads')).toContain('“Automatic” sends a page view');
    expect(describeField('token')).not.toContain('config file');
  });

  it('says of a secret what an empty field does', () => {
    const states = ['none', 'stored', 'connected'] as const;
    expect(states.map((state) => getSecretHint(state))).toEqual([
      '',
      'Leave empty to keep the stored value',
      'Leave empty to use the value that you entered',
    ]);
  });

  it.each([
    ['google-ads', 'customerId conversions credential serviceAccount clientId clientSecret refreshToken quotaProject'],
    ['meta', 'datasetId token'],
    ['microsoft', 'tagId token'],
    ['openai-ads', 'pixelId token'],
    ['pinterest', 'adAccountId token'],
    ['tiktok', 'pixelCode token'],
    ['webhook', 'url secrets'],
  ])('every connection to %s needs the id and the credential, and no other setting', (id, needed) => {
    const platform = destinations.find((one) => one.id === id);
    const all = parseSettingFields({ settings: platform?.form ?? {}, secrets: platform?.secrets ?? [] });
    expect(all.filter((field) => isNeeded(field, all)).map(({ name }) => name)).toEqual(needed.split(' '));
  });

  it('shows the defaults of settings that are not set', () => {
    const form = toSettingsForm(fields, {});
    expect([getText(form, 'pageLoads'), getNames(form, 'events'), getText(form, 'itemId'), getText(form, 'customerId')]).toEqual([
      'auto',
      'all',
      '{id}',
      '',
    ]);
  });

  it('returns unchanged settings without the secret', () => {
    const settings = {
      tagId: '187012345',
      pageLoads: 'never',
      whenDenied: 'skip',
      events: ['Purchase'],
      eventNames: { Lead: 'contact_form' },
      itemId: '{sku}',
      latePurchases: 'on',
      adjustGoals: ['Purchase', 'All sales'],
      adjustAfterHours: 48,
    };
    const form = toSettingsForm(fields, settings);
    expect(getPairs(form, 'eventNames')).toEqual([['Lead', 'contact_form']]);
    expect(toSettings(fields, form)).toEqual(settings);
  });

  it('returns a secret only if one was typed', () => {
    expect(toSettings(fields, { token: '' })).not.toHaveProperty('token');
    expect(toSettings(fields, { token: ' abc ' })).toMatchObject({ token: 'abc' });
  });

  it('omits a name pair without an event', () => {
    expect(
      toSettings(fields, {
        eventNames: {
          pairs: [
            ['', 'x'],
            ['Lead', ''],
          ],
        },
      }),
    ).toEqual({ eventNames: { Lead: '' } });
  });

  it('has no fields for an empty schema', () => {
    expect(parseSettingFields({ settings: {}, secrets: [] })).toEqual([]);
  });
});

describe('settings that are lists', () => {
  const { form: settings = {}, secrets = [] } = destinations.find(({ id }) => id === 'webhook') ?? {};
  const fields = parseSettingFields({ settings, secrets });

  it('are lines of a secret, or choices', () => {
    expect(fields.map(({ name, kind, isMultiline, options }) => [name, kind, isMultiline, options])).toEqual([
      ['url', 'text', false, []],
      ['secrets', 'secret', true, []],
      ['events', 'names', false, []],
      ['include', 'choices', false, ['client']],
    ]);
    expect(fields.filter(({ isRequired }) => isRequired).map(({ name }) => name)).toEqual(['url', 'secrets']);
  });

  it('are returned as lists, and without choices if there are none', () => {
    const stored = { url: 'https://r.example/', events: 'all', include: ['client'] };
    const form = toSettingsForm(fields, stored);
    expect([getChoices(form, 'include'), toSettings(fields, form)]).toEqual([['client'], stored]);
    const empty = toSettingsForm(fields, {});
    expect([getChoices(empty, 'include'), toSettings(fields, empty)]).toEqual([[], { events: 'all', include: [] }]);
  });
});

describe('settings that depend on others, or are held by an account link', () => {
  const property = { type: 'string', title: 'T', description: 'D' };
  const some = parseSettingFields({
    settings: {
      properties: {
        kind: { ...property, enum: ['file', 'account'], default: 'file' },
        key: { ...property, multiline: true, when: { setting: 'kind', is: 'file' } },
        token: { ...property, when: { setting: 'kind', is: 'account' } },
        labels: { anyOf: [], title: 'L', description: 'D', pair: { add: 'Add', value: 'Label', placeholder: 'x' } },
        odd: { ...property, when: { setting: 1 }, pair: { add: 'Add' } },
      },
    },
    secrets: ['key', 'token'],
  });
  const listNames = (form: SettingsForm) => listShownFields(some, form).map(({ name }) => name);

  it('are shown for the value that they need', () => {
    expect(listNames(toSettingsForm(some, {}))).toEqual(['kind', 'key', 'labels', 'odd']);
    expect(listNames(toSettingsForm(some, { kind: 'account' }))).toEqual(['kind', 'token', 'labels', 'odd']);
  });

  it('take their kind and texts from the schema', () => {
    expect(some.find(({ name }) => name === 'key')).toMatchObject({ kind: 'secret', isMultiline: true });
    expect(some.find(({ name }) => name === 'labels')).toMatchObject({ kind: 'pairs', pair: { add: 'Add', value: 'Label' } });
    expect(some.find(({ name }) => name === 'odd')).not.toHaveProperty('when');
  });

  it('are not sent while the link holds them, and are if they are typed again', () => {
    const form = { ...toSettingsForm(some, { kind: 'account' }), token: { link: 'l-1' } };
    expect([findLink(form), toSettings(some, form)]).toEqual(['l-1', { kind: 'account', labels: {} }]);
    expect(toSettings(some, { ...form, token: 'typed' })).toMatchObject({ token: 'typed' });
    expect(findLink({ ...form, token: 'typed' })).toBeUndefined();
  });
});

describe('the texts of every platform', () => {
  const forms = destinations.flatMap(({ id, form, secrets, tag }) => [
    { id, fields: parseSettingFields({ settings: form, secrets }), refuse: [{}, { events: [1] }] },
    ...(tag ? [{ id: `tag of ${id}`, fields: parseSettingFields({ settings: tag.form, secrets: [] }), refuse: [] }] : []),
  ]);

  it.each(forms)('have no syntax of the config file: $id', ({ fields }) => {
    const names = fields.map(({ name }) => name);
    for (const { name, description } of fields) {
      expect(description, name).not.toMatch(/[[{]"|In the config file/);
      expect(
        names.filter((one) => description.includes(`\`${one}\``)),
        name,
      ).toEqual([]);
    }
  });

  it.each(destinations)('explain a wrong value of each setting of $id without it', ({ form, secrets, connect }) => {
    const fields = parseSettingFields({ settings: form, secrets });
    for (const wrong of [1.5, {}, 'x y', [1]]) {
      const result = connect(Object.fromEntries(fields.map(({ name }) => [name, wrong])));
      const messages = 'issues' in result ? result.issues.map(({ message }) => toFormText(message, fields)) : [];
      expect(messages.length).toBeGreaterThan(0);
      for (const message of messages) expect(message).not.toMatch(/[[{]"|Must be an object/);
    }
  });

  it.each(destinations.flatMap(({ id, tag }) => (tag ? [{ id, tag }] : [])))(
    'explain a missing id of the tag of $id without its mode, or a tag that the page may not have',
    ({ id, tag }) => {
      const { main } = parseTagFields({ tag: { label: tag.label, settings: tag.form } });
      for (const schema of [tag.settings.file, tag.settings.dashboard])
        for (const mode of ['attach', 'load']) {
          const messages = schema.safeParse({ mode }).error?.issues.map(({ message }) => toFormText(message, main)) ?? [];
          expect(messages.length, id).toBeGreaterThan(0);
          for (const message of messages) expect(message).not.toMatch(/mode|off|config file|on the page/);
        }
    },
  );

  it('list what a person needs, with the credential of Google Ads', () => {
    const list = (id: string) => listNeeded(forms.find((one) => one.id === id)?.fields ?? []);
    expect(list('google-ads')).toEqual(['Customer ID', 'Conversion actions', 'service account or refresh token']);
    expect(list('meta')).toEqual(['Dataset ID', 'Access token']);
  });
});

describe('a text with a choice', () => {
  const options = ['website', 'import'];

  it('has the first option until one is chosen, or typed', () => {
    expect(splitOption('', options)).toEqual(['', 'website']);
    expect(splitOption('987654321 import', options)).toEqual(['987654321', 'import']);
    expect(joinOption('987654321', 'import', options)).toBe('987654321 import');
    expect(joinOption('987654321 website', 'import', options)).toBe('987654321 website');
  });
});
