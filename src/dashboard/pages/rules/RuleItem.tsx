import { ActionIcon, Box, Group, Paper, Stack, Switch, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import type { DraftRule } from './rule-draft.ts';

interface RuleItemProps {
  readonly rule: DraftRule;
  /** The rule in one sentence; absent until it is previewed or saved. */
  readonly text: string | undefined;
  readonly warning: string | undefined;
  /** Why it cannot be saved, and what to do. */
  readonly problem: string | undefined;
  /** How often it had an effect. */
  readonly counts?: ReactNode;
  readonly index: number;
  readonly count: number;
  readonly mayChange: boolean;
  readonly onMove: (from: number, to: number) => void;
  readonly onEdit: () => void;
  readonly onSwitch: (enabled: boolean) => void;
  readonly onRemove: () => void;
}

const dragType = 'text/x-convey-rule';

/** Shows one rule of a list. Its place changes by drag, or with its two arrow buttons. */
export function RuleItem({
  rule,
  text,
  warning,
  problem,
  counts,
  index,
  count,
  mayChange,
  onMove,
  onEdit,
  onSwitch,
  onRemove,
}: RuleItemProps) {
  const [isTarget, setIsTarget] = useState(false);
  const { name, enabled } = rule;
  return (
    <Paper
      component="li"
      withBorder
      p="sm"
      draggable={mayChange}
      onDragStart={(event) => {
        event.dataTransfer.setData(dragType, String(index));
        event.dataTransfer.effectAllowed = 'move';
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(dragType)) return;
        event.preventDefault();
        setIsTarget(true);
      }}
      onDragLeave={() => setIsTarget(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsTarget(false);
        onMove(Number(event.dataTransfer.getData(dragType)), index);
      }}
      style={{
        listStyle: 'none',
        ...(mayChange && { cursor: 'grab' }),
        ...(isTarget && { outline: '2px solid var(--mantine-primary-color-filled)' }),
      }}
    >
      <Group gap="sm" align="flex-start">
        <Text c="dimmed" size="sm" w="1.5rem" ta="right">
          {index + 1}.
        </Text>
        <Box flex="1 1 10rem" miw={0}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {text ?? 'Changed, not saved yet.'}
          </Text>
          {counts}
          {warning !== undefined && <Note color="orange" text={warning} />}
          {problem !== undefined && <Note color="red" text={problem} />}
        </Box>
        <Stack gap={4} align="flex-end" ml="auto">
          <Switch
            aria-label={`Rule “${name}” is on`}
            checked={enabled}
            disabled={!mayChange}
            onChange={({ currentTarget }) => onSwitch(currentTarget.checked)}
          />
          <Group gap={2}>
            <MoveButton
              label={`Move “${name}” up`}
              isUp
              isAtEnd={index === 0}
              isDisabled={!mayChange}
              onMove={() => onMove(index, index - 1)}
            />
            <MoveButton
              label={`Move “${name}” down`}
              isAtEnd={index === count - 1}
              isDisabled={!mayChange}
              onMove={() => onMove(index, index + 1)}
            />
            <ActionIcon aria-label={`Edit “${name}”`} disabled={!mayChange} onClick={onEdit}>
              <Icon name="gear" />
            </ActionIcon>
            <ActionIcon aria-label={`Remove “${name}”`} disabled={!mayChange} onClick={onRemove}>
              <Icon name="trash" />
            </ActionIcon>
          </Group>
        </Stack>
      </Group>
    </Paper>
  );
}

interface MoveButtonProps {
  readonly label: string;
  readonly isUp?: boolean;
  /** Whether the rule cannot move further. The button keeps the focus of a keyboard then. */
  readonly isAtEnd: boolean;
  readonly isDisabled: boolean;
  readonly onMove: () => void;
}

function MoveButton({ label, isUp = false, isAtEnd, isDisabled, onMove }: MoveButtonProps) {
  return (
    <ActionIcon
      aria-label={label}
      disabled={isDisabled}
      {...(isAtEnd && { 'data-disabled': true, 'aria-disabled': true })}
      onClick={() => !isAtEnd && onMove()}
    >
      <Box component="span" style={{ display: 'flex', ...(isUp && { transform: 'rotate(180deg)' }) }}>
        <Icon name="down" />
      </Box>
    </ActionIcon>
  );
}

function Note({ color, text }: { readonly color: 'orange' | 'red'; readonly text: string }) {
  return (
    <Text component="div" size="sm" style={{ display: 'flex', gap: 8, overflowWrap: 'anywhere' }}>
      <Text span c={color} lh={1.5} style={{ flex: 'none' }}>
        <Icon name="warn" size={15} />
      </Text>
      <span>
        <InlineCode text={text} />
      </span>
    </Text>
  );
}
