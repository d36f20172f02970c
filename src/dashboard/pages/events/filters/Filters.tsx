import { Box, Button, Collapse, Group, MultiSelect, Select, SimpleGrid, Switch, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type OutcomeView, outcomeNames } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { outcomeLabels } from '../../../components/display/outcome-labels.ts';
import { skipLabels } from '../../../components/display/skip-labels.ts';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Events.module.css';
import { matchKeyLabels, sourceLabels, standardEventNames } from '../event-labels.ts';
import { type EventSearch, hasFilters, parseEventSearch } from './event-search.ts';
import { TimeRangeFilter } from './TimeRangeFilter.tsx';

const toOption = (value: OutcomeView['outcome']) => ({ value, label: outcomeLabels[value] });
const outcomes = [
  { group: 'Delivery', items: outcomeNames.filter((name) => !Object.hasOwn(skipLabels, name)).map(toOption) },
  { group: 'Skipped', items: outcomeNames.filter((name) => Object.hasOwn(skipLabels, name)).map(toOption) },
];
const keys = Object.entries(matchKeyLabels).map(([value, label]) => ({ value, label }));
const reporters = Object.entries(sourceLabels).map(([value, label]) => ({ value, label }));

/** Leaves the width of a narrow field to the chosen values. */
const narrowInput = { inputField: { minWidth: 24 } };

/** The filters of the event list. They are part of the URL, so that it can be saved and shared. */
export function Filters({ search }: { readonly search: EventSearch }) {
  const { id: site, connections } = useSite();
  const navigate = useNavigate();
  const set = (changed: Readonly<Record<string, unknown>>) =>
    void navigate({
      to: '/sites/$site/events',
      params: { site },
      search: parseEventSearch({ ...search, ...changed }),
      replace: true,
      resetScroll: false,
    });
  const further = [search.has, search.lacks, search.connection, search.since, search.until, search.signals];
  const [isMore, more] = useDisclosure(further.some((one) => one !== undefined));
  const count = Object.values(search).filter((one) => one !== undefined).length;
  return (
    <Box component="search" className={styles.search ?? ''} aria-label="Filters">
      <div className={styles.filters} {...(isMore && { 'data-open': true })}>
        <TextFilter text={search.text ?? ''} onText={(text) => set({ text })} />
        <TagsInput
          className={styles.folded ?? ''}
          aria-label="Event"
          styles={narrowInput}
          placeholder={search.event ? '' : 'Any event'}
          data={standardEventNames}
          value={[...(search.event ?? [])]}
          onChange={(event) => set({ event })}
          clearable
        />
        <MultiSelect
          className={styles.folded ?? ''}
          aria-label="Outcome"
          styles={narrowInput}
          placeholder={search.outcome ? '' : 'Any outcome'}
          data={outcomes}
          value={[...(search.outcome ?? [])]}
          onChange={(outcome) => set({ outcome })}
          clearable
          maxDropdownHeight={360}
        />
        <MultiSelect
          className={styles.folded ?? ''}
          aria-label="Source"
          styles={narrowInput}
          placeholder={search.reporter ? '' : 'Any source'}
          data={reporters}
          value={[...(search.reporter ?? [])]}
          onChange={(reporter) => set({ reporter })}
          clearable
        />
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
            {count > 0 ? ` (${count})` : ''}
          </Button>
          {count > 0 && (
            <Button
              variant="subtle"
              size="sm"
              h={36}
              px="xs"
              onClick={() => void navigate({ to: '/sites/$site/events', params: { site }, search: {}, replace: true })}
            >
              Clear
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
          {connections.length > 1 && (
            <Select
              label="Connection"
              placeholder="Any"
              data={connections.map(({ id }) => id)}
              value={search.connection ?? null}
              onChange={(connection) => set({ connection: connection ?? undefined })}
              clearable
            />
          )}
          <TimeRangeFilter since={search.since} until={search.until} onChange={set} />
          <Switch
            label="Show messages about visitors"
            description={
              hasFilters(search)
                ? 'These messages match no filter. To see them, clear the other filters.'
                : 'Messages of the pixel about the shopper, such as a consent choice. They are never sent.'
            }
            disabled={hasFilters(search)}
            checked={search.signals === true && !hasFilters(search)}
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
