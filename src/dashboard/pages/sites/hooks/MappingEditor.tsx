import { ActionIcon, Autocomplete, Box, Group, Paper, Stack, TagsInput, Text, Title } from '@mantine/core';
import type { HooksView, Issue } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { AddButton } from '../../../components/forms/AddButton.tsx';
import { getFieldError } from '../../../components/forms/field-errors.ts';
import classes from './FieldRows.module.css';
import { FieldRows } from './FieldRows.tsx';
import { type ConditionDraft, createEvent, createKey, type EventDraft } from './hook-draft.ts';

interface MappingEditorProps {
  readonly events: readonly EventDraft[];
  readonly view: Pick<HooksView, 'fields' | 'itemFields'>;
  readonly places: readonly string[];
  readonly issues: readonly Issue[];
  readonly isDisabled: boolean;
  readonly onChange: (events: readonly EventDraft[]) => void;
}

/** Edits the events of a mapping. The first one whose conditions fit a request makes the event. */
export function MappingEditor({ events, onChange, isDisabled, ...rest }: MappingEditorProps) {
  return (
    <Stack className={classes.rows ?? ''}>
      {events.map((event, index) => (
        <EventEditor
          key={event.key}
          event={event}
          index={index}
          isOnly={events.length === 1}
          isDisabled={isDisabled}
          {...rest}
          onChange={(changed) => onChange(events.with(index, changed))}
          onRemove={() => onChange(events.toSpliced(index, 1))}
        />
      ))}
      <Group>
        <AddButton label="Add event" isDisabled={isDisabled} onClick={() => onChange([...events, createEvent()])} />
      </Group>
    </Stack>
  );
}

interface EventEditorProps extends Omit<MappingEditorProps, 'events' | 'onChange'> {
  readonly event: EventDraft;
  readonly index: number;
  readonly isOnly: boolean;
  readonly onChange: (event: EventDraft) => void;
  readonly onRemove: () => void;
}

function EventEditor({ event, index, isOnly, view, places, issues, isDisabled, onChange, onRemove }: EventEditorProps) {
  const { conditions, fields, itemsAt, items } = event;
  const path = `events[${index}]`;
  const kinds = new Map(view.fields.map(({ name, kind }) => [name, kind]));
  const name = fields.find((field) => field.name === 'name' && field.kind === 'fixed')?.text;
  const own = { places, issues, isDisabled };
  const label = name ?? `Event ${index + 1}`;
  const entryPlaces = listEntryPlaces(places, itemsAt);
  return (
    <Paper withBorder p="sm" component="section" aria-label={`Event ${index + 1}: ${label}`}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={3}>{label}</Title>
          {!isOnly && (
            <ActionIcon aria-label={`Remove event ${label}`} disabled={isDisabled} onClick={onRemove}>
              <Icon name="trash" />
            </ActionIcon>
          )}
        </Group>
        <Box>
          <Text size="sm" fw={600}>
            Only if
          </Text>
          <Text size="xs" c="dimmed" mb={6}>
            {conditions.length === 0
              ? 'Every request makes this event. Add a condition if the service sends other requests too.'
              : 'All conditions must fit. A place that does not exist has the value null.'}
          </Text>
          <Stack gap="xs">
            {conditions.map((condition, at) => (
              <ConditionRow
                key={condition.key}
                condition={condition}
                {...own}
                error={getFieldError(issues, `${path}.when[${at}]`)}
                onChange={(changed) => onChange({ ...event, conditions: conditions.with(at, changed) })}
                onRemove={() => onChange({ ...event, conditions: conditions.toSpliced(at, 1) })}
              />
            ))}
            <Group>
              <AddButton
                label="Add condition"
                isDisabled={isDisabled}
                onClick={() => onChange({ ...event, conditions: [...conditions, { key: createKey(), at: '', values: [] }] })}
              />
            </Group>
          </Stack>
        </Box>
        <Box>
          <Text size="sm" fw={600} mb={6}>
            Fields
          </Text>
          <FieldRows
            label={`Fields of ${label}`}
            fields={fields}
            names={[...kinds.keys()]}
            getKind={(field) => kinds.get(field) ?? 'text'}
            {...own}
            path={`${path}.fields`}
            onChange={(changed) => onChange({ ...event, fields: changed })}
          />
        </Box>
        <Box>
          <Autocomplete
            label="List of items"
            description={<InlineCode text="The place of the order's list, such as `/lines`. Leave it empty if there is none." />}
            placeholder="/lines"
            data={listLists(places)}
            value={itemsAt}
            disabled={isDisabled}
            error={getFieldError(issues, `${path}.items.at`)}
            onChange={(at) => onChange({ ...event, itemsAt: at })}
          />
          {itemsAt !== '' && (
            <Box mt="xs">
              <FieldRows
                label={`Fields of an item of ${label}`}
                fields={items}
                names={view.itemFields}
                getKind={(field) => (field === 'price' || field === 'discount' ? 'money' : 'text')}
                {...own}
                places={entryPlaces}
                path={`${path}.items.fields`}
                onChange={(changed) => onChange({ ...event, items: changed })}
              />
            </Box>
          )}
        </Box>
      </Stack>
    </Paper>
  );
}

interface ConditionRowProps {
  readonly condition: ConditionDraft;
  readonly places: readonly string[];
  readonly isDisabled: boolean;
  readonly error: string | undefined;
  readonly onChange: (condition: ConditionDraft) => void;
  readonly onRemove: () => void;
}

function ConditionRow({ condition, places, isDisabled, error, onChange, onRemove }: ConditionRowProps) {
  const { at, values } = condition;
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Group gap="xs" align="flex-start" flex="1">
        <Autocomplete
          flex="1 1 9rem"
          aria-label="Place of the condition"
          placeholder="/type"
          data={[...places]}
          limit={100}
          value={at}
          disabled={isDisabled}
          error={error}
          onChange={(chosen) => onChange({ ...condition, at: chosen })}
        />
        <TagsInput
          flex="2 1 11rem"
          aria-label={`Values of ${at === '' ? 'the condition' : at}`}
          placeholder={values.length === 0 ? 'is one of: order.paid' : ''}
          acceptValueOnBlur
          value={[...values]}
          disabled={isDisabled}
          onChange={(chosen) => onChange({ ...condition, values: chosen })}
        />
      </Group>
      <ActionIcon aria-label={`Remove condition ${at}`} disabled={isDisabled} onClick={onRemove} mt={4}>
        <Icon name="trash" />
      </ActionIcon>
    </Group>
  );
}

/** Returns the places that are lists: those before an index. */
function listLists(places: readonly string[]): string[] {
  return [...new Set(places.flatMap((at) => /^(.*?)\/\d+(?:\/|$)/.exec(at)?.[1] ?? []))].filter((at) => at !== '');
}

/** Returns the places in the first entries of a list, from the entry. */
function listEntryPlaces(places: readonly string[], list: string): readonly string[] {
  const start = `${list}/`;
  const inside = places.flatMap((at) => (at.startsWith(start) ? (/^\d+(\/.*)$/.exec(at.slice(start.length))?.[1] ?? []) : []));
  return [...new Set(inside)];
}
