import { Checkbox, PasswordInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import type { ChangeEvent } from 'react';
import type { AccountLinkView, DestinationView, Issue } from '../../../../api/client.ts';
import type { StandardEventName } from '../../../../event/event-names.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { AccountLinkField } from './AccountLinkField.tsx';
import { AdvancedSettings } from './AdvancedSettings.tsx';
import { EventListField } from './EventListField.tsx';
import { EventNameMapField } from './EventNameMapField.tsx';
import { SecretTextField } from './SecretTextField.tsx';
import {
  getAccountLinkId,
  getChoices,
  getNames,
  getOptionLabel,
  getPairs,
  getSecretHint,
  getText,
  isNeeded,
  listShownFields,
  type SettingField,
  type SettingsForm,
  toFormText,
  toSettingsForm,
} from './setting-fields.ts';
import type { AccountLinkStart } from './use-account-link.ts';

interface SettingsFieldsProps {
  /** Absent for settings that are no platform's. */
  readonly destination?: Pick<DestinationView, 'eventNames' | 'accountLink'>;
  readonly fields: readonly SettingField[];
  readonly form: Pick<StagedForm<SettingsForm>, 'value' | 'set'>;
  /** Names of the secrets that are already stored. */
  readonly storedSecrets?: readonly string[];
  readonly issues: readonly Issue[];
  /** The path of the settings in the request. */
  readonly path?: string;
  readonly accountLink?: AccountLinkStart;
  /** The result of an account link, with which the operator has just come back. */
  readonly linkResult?: AccountLinkView | undefined;
}

const fewOptions = 4;

/** A standard event for which a platform may have no name. */
const pageView: StandardEventName = 'PageView';

/** The inputs of settings, generated from their schema: those of a platform that every connection needs first, the others at the end. */
export function SettingsFields(props: SettingsFieldsProps) {
  const { destination, fields, form, storedSecrets = [], accountLink, linkResult, path = 'settings' } = props;
  const { eventNames = {}, accountLink: linkTexts } = destination ?? {};
  const found = [...props.issues, ...getFieldIssues(accountLink?.error ?? null), ...(linkResult?.issues ?? [])];
  const issues = found.map((issue) => ({ ...issue, message: toFormText(issue.message, fields) }));
  const names = [...new Set([pageView, ...Object.keys(eventNames)])];
  const renderField = (field: SettingField) => {
    const { name, title, description, isRequired, kind, options, isMultiline, isGenerated, pair } = field;
    const shared = {
      label: title,
      description: <InlineCode text={description} />,
      error: getFieldError(issues, `${path}.${name}`),
    };
    const text = getText(form.value, name);
    const set = (value: string) => form.set(name, value);
    const isLinked = getAccountLinkId(form.value, name) !== undefined;
    const state = isLinked ? 'connected' : storedSecrets.includes(name) ? 'stored' : 'none';
    if (accountLink && linkTexts?.provides.includes(name))
      return (
        <AccountLinkField
          key={name}
          {...shared}
          texts={linkTexts}
          state={state}
          isResult={linkResult !== undefined}
          start={accountLink}
        />
      );
    if (kind === 'choice' && options.length <= fewOptions)
      return (
        <ChoiceField
          key={name}
          {...shared}
          options={options.map((value) => ({ value, label: getOptionLabel(value) }))}
          value={text}
          onChange={set}
        />
      );
    if (kind === 'choice')
      return (
        <Select
          key={name}
          {...shared}
          data={options.map((value) => ({ value, label: getOptionLabel(value) }))}
          value={text}
          onChange={(chosen) => set(chosen ?? '')}
          withAsterisk={isRequired}
        />
      );
    if (kind === 'choices')
      return (
        <Checkbox.Group
          key={name}
          {...shared}
          value={[...getChoices(form.value, name)]}
          onChange={(chosen) => form.set(name, { names: chosen })}
        >
          <Stack gap="xs" mt={8}>
            {options.map((value) => (
              <Checkbox key={value} value={value} label={getOptionLabel(value)} />
            ))}
          </Stack>
        </Checkbox.Group>
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
          defaultNames={eventNames}
          texts={pair}
          value={getPairs(form.value, name)}
          onChange={(pairs) => form.set(name, { pairs })}
        />
      );
    const input = {
      ...shared,
      withAsterisk: isRequired && state === 'none',
      placeholder: getSecretHint(state),
      value: text,
    };
    const typed = {
      ...input,
      spellCheck: false,
      onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => set(currentTarget.value),
    };
    if (kind === 'secret' && isMultiline)
      return <SecretTextField key={name} {...input} rows={isGenerated ? 2 : 6} isGenerated={isGenerated} onChange={set} />;
    // With "off", browsers fill in the account of the dashboard.
    if (kind === 'secret')
      return (
        <PasswordInput
          key={name}
          {...typed}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': `Show ${title}` }}
        />
      );
    if (kind === 'lines') return <Textarea key={name} {...typed} autosize minRows={2} />;
    return <TextInput key={name} {...typed} autoComplete="off" inputMode={kind === 'number' ? 'numeric' : 'text'} />;
  };
  const shown = listShownFields(fields, form.value);
  // Settings of no platform are few.
  const advanced = destination ? shown.filter((field) => !isNeeded(field, fields)) : [];
  const defaults = toSettingsForm(fields, {});
  return (
    <Stack gap="lg">
      {shown.filter((field) => !advanced.includes(field)).map(renderField)}
      {advanced.length > 0 && (
        <AdvancedSettings
          isChanged={advanced.some(({ name }) => JSON.stringify(form.value[name]) !== JSON.stringify(defaults[name]))}
          isWrong={advanced.some(({ name }) => getFieldError(issues, `${path}.${name}`) !== undefined)}
        >
          {advanced.map(renderField)}
        </AdvancedSettings>
      )}
    </Stack>
  );
}
