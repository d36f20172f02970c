import { Box, Checkbox, Group, List, Text, Tooltip } from '@mantine/core';
import type { DeadLetterView } from '../../../../api/client.ts';
import { pluralize, removeBackticks } from '../../../components/display/format.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { describeReason } from './cause-labels.ts';
import { ReasonBadge } from './ReasonBadge.tsx';

interface DeadLetterRowProps {
  readonly site: string;
  readonly letter: DeadLetterView;
  readonly isSelected: boolean;
  readonly onSelect: (isSelected: boolean) => void;
}

/** A failed event with its reason's code, whose message is above, at the group of the reason. */
export function DeadLetterRow({ site, letter, isSelected, onSelect }: DeadLetterRowProps) {
  const { at } = letter;
  const { label, message, warnings } = describeReason(letter);
  const isRange = 'range' in letter;
  const name = isRange ? pluralize(letter.range.events, 'event') : letter.eventName;
  return (
    <Group
      component="li"
      gap="sm"
      wrap="nowrap"
      align="flex-start"
      py="sm"
      style={{ borderTop: '1px solid var(--mantine-color-default-border)' }}
    >
      <Checkbox
        aria-label={isRange ? `Select ${name}` : `Select ${name} ${letter.eventId}`}
        checked={isSelected}
        onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
      />
      <Box flex={1} miw={0}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {name}
          </Text>
          {!isRange && (
            <RouterAnchor
              to="/sites/$site/events/$event"
              params={{ site, event: letter.eventId }}
              size="sm"
              style={{ overflowWrap: 'anywhere' }}
            >
              {letter.eventId}
            </RouterAnchor>
          )}
          <Tooltip label={removeBackticks(message)}>
            <ReasonBadge label={label} tabIndex={0} />
          </Tooltip>
          <Text size="xs" c="dimmed">
            <Timestamp at={at} as="ago" />
          </Text>
        </Group>
        {warnings.length > 0 && (
          <List size="sm" c="dimmed" mt={4} spacing={2}>
            {warnings.map(({ field, code, message }) => (
              <List.Item key={`${field} ${code} ${message}`}>
                {field !== '' && (
                  <>
                    <Text span inherit fw={600} ff="monospace" fz="xs">
                      {field}
                    </Text>
                    {': '}
                  </>
                )}
                <InlineCode text={message} />
              </List.Item>
            ))}
          </List>
        )}
      </Box>
    </Group>
  );
}
