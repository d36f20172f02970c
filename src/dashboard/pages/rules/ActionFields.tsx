import { ActionIcon, Autocomplete, Group, MultiSelect, Radio, Select, Stack, TextInput } from '@mantine/core';
import type { RuleFieldView } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { AddButton } from '../../components/forms/AddButton.tsx';
import { type ActionKind, type DraftRule, type DraftSet, emptySet, replaceItem, type SetKind } from './rule-draft.ts';

interface ActionFieldsProps {
  readonly draft: DraftRule;
  readonly fields: readonly RuleFieldView[];
  readonly onChange: (draft: DraftRule) => void;
}

const actions: readonly { readonly value: ActionKind; readonly label: string; readonly description: string }[] = [
  { value: 'skip', label: 'Skip the event', description: 'It is not sent, and later rules do not see it.' },
  { value: 'rename', label: 'Rename the event', description: 'The platform receives it under another name.' },
  { value: 'set', label: 'Set a field', description: 'For example the value without tax and shipping.' },
  { value: 'also', label: 'Also send another event', description: 'A further event with the same data and its own outcome.' },
];

/** Edits the action of a rule. */
export function ActionFields({ draft, fields, onChange }: ActionFieldsProps) {
  const names = (fields.find(({ path }) => path === 'name')?.values ?? []).map(({ value }) => value);
  const { action, newName, sets } = draft;
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Then"
        value={action}
        onChange={(value) => onChange({ ...draft, action: actions.find((one) => one.value === value)?.value ?? 'skip' })}
      >
        <Stack gap="xs" mt={6}>
          {actions.map(({ value, label, description }) => (
            <Radio key={value} value={value} label={label} description={description} />
          ))}
        </Stack>
      </Radio.Group>
      {(action === 'rename' || action === 'also') && (
        <Autocomplete
          label={action === 'rename' ? 'New name' : 'Name of the further event'}
          description="A letter, then letters, digits or _."
          data={names.filter((name) => action === 'rename' || (name !== 'Purchase' && name !== 'PageView'))}
          value={newName}
          onChange={(value) => onChange({ ...draft, newName: value })}
          maw={360}
        />
      )}
      {action === 'set' && (
        <Stack gap="xs">
          {sets.map((one, index) => (
            <SetRow
              key={index}
              set={one}
              fields={fields}
              onChange={(next) => onChange({ ...draft, sets: replaceItem(sets, index, next) })}
              isOnly={sets.length === 1}
            />
          ))}
          <Group>
            <AddButton
              label="Set another field"
              onClick={() =>
                onChange({ ...draft, sets: [...sets, { ...emptySet, field: 'goal.label', kind: 'constant', values: [] }] })
              }
            />
          </Group>
        </Stack>
      )}
    </Stack>
  );
}

const kinds: readonly { readonly value: SetKind; readonly label: string }[] = [
  { value: 'constant', label: 'to this value' },
  { value: 'from', label: 'to the field' },
  { value: 'minus', label: 'less these fields' },
];

interface SetRowProps {
  readonly set: DraftSet;
  readonly fields: readonly RuleFieldView[];
  readonly onChange: (set: DraftSet | undefined) => void;
  readonly isOnly: boolean;
}

/** Edits the new value of one field. */
function SetRow({ set, fields, onChange, isOnly }: SetRowProps) {
  const writable = fields.filter(({ isWritable }) => isWritable);
  const isNumber = fields.find(({ path }) => path === set.field)?.type === 'number';
  const sources = fields
    .filter(({ type, isWritable }) =>
      isNumber ? type === 'any' || (type === 'number' && isWritable) : type === 'text' && isWritable,
    )
    .filter(({ path }) => path !== set.field);
  const data = (some: readonly RuleFieldView[]) => some.map(({ path, label }) => ({ value: path, label }));
  const offered = kinds.filter(({ value }) => isNumber || value !== 'minus');
  const setField = (field: string) => {
    const willBeNumber = fields.find(({ path }) => path === field)?.type === 'number';
    onChange({ field, kind: set.kind === 'minus' && !willBeNumber ? 'constant' : set.kind, values: [] });
  };
  const [first = ''] = set.values;
  return (
    <Group gap="xs" align="flex-start">
      <Select
        aria-label="Field to set"
        data={data(writable)}
        value={set.field}
        onChange={(field) => field !== null && setField(field)}
        allowDeselect={false}
        flex="1 1 10rem"
      />
      <Select
        aria-label="New value"
        data={[...offered]}
        value={set.kind}
        onChange={(kind) =>
          onChange({ ...set, kind: kinds.find(({ value }) => value === kind)?.value ?? 'constant', values: [] })
        }
        allowDeselect={false}
        flex="0 1 10rem"
      />
      {set.kind === 'constant' && (
        <TextInput
          aria-label="Value"
          value={first}
          onChange={({ currentTarget }) => onChange({ ...set, values: [currentTarget.value] })}
          flex="1 1 12rem"
        />
      )}
      {set.kind === 'from' && (
        <Select
          aria-label="Source"
          data={data(sources)}
          value={first}
          onChange={(path) => path !== null && onChange({ ...set, values: [path] })}
          allowDeselect={false}
          searchable
          flex="1 1 12rem"
        />
      )}
      {set.kind === 'minus' && (
        <MultiSelect
          aria-label="Fields to subtract"
          data={data(sources)}
          value={[...set.values]}
          onChange={(values) => onChange({ ...set, values })}
          searchable
          flex="1 1 12rem"
        />
      )}
      {!isOnly && (
        <ActionIcon aria-label="Do not set this field" onClick={() => onChange(undefined)} mt={4}>
          <Icon name="cross" />
        </ActionIcon>
      )}
    </Group>
  );
}
