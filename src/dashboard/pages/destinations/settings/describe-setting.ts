import {
  allNames,
  getChoices,
  getNames,
  getOptionLabel,
  getPairs,
  getText,
  type SettingField,
  type SettingsForm,
} from './setting-fields.ts';

/** Returns the value of a setting as text, for a place that only shows it. */
export function describeSetting(
  { name, kind }: Pick<SettingField, 'name' | 'kind'>,
  form: SettingsForm,
  storedSecrets: readonly string[],
): string {
  if (kind === 'secret') return storedSecrets.includes(name) ? 'A value is set' : notSet;
  if (kind === 'choices') return getChoices(form, name).map(getOptionLabel).join(', ') || notSet;
  if (kind === 'pairs') {
    const pairs = getPairs(form, name).map(([key, value]) => `${key}: ${value}`);
    return pairs.join(', ') || notSet;
  }
  if (kind === 'names') {
    const names = getNames(form, name);
    return names === allNames ? 'All events' : names.join(', ');
  }
  const text = getText(form, name);
  if (text === '') return notSet;
  return kind === 'choice' ? getOptionLabel(text) : text.replaceAll('\n', ', ');
}

const notSet = 'Not set';
