import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  Paper,
  Select,
  Stack,
  TagsInput,
  TextInput,
  VisuallyHidden,
} from '@mantine/core';
import type { RuleFieldView } from '../../../api/client.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { AddButton } from '../../components/forms/AddButton.tsx';
import {
  type DraftGroup,
  type DraftTest,
  emptyTest,
  type GroupMode,
  isGroup,
  operatorLabels,
  replaceItem,
} from './rule-draft.ts';

interface ConditionGroupProps {
  readonly group: DraftGroup;
  readonly fields: readonly RuleFieldView[];
  /** Names the group for screen readers. */
  readonly label: string;
  /** 1 for the outermost group. */
  readonly depth: number;
  readonly onChange: (group: DraftGroup) => void;
  readonly onRemove?: () => void;
}

const modeLabels: Readonly<Record<GroupMode, string>> = {
  all: 'All of these hold',
  any: 'At least one of these holds',
  none: 'None of these holds',
};
const maxDepth = 3;

/** Edits a group of conditions, which may hold groups. */
export function ConditionGroup({ group, fields, label, depth, onChange, onRemove }: ConditionGroupProps) {
  const { mode, parts } = group;
  const change = (index: number, part: DraftTest | DraftGroup | undefined) =>
    onChange({ ...group, parts: replaceItem(parts, index, part) });
  const add = (part: DraftTest | DraftGroup) => onChange({ ...group, parts: [...parts, part] });
  return (
    <Paper component="fieldset" withBorder p="sm" m={0} miw={0}>
      <VisuallyHidden component="legend">{label}</VisuallyHidden>
      <Stack gap="sm">
        <Group gap="xs" wrap="nowrap">
          <Select
            aria-label="How the conditions combine"
            data={Object.entries(modeLabels).map(([value, label]) => ({ value, label }))}
            value={mode}
            onChange={(next) => next !== null && onChange({ ...group, mode: toMode(next) })}
            allowDeselect={false}
            flex="0 1 18rem"
          />
          {onRemove && (
            <ActionIcon aria-label="Remove this group" onClick={onRemove}>
              <Icon name="trash" />
            </ActionIcon>
          )}
        </Group>
        {parts.map((part, index) => {
          const remove = parts.length > 1 ? { onRemove: () => change(index, undefined) } : {};
          const key = `${index} of ${depth}`;
          return isGroup(part) ? (
            <ConditionGroup
              key={key}
              group={part}
              fields={fields}
              label={`Group of conditions ${index + 1}`}
              depth={depth + 1}
              onChange={(next) => change(index, next)}
              {...remove}
            />
          ) : (
            <TestRow
              key={key}
              test={part}
              label={`Condition ${index + 1}`}
              fields={fields}
              onChange={(next) => change(index, next)}
              {...remove}
            />
          );
        })}
        <Group gap="xs">
          <AddButton label="Add condition" onClick={() => add(emptyTest)} />
          {depth < maxDepth && (
            <Button variant="default" size="xs" onClick={() => add({ mode: 'any', parts: [emptyTest] })}>
              Add group
            </Button>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}

function toMode(text: string): GroupMode {
  return text === 'any' || text === 'none' ? text : 'all';
}

interface TestRowProps {
  readonly test: DraftTest;
  /** Names the condition for screen readers. */
  readonly label: string;
  readonly fields: readonly RuleFieldView[];
  readonly onChange: (test: DraftTest) => void;
  readonly onRemove?: () => void;
}

/** Edits one condition: a field, an operator of its type, and a value. */
function TestRow({ test, label, fields, onChange, onRemove }: TestRowProps) {
  const field = fields.find(({ path }) => path === test.field);
  const operators = field?.operators ?? [test.is];
  const setField = (path: string) => {
    const allowed = fields.find((one) => one.path === path)?.operators ?? [];
    const is = allowed.includes(test.is) ? test.is : (allowed[0] ?? 'present');
    onChange({ field: path, is, values: [] });
  };
  return (
    <Group role="group" aria-label={label} gap="xs" align="flex-start">
      <Select
        aria-label="Field"
        data={listFields(fields, test.field)}
        value={test.field}
        onChange={(path) => path !== null && setField(path)}
        allowDeselect={false}
        searchable
        flex="1 1 13rem"
      />
      <Select
        aria-label="Comparison"
        data={operators.map((value) => ({ value, label: operatorLabels[value] }))}
        value={test.is}
        onChange={(next) => {
          const is = operators.find((one) => one === next);
          if (is) onChange({ ...test, is });
        }}
        allowDeselect={false}
        flex="0 1 10rem"
      />
      <ValueInput test={test} field={field} onChange={(values) => onChange({ ...test, values })} />
      {onRemove && (
        <ActionIcon aria-label="Remove this condition" onClick={onRemove} mt={4}>
          <Icon name="cross" />
        </ActionIcon>
      )}
    </Group>
  );
}

/** Returns the choices of a field. A stored rule may name a field that no recent event has. */
function listFields(fields: readonly RuleFieldView[], present: string) {
  const isListed = fields.some(({ path }) => path === present);
  return [
    ...fields.map(({ path, label, type }) => ({ value: path, label: type === 'fact' ? `${label} (present or not)` : label })),
    ...(isListed ? [] : [{ value: present, label: present }]),
  ];
}

interface ValueInputProps {
  readonly test: DraftTest;
  readonly field: RuleFieldView | undefined;
  readonly onChange: (values: readonly string[]) => void;
}

function ValueInput({ test: { is, values }, field, onChange }: ValueInputProps) {
  const suggested = (field?.values ?? []).map(({ value }) => value);
  const [first = '', second = ''] = values;
  if (is === 'present' || is === 'absent') return null;
  if (is === 'in')
    return (
      <TagsInput
        aria-label="Values"
        placeholder="Add a value"
        data={suggested}
        value={[...values]}
        onChange={onChange}
        flex="1 1 12rem"
      />
    );
  if (is === 'between')
    return (
      <Group gap="xs" wrap="nowrap" flex="1 1 12rem">
        <TextInput
          aria-label="From"
          inputMode="decimal"
          value={first}
          onChange={(event) => onChange([event.currentTarget.value, second])}
        />
        <TextInput
          aria-label="To"
          inputMode="decimal"
          value={second}
          onChange={(event) => onChange([first, event.currentTarget.value])}
        />
      </Group>
    );
  return (
    <Autocomplete
      aria-label="Value"
      data={is === 'equals' || is === 'not-equals' ? suggested : []}
      value={first}
      onChange={(value) => onChange([value])}
      flex="1 1 12rem"
    />
  );
}
