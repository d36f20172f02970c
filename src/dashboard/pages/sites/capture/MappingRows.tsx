import { Autocomplete, Button, Collapse, Group, Paper, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Issue, maxMappings } from '../../../../api/client.ts';
import { pluralize } from '../../../components/display/format.ts';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import { type MappingRow, pathFields } from './capture-form.ts';

/** The events that a name is usually mapped to. */
const suggested = ['Purchase', 'Lead', 'SignUp', 'AddToCart', 'InitiateCheckout', 'ViewContent', 'Search'];

interface MappingRowsProps {
  readonly rows: readonly MappingRow[];
  readonly onChange: (rows: readonly MappingRow[]) => void;
  readonly issues: readonly Issue[];
}

/** The events with names of the page's own. */
export function MappingRows({ rows, onChange, issues }: MappingRowsProps) {
  const set = (at: number, row: MappingRow) => onChange(rows.with(at, row));
  const path = 'capture.dataLayer.map';
  return (
    <Stack gap="xs">
      <div>
        <Text size="sm" fw={600}>
          Other events
        </Text>
        <Text size="xs" c="dimmed" mt={2}>
          Events with names that Google does not know, at most {maxMappings}.
        </Text>
      </div>
      {rows.map((row, at) => (
        <MappingFields
          // A row has no identity but its place: its name changes while it is typed.
          key={at}
          row={row}
          nth={at + 1}
          onChange={(changed) => set(at, changed)}
          onRemove={() => onChange(rows.toSpliced(at, 1))}
          error={getFieldError(issues, `${path}.${row.name.trim()}`)}
        />
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          disabled={rows.length >= maxMappings}
          onClick={() => onChange([...rows, { name: '', as: '', paths: {} }])}
        >
          Add event
        </Button>
      </Group>
    </Stack>
  );
}

interface MappingFieldsProps {
  readonly row: MappingRow;
  readonly nth: number;
  readonly onChange: (row: MappingRow) => void;
  readonly onRemove: () => void;
  readonly error: string | undefined;
}

function MappingFields({ row, nth, onChange, onRemove, error }: MappingFieldsProps) {
  const [isOpen, setIsOpen] = useState(false);
  const set = Object.values(row.paths).filter((path) => path.trim() !== '').length;
  return (
    <Paper withBorder p="sm" role="group" aria-label={`Other event ${nth}`}>
      <Stack gap="xs">
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label="Name on the page"
            placeholder="order_done"
            autoComplete="off"
            spellCheck={false}
            value={row.name}
            onChange={({ currentTarget }) => onChange({ ...row, name: currentTarget.value })}
            error={error}
          />
          <Autocomplete
            label="Reported as"
            placeholder="Purchase"
            autoComplete="off"
            data={suggested}
            value={row.as}
            onChange={(as) => onChange({ ...row, as })}
          />
        </SimpleGrid>
        <Group justify="space-between">
          <Button size="compact-xs" variant="subtle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {set === 0 ? "Google's fields" : pluralize(set, 'field')}
          </Button>
          <Button size="compact-xs" variant="subtle" color="red" onClick={onRemove}>
            Remove event {nth}
          </Button>
        </Group>
        <Collapse expanded={isOpen}>
          <Text size="xs" c="dimmed" mb="xs">
            The path of each field, such as basket.total. If all are empty, Google's fields are read.
          </Text>
          <SimpleGrid cols={{ base: 1, xs: 2, sm: 3 }}>
            {pathFields.map(([field, label]) => (
              <TextInput
                key={field}
                label={label}
                size="xs"
                autoComplete="off"
                spellCheck={false}
                value={row.paths[field] ?? ''}
                onChange={({ currentTarget }) => onChange({ ...row, paths: { ...row.paths, [field]: currentTarget.value } })}
              />
            ))}
          </SimpleGrid>
        </Collapse>
      </Stack>
    </Paper>
  );
}
