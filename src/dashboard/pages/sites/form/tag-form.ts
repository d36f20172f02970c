import type { DestinationView, SiteSettingsView } from '../../../../api/client.ts';
import {
  getPairs,
  getText,
  parseSettingFields,
  type SettingField,
  type SettingsForm,
  toSettingsForm,
} from '../../destinations/settings/setting-fields.ts';

/** The settings of a site's browser tags, by destination. */
export type TagForms = Readonly<Record<string, SettingsForm>>;

type Tags = SiteSettingsView['tags'];
type TagPatch = Record<string, unknown>;

/** The member that every tag has. It has an input of its own. */
export const modeName = 'mode';

/** Returns the fields of a tag, but for its mode. A field with a default is seldom changed. */
export function parseTagFields({ tag }: Pick<DestinationView, 'tag'>): {
  readonly main: readonly SettingField[];
  readonly advanced: readonly SettingField[];
} {
  const fields = listTagFields(tag).filter(({ name }) => name !== modeName);
  const isAdvanced = ({ defaultValue }: SettingField) => defaultValue !== undefined;
  // The schema does not require a field of a tag that is off.
  const main = fields.filter((field) => !isAdvanced(field)).map((field) => ({ ...field, isRequired: field.kind === 'text' }));
  return { main, advanced: fields.filter(isAdvanced) };
}

/** Fills the forms of all platforms that have a browser tag with the site's settings. */
export function toTagForms(destinations: readonly Pick<DestinationView, 'id' | 'tag'>[], tags: Tags): TagForms {
  const forms = destinations.flatMap(({ id, tag }) =>
    tag ? [[id, toSettingsForm(listTagFields(tag), tags[id] ?? {})] as const] : [],
  );
  return Object.fromEntries(forms);
}

/**
 * Returns the `tags` of a request, without those that were off and still are. The request is merged with the saved settings, so what the
 * form no longer has is `null`.
 */
export function toTagPatch(forms: TagForms, saved: Tags = {}): Record<string, TagPatch> {
  const isUsed = ([id, form]: readonly [string, SettingsForm]) =>
    getText(form, modeName) !== 'off' || (saved[id]?.mode ?? 'off') !== 'off';
  return Object.fromEntries(
    Object.entries(forms)
      .filter(isUsed)
      .map(([id, form]) => [id, toPatch(form, saved[id] ?? {})]),
  );
}

function toPatch(form: SettingsForm, saved: Readonly<Record<string, unknown>>): TagPatch {
  const values = Object.entries(form).map(([name, value]): [string, unknown] => {
    if (typeof value === 'string') return [name, value.trim() || null];
    if ('names' in value) return [name, value.names];
    if ('link' in value) return [name, undefined]; // no account is connected for a tag
    const removed = Object.keys(Object(saved[name])).map((key) => [key, null]);
    return [name, Object.fromEntries([...removed, ...getPairs(form, name).filter(([key]) => key.trim() !== '')])];
  });
  return Object.fromEntries(values);
}

function listTagFields(tag: DestinationView['tag']): readonly SettingField[] {
  return tag ? parseSettingFields({ settings: tag.settings, secrets: [] }) : [];
}
