import { Stack } from '@mantine/core';
import type { AccountLinkView, DestinationView, Issue } from '../../../../api/client.ts';
import type { StandardEventName } from '../../../../event/event-names.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { type FieldRow, Fields } from '../../../components/forms/Fields.tsx';
import { getFieldError, getFieldIssues } from '../../../components/forms/field-errors.ts';
import {
  createChecks,
  createChoice,
  createLines,
  createNamedLines,
  createSecret,
  createSelect,
  createText,
} from '../../../components/forms/inputs.tsx';
import type { StagedForm } from '../../../components/forms/use-staged-form.ts';
import { AccountLinkField } from './AccountLinkField.tsx';
import { AdvancedSettings } from './AdvancedSettings.tsx';
import { EventListField } from './EventListField.tsx';
import { EventNameMapField } from './EventNameMapField.tsx';
import { SecretTextField } from './SecretTextField.tsx';
import {
  type FieldValue,
  getAccountLinkId,
  getChoices,
  getNames,
  getOptionLabel,
  getPairs,
  getSecretHint,
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
  /** The goals of the connected account. Absent without one. */
  readonly goals?: readonly string[] | undefined;
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
  const { destination, fields, form, storedSecrets = [], goals, accountLink, linkResult, path = 'settings' } = props;
  const { eventNames = {}, accountLink: linkTexts } = destination ?? {};
  const found = [...props.issues, ...getFieldIssues(accountLink?.error ?? null), ...(linkResult?.issues ?? [])];
  const issues = found.map((issue) => ({ ...issue, message: toFormText(issue.message, fields) }));
  const names = [...new Set([pageView, ...Object.keys(eventNames)])];
  const toRow = (field: SettingField): FieldRow<SettingsForm, FieldValue> => {
    const { name, title, description, isRequired, kind } = field;
    const isLinked = getAccountLinkId(form.value, name) !== undefined;
    const state = isLinked ? 'connected' : storedSecrets.includes(name) ? 'stored' : 'none';
    const texts = accountLink && linkTexts?.provides.includes(name) ? linkTexts : undefined;
    return {
      label: title,
      description: <InlineCode text={description} />,
      placeholder: getSecretHint(state),
      isRequired: isRequired && state === 'none' && kind !== 'choices',
      input:
        accountLink && texts
          ? (input) => (
              <AccountLinkField {...input} texts={texts} state={state} isResult={linkResult !== undefined} start={accountLink} />
            )
          : createInput(field),
    };
  };
  const createInput = ({
    name,
    kind,
    options,
    isMultiline,
    isGenerated,
    pair,
    defaultValue,
    offers,
  }: SettingField): SettingInput => {
    const labelled = options.map((option) => [option, getOptionLabel(option)] as const);
    const listed = defaultValue === undefined ? [['', 'Not set'] as const, ...labelled] : labelled;
    if (kind === 'choice') return ofText(options.length <= fewOptions ? createChoice(...labelled) : createSelect(listed));
    if (kind === 'choices') {
      const checks = createChecks(...labelled);
      return ({ onChange, ...input }) =>
        checks({ ...input, value: getChoices(form.value, name), onChange: (chosen) => onChange({ names: chosen }) });
    }
    if (kind === 'names')
      return ({ onChange, ...input }) => (
        <EventListField
          {...input}
          suggestions={names}
          value={getNames(form.value, name)}
          onChange={(chosen) => onChange(typeof chosen === 'string' ? chosen : { names: chosen })}
        />
      );
    if (kind === 'pairs')
      return ({ onChange, ...input }) => (
        <EventNameMapField
          {...input}
          suggestions={names}
          defaultNames={eventNames}
          texts={pair}
          value={getPairs(form.value, name)}
          onChange={(pairs) => onChange({ pairs })}
        />
      );
    if (kind === 'secret' && isMultiline)
      return ofText((input) => <SecretTextField {...input} rows={isGenerated ? 2 : 6} isGenerated={isGenerated} />);
    if (kind === 'secret') return ofText(createSecret());
    if (kind === 'lines' && offers && goals && goals.length > 0) return ofText(createNamedLines(goals));
    return ofText(kind === 'lines' ? createLines() : createText({ inputMode: kind === 'number' ? 'numeric' : 'text' }));
  };
  const shown = listShownFields(fields, form.value);
  // Settings of no platform are few.
  const advanced = destination ? shown.filter((field) => !isNeeded(field, fields)) : [];
  const defaults = toSettingsForm(fields, {});
  const render = (some: readonly SettingField[]) => (
    <Fields table={Object.fromEntries(some.map((field) => [field.name, toRow(field)]))} form={form} issues={issues} path={path} />
  );
  return (
    <Stack gap="lg">
      {render(shown.filter((field) => !advanced.includes(field)))}
      {advanced.length > 0 && (
        <AdvancedSettings
          isChanged={advanced.some(({ name }) => JSON.stringify(form.value[name]) !== JSON.stringify(defaults[name]))}
          isWrong={advanced.some(({ name }) => getFieldError(issues, `${path}.${name}`) !== undefined)}
        >
          {render(advanced)}
        </AdvancedSettings>
      )}
    </Stack>
  );
}

type SettingInput = FieldRow<SettingsForm, FieldValue>['input'];

/** Shows a value as text. Other values are an empty text. */
function ofText(input: FieldRow<SettingsForm, string>['input']): SettingInput {
  return ({ value, ...props }) => input({ ...props, value: typeof value === 'string' ? value : '' });
}
