import { ActionIcon, Autocomplete, Box, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { HooksView, Issue } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { AddButton } from '../../../components/forms/AddButton.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import classes from './FieldRows.module.css';
import { createField, type FieldDraft, type SourceKind } from './hook-draft.ts';

type FieldKind = HooksView['fields'][number]['kind'];

interface FieldRowsProps {
  readonly label: string;
  readonly fields: readonly FieldDraft[];
  readonly names: readonly string[];
  readonly getKind: (name: string) => FieldKind;
  /** Places of the last request, which the inputs suggest. */
  readonly places: readonly string[];
  readonly issues: readonly Issue[];
  /** The path of the fields in the issues. */
  readonly path: string;
  readonly isDisabled: boolean;
  readonly onChange: (fields: readonly FieldDraft[]) => void;
}

const kinds = [
  { value: 'place', label: 'Place in the body' },
  { value: 'fixed', label: 'Fixed value' },
  { value: 'json', label: 'Expression' },
];
const units: Readonly<Partial<Record<FieldKind, readonly { readonly value: string; readonly label: string }[]>>> = {
  money: [
    { value: '', label: 'Whole units: 12.50' },
    { value: 'minor', label: 'Smallest unit: 1250' },
  ],
  time: [
    { value: '', label: 'ISO 8601' },
    { value: 'seconds', label: 'UNIX seconds' },
    { value: 'ms', label: 'UNIX milliseconds' },
  ],
};

/** Edits the fields of an event or an item: each with its place in the body, or its value. */
export function FieldRows({ label, fields, onChange, isDisabled, ...rest }: FieldRowsProps) {
  return (
    <Stack gap="xs" role="group" aria-label={label}>
      {fields.map((field, index) => (
        <FieldRow
          key={field.key}
          field={field}
          isDisabled={isDisabled}
          {...rest}
          onChange={(changed) => onChange(fields.with(index, changed))}
          onRemove={() => onChange(fields.toSpliced(index, 1))}
        />
      ))}
      {fields.length === 0 && (
        <Text size="sm" c="dimmed">
          No fields yet.
        </Text>
      )}
      <Group>
        <AddButton label="Add field" isDisabled={isDisabled} onClick={() => onChange([...fields, createField()])} />
      </Group>
    </Stack>
  );
}

interface FieldRowProps extends Omit<FieldRowsProps, 'label' | 'fields' | 'onChange'> {
  readonly field: FieldDraft;
  readonly onChange: (field: FieldDraft) => void;
  readonly onRemove: () => void;
}

function FieldRow({ field, names, getKind, places, issues, path, isDisabled, onChange, onRemove }: FieldRowProps) {
  const { name, kind, text, unit } = field;
  const choices = kind === 'place' ? units[getKind(name)] : undefined;
  const title = name === '' ? 'new field' : name;
  const error = name === '' ? undefined : getFieldError(issues, `${path}.${name}`);
  const input = {
    'aria-label': `Source of ${title}`,
    value: text,
    disabled: isDisabled,
    spellCheck: false,
    autoComplete: 'off',
    error,
  };
  return (
    <Box className={classes.row ?? ''}>
      <div>
        <Autocomplete
          aria-label={name === '' ? 'Field' : `Field ${name}`}
          placeholder="user.email"
          data={[...names]}
          limit={60}
          value={name}
          disabled={isDisabled}
          onChange={(chosen) => onChange({ ...field, name: chosen })}
        />
        <NativeSelect
          mt={4}
          size="xs"
          aria-label={`Kind of source of ${title}`}
          data={kinds}
          value={kind}
          disabled={isDisabled}
          onChange={({ currentTarget }) => onChange({ ...field, kind: toSourceKind(currentTarget.value), unit: '' })}
        />
      </div>
      <div>
        {kind === 'place' ? (
          <Autocomplete
            {...input}
            placeholder={`/lead/${name.split('.').at(-1) ?? ''}`}
            data={[...places]}
            limit={100}
            onChange={(at) => onChange({ ...field, text: at })}
          />
        ) : kind === 'fixed' ? (
          <TextInput
            {...input}
            placeholder="Lead"
            onChange={({ currentTarget }) => onChange({ ...field, text: currentTarget.value })}
          />
        ) : (
          <Textarea
            {...input}
            placeholder='["/email", "/contact/email"]'
            autosize
            maxRows={6}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
            onChange={({ currentTarget }) => onChange({ ...field, text: currentTarget.value })}
          />
        )}
        {choices && (
          <NativeSelect
            mt={4}
            size="xs"
            aria-label={`Unit of ${title}`}
            data={[...choices]}
            value={unit}
            disabled={isDisabled}
            onChange={({ currentTarget }) => onChange({ ...field, unit: currentTarget.value })}
          />
        )}
      </div>
      <ActionIcon aria-label={`Remove ${title}`} disabled={isDisabled} onClick={onRemove} mt={4}>
        <Icon name="trash" />
      </ActionIcon>
    </Box>
  );
}

function toSourceKind(text: string): SourceKind {
  return text === 'fixed' || text === 'json' ? text : 'place';
}
