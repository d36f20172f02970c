import { PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import type { DestinationView, Issue } from '../../../../api/client.ts';
import type { StandardEventName } from '../../../../event/event-names.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { EventListField } from './EventListField.tsx';
import { EventNameMapField } from './EventNameMapField.tsx';
import { getNames, getPairs, getText, type SettingField, type SettingsForm } from './setting-fields.ts';

interface SettingsFieldsProps {
  readonly destination: DestinationView;
  readonly fields: readonly SettingField[];
  readonly form: Pick<StagedForm<SettingsForm>, 'value' | 'set'>;
  /** Names of the secrets that are already stored. */
  readonly storedSecrets?: readonly string[];
  readonly issues: readonly Issue[];
  /** The path of the settings in the request. */
  readonly path?: string;
}

const fewOptions = 4;

/** A standard event for which a platform may have no name. */
const pageView: StandardEventName = 'PageView';

/** The inputs of a connection's or a tag's settings, generated from the destination's schema. */
export function SettingsFields({
  destination,
  fields,
  form,
  storedSecrets = [],
  issues,
  path = 'settings',
}: SettingsFieldsProps) {
  const names = [...new Set([pageView, ...Object.keys(destination.eventNames)])];
  return (
    <Stack gap="lg">
      {fields.map((field) => {
        const { name, title, description, isRequired, kind, options } = field;
        const shared = {
          label: title,
          description: <InlineCode text={description} />,
          error: getFieldError(issues, `${path}.${name}`),
        };
        const text = getText(form.value, name);
        const set = (value: string) => form.set(name, value);
        if (kind === 'choice' && options.length <= fewOptions)
          return (
            <ChoiceField
              key={name}
              {...shared}
              options={options.map((value) => ({ value, label: value }))}
              value={text}
              onChange={set}
            />
          );
        if (kind === 'choice')
          return (
            <Select
              key={name}
              {...shared}
              data={options}
              value={text}
              onChange={(chosen) => set(chosen ?? '')}
              withAsterisk={isRequired}
            />
          );
        if (kind === 'names')
          return (
            <EventListField
              key={name}
              {...shared}
              suggestions={names}
              value={getNames(form.value, name)}
              onChange={(chosen) => form.set(name, typeof chosen === 'string' ? chosen : { names: chosen })}
            />
          );
        if (kind === 'pairs')
          return (
            <EventNameMapField
              key={name}
              {...shared}
              suggestions={names}
              defaultNames={destination.eventNames}
              value={getPairs(form.value, name)}
              onChange={(pairs) => form.set(name, { pairs })}
            />
          );
        if (kind === 'secret')
          return (
            <PasswordInput
              key={name}
              {...shared}
              withAsterisk={isRequired && !storedSecrets.includes(name)}
              placeholder={storedSecrets.includes(name) ? 'Leave empty to keep the stored value' : ''}
              autoComplete="off"
              spellCheck={false}
              visibilityToggleButtonProps={{ 'aria-label': `Show ${title}` }}
              value={text}
              onChange={({ currentTarget }) => set(currentTarget.value)}
            />
          );
        return (
          <TextInput
            key={name}
            {...shared}
            withAsterisk={isRequired}
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={({ currentTarget }) => set(currentTarget.value)}
          />
        );
      })}
    </Stack>
  );
}
