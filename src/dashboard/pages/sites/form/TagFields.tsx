import { Stack, Text } from '@mantine/core';
import type { DestinationView, Issue } from '../../../../api/client.ts';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { SettingsFields } from '../../destinations/settings/SettingsFields.tsx';
import { getText } from '../../destinations/settings/setting-fields.ts';
import type { SiteForm } from './site-form.ts';
import { modeName, parseTagFields } from './tag-form.ts';

const modes = [
  { value: 'off', label: 'None' },
  { value: 'attach', label: 'On the pages' },
  { value: 'load', label: 'Load it' },
] as const;

interface TagsFormProps {
  readonly form: StagedForm<SiteForm>;
  readonly issues: readonly Issue[];
}

interface TagFieldsProps extends TagsFormProps {
  readonly destinations: readonly DestinationView[];
}

/** The browser tags of all platforms that have one. */
export function TagFields({ destinations, ...fields }: TagFieldsProps) {
  return (
    <Stack gap="md">
      <div>
        <Text size="sm" fw={600}>
          Browser tags
        </Text>
        <Text size="xs" c="dimmed" mt={2}>
          The platforms' own scripts. The pixel passes each event to the tag with the same ID, so that the platform counts it
          once. Choose “On the pages” if your pages have the tag, and “Load it” if the pixel should load it after consent.
        </Text>
      </div>
      {destinations.map(
        (destination) => destination.tag && <TagField key={destination.id} destination={destination} {...fields} />,
      )}
    </Stack>
  );
}

function TagField({ destination, form, issues }: TagsFormProps & { readonly destination: DestinationView }) {
  const { id, name, tag } = destination;
  const value = form.value.tags[id] ?? {};
  const set = (member: string, input: (typeof value)[string]) =>
    form.set('tags', { ...form.value.tags, [id]: { ...value, [member]: input } });
  const { main, advanced } = parseTagFields(destination);
  const fields = [...main, ...advanced];
  const path = `tags.${id}`;
  const isShown =
    getText(value, modeName) !== 'off' || fields.some((field) => getFieldError(issues, `${path}.${field.name}`) !== undefined);
  return (
    <Stack gap="sm">
      <ChoiceField
        label={`${name}: ${tag?.label}`}
        options={modes}
        value={modes.find((mode) => mode.value === getText(value, modeName))?.value ?? 'off'}
        onChange={(mode) => set(modeName, mode)}
        error={getFieldError(issues, `${path}.${modeName}`)}
      />
      {isShown && <SettingsFields destination={destination} fields={fields} form={{ value, set }} issues={issues} path={path} />}
    </Stack>
  );
}
