import { Button, Group, Paper, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { type Issue, maxPageRules } from '../../../../api/client.ts';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import type { PageRow } from './page-rows.ts';

interface PageRowsProps {
  readonly rows: readonly PageRow[];
  readonly onChange: (rows: readonly PageRow[]) => void;
  readonly issues: readonly Issue[];
}

const fields = [
  ['match', 'Path', '/checkout/*'],
  ['as', 'Reported as', '/checkout'],
  ['ignore', 'Ignored parameters', 'step'],
] as const;

/** The rules for the pages of a single-page shop. */
export function PageRows({ rows, onChange, issues }: PageRowsProps) {
  return (
    <Stack gap="xs">
      <div>
        <Text size="sm" fw={600}>
          Pages
        </Text>
        <Text size="xs" c="dimmed" mt={2}>
          Several addresses that count as one page, such as the steps of a checkout, at most {maxPageRules} rules. In a path, *
          stands for any characters.
        </Text>
      </div>
      {rows.map((row, at) => (
        <Paper
          // A row has no identity but its place: its path changes while it is typed.
          key={at}
          withBorder
          p="sm"
          role="group"
          aria-label={`Page rule ${at + 1}`}
        >
          <Stack gap="xs">
            <SimpleGrid cols={{ base: 1, xs: 3 }}>
              {fields.map(([field, label, placeholder]) => (
                <TextInput
                  key={field}
                  label={label}
                  placeholder={placeholder}
                  autoComplete="off"
                  spellCheck={false}
                  value={row[field]}
                  onChange={({ currentTarget }) => onChange(rows.with(at, { ...row, [field]: currentTarget.value }))}
                  error={getFieldError(issues, `capture.pages[${at}].${field}`)}
                />
              ))}
            </SimpleGrid>
            <Group justify="flex-end">
              <Button size="compact-xs" variant="subtle" color="red" onClick={() => onChange(rows.toSpliced(at, 1))}>
                Remove page rule {at + 1}
              </Button>
            </Group>
          </Stack>
        </Paper>
      ))}
      <Group>
        <Button
          size="xs"
          variant="default"
          disabled={rows.length >= maxPageRules}
          onClick={() => onChange([...rows, { match: '', as: '', ignore: '' }])}
        >
          Add page rule
        </Button>
      </Group>
    </Stack>
  );
}
