import { Autocomplete, Button, Collapse, Group, NativeSelect, Paper, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Issue, maxForms, type PersonField } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { AddButton } from '../../../components/forms/AddButton.tsx';
import { ChoiceField } from '../../../components/forms/ChoiceField.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import { type FormRow, newFormRow } from './lead-form.ts';

const modes = [
  { value: 'off', label: 'Off' },
  { value: 'preview', label: 'Preview' },
  { value: 'on', label: 'On' },
] as const;

const signs: readonly { readonly value: FormRow['sign']; readonly label: string; readonly placeholder: string }[] = [
  { value: 'submit', label: 'Each submit counts', placeholder: '' },
  { value: 'url', label: 'A page that follows', placeholder: '/thanks' },
  { value: 'selector', label: 'An element that appears', placeholder: '.thanks' },
  { value: 'embed', label: 'The signal of a service', placeholder: 'contact-form-7' },
];

const fieldLabels: readonly (readonly [PersonField, string])[] = [
  ['email', 'E-mail'],
  ['phone', 'Phone'],
  ['firstName', 'First name'],
  ['lastName', 'Last name'],
  ['street', 'Street'],
  ['city', 'City'],
  ['state', 'State'],
  ['zip', 'Postal code'],
  ['country', 'Country'],
];

interface FormRowsProps {
  readonly rows: readonly FormRow[];
  readonly onChange: (rows: readonly FormRow[]) => void;
  readonly issues: readonly Issue[];
}

/** The shop's own forms whose submits are events. */
export function FormRows({ rows, onChange, issues }: FormRowsProps) {
  return (
    <Stack gap="xs">
      <div>
        <Text size="sm" fw={600}>
          Forms
        </Text>
        <Text size="xs" c="dimmed" mt={2}>
          The shop's forms whose submits are events, at most {maxForms}. Values are read at the submit, after consent only.
        </Text>
      </div>
      {rows.map((row, at) => (
        <FormFields
          // A row has no identity but its place: its selector changes while it is typed.
          key={at}
          row={row}
          nth={at + 1}
          onChange={(changed) => onChange(rows.with(at, changed))}
          onRemove={() => onChange(rows.toSpliced(at, 1))}
          issues={issues}
          path={`capture.forms[${at}]`}
        />
      ))}
      <Group>
        <AddButton label="Add form" isDisabled={rows.length >= maxForms} onClick={() => onChange([...rows, newFormRow])} />
      </Group>
    </Stack>
  );
}

interface FormFieldsProps {
  readonly row: FormRow;
  readonly nth: number;
  readonly onChange: (row: FormRow) => void;
  readonly onRemove: () => void;
  readonly issues: readonly Issue[];
  readonly path: string;
}

function FormFields({ row, nth, onChange, onRemove, issues, path }: FormFieldsProps) {
  const [isOpen, setIsOpen] = useState(false);
  const count = Object.values(row.fields).filter((selector) => selector.trim() !== '').length;
  const sign = signs.find(({ value }) => value === row.sign);
  return (
    <Paper withBorder p="sm" role="group" aria-label={`Form ${nth}`}>
      <Stack gap="xs">
        <ChoiceField
          label={`Mode of form ${nth}`}
          options={modes}
          value={row.mode}
          onChange={(mode) => onChange({ ...row, mode })}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label="CSS selector"
            placeholder="#contact"
            autoComplete="off"
            spellCheck={false}
            value={row.selector}
            onChange={({ currentTarget }) => onChange({ ...row, selector: currentTarget.value })}
            error={getFieldError(issues, `${path}.selector`)}
          />
          <Autocomplete
            label="Event"
            placeholder="Lead"
            autoComplete="off"
            data={['Lead', 'SignUp']}
            value={row.event}
            onChange={(event) => onChange({ ...row, event })}
            error={getFieldError(issues, `${path}.event`)}
          />
          <NativeSelect
            label="Sign of success"
            data={signs.map(({ value, label }) => ({ value, label }))}
            value={row.sign}
            onChange={({ currentTarget }) => {
              const chosen = signs.find(({ value }) => value === currentTarget.value);
              if (chosen) onChange({ ...row, sign: chosen.value, signText: '' });
            }}
          />
          {sign !== undefined && sign.value !== 'submit' && (
            <TextInput
              label={sign.label}
              placeholder={sign.placeholder}
              autoComplete="off"
              spellCheck={false}
              value={row.signText}
              onChange={({ currentTarget }) => onChange({ ...row, signText: currentTarget.value })}
              error={getFieldError(issues, `${path}.success`)}
            />
          )}
        </SimpleGrid>
        <Group justify="space-between">
          <Button size="compact-xs" variant="subtle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {count === 0 ? 'Fields by autocomplete' : pluralize(count, 'chosen field')}
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={onRemove}>
            Remove form {nth}
          </Button>
        </Group>
        <Collapse expanded={isOpen}>
          <Text size="xs" c="dimmed" mb="xs">
            The CSS selector of a field that has no autocomplete token.
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }}>
            {fieldLabels.map(([field, label]) => (
              <TextInput
                key={field}
                label={label}
                size="xs"
                autoComplete="off"
                spellCheck={false}
                value={row.fields[field] ?? ''}
                onChange={({ currentTarget }) => onChange({ ...row, fields: { ...row.fields, [field]: currentTarget.value } })}
                error={getFieldError(issues, `${path}.fields.${field}`)}
              />
            ))}
          </SimpleGrid>
        </Collapse>
      </Stack>
    </Paper>
  );
}
