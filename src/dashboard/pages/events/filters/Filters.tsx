import { Box, Button, Collapse, Group, MultiSelect, SimpleGrid, Switch, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { Icon } from '../../../components/display/Icon.tsx';
import { useRange } from '../../../data/use-range.ts';
import styles from '../Events.module.css';
import { matchKeyLabels } from '../event-labels.ts';
import { countFilters, type EventSearch, hasFilters } from './event-search.ts';

const keys = Object.entries(matchKeyLabels).map(([value, label]) => ({ value, label }));
interface FiltersProps {
  readonly search: EventSearch;
  readonly onChange: (search: Readonly<Record<string, unknown>>) => void;
}

/** The filters of the event list. They are part of the URL, so that it can be saved and shared. */
export function Filters({ search, onChange }: FiltersProps) {
  const set = (changed: Readonly<Record<string, unknown>>) => onChange({ ...search, ...changed });
  const { isRunning } = useRange();
  const isFixed = hasFilters(search) || !isRunning;
  const further = [search.has, search.lacks, search.signals];
  const [isMore, more] = useDisclosure(further.some((one) => one !== undefined));
  const count = countFilters(search);
  return (
    <Box component="search" aria-label="Filters">
      <div className={styles.filters}>
        <TextFilter text={search.text ?? ''} onText={(text) => set({ text })} />
        <Group gap="xs" wrap="nowrap">
          <Button
            variant="default"
            size="sm"
            h={36}
            leftSection={<Icon name="filter" size={16} />}
            aria-expanded={isMore}
            onClick={more.toggle}
          >
            {isMore ? 'Fewer filters' : 'More filters'}
          </Button>
          {count > 0 && (
            <Button variant="subtle" size="sm" h={36} px="xs" onClick={() => onChange({})}>
              Clear {count === 1 ? 'filter' : `${count} filters`}
            </Button>
          )}
        </Group>
      </div>
      <Collapse expanded={isMore}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" pt="sm">
          <MultiSelect
            label="Has match keys"
            placeholder={search.has ? '' : 'Any'}
            data={keys}
            value={[...(search.has ?? [])]}
            onChange={(has) => set({ has })}
            clearable
          />
          <MultiSelect
            label="Lacks match keys"
            placeholder={search.lacks ? '' : 'Any'}
            data={keys}
            value={[...(search.lacks ?? [])]}
            onChange={(lacks) => set({ lacks })}
            clearable
          />
          <Switch
            label="Show messages about visitors"
            description={
              isFixed
                ? 'These messages match no filter. To see them, clear the other filters and choose a range up to today.'
                : 'Messages of the pixel about the shopper, such as a consent choice. They are never sent.'
            }
            disabled={isFixed}
            checked={search.signals === true && !isFixed}
            onChange={({ currentTarget: { checked } }) => set({ signals: checked || undefined })}
          />
        </SimpleGrid>
      </Collapse>
    </Box>
  );
}

/** A text filter that applies when the user stops typing. */
function TextFilter({ text, onText }: { readonly text: string; readonly onText: (text: string | undefined) => void }) {
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const apply = useDebouncedCallback((value: string) => onText(value.trim() === '' ? undefined : value), 350);
  return (
    <TextInput
      aria-label="Event or order ID"
      placeholder="Event or order ID"
      leftSection={<Icon name="search" size={16} />}
      value={typed}
      maxLength={128}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        apply(value);
      }}
    />
  );
}
