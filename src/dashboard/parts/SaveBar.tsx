import { Button, Group, Paper, Text } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Confirm } from './Confirm.tsx';
import { counted } from './words.ts';

interface SaveBarProps {
  /** How many changes are not saved. */
  readonly changes: number;
  readonly isSaving: boolean;
  readonly onDiscard: () => void;
  /** Beside the buttons. */
  readonly children?: ReactNode;
}

/** The end of a form whose changes are staged: saves them, or takes them back. Asks before they are left behind. */
export function SaveBar({ changes, isSaving, onDiscard, children }: SaveBarProps) {
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => changes > 0 && current.pathname !== next.pathname,
    enableBeforeUnload: () => changes > 0,
    withResolver: true,
  });
  return (
    <>
      {changes > 0 && (
        <Paper withBorder shadow="md" p="sm" pos="sticky" bottom={12} style={{ zIndex: 2 }}>
          <Group justify="space-between" gap="sm">
            <Text size="sm" fw={600} role="status">
              {counted(changes, 'change')} not saved
            </Text>
            <Group gap="xs">
              {children}
              <Button variant="default" onClick={onDiscard}>
                Discard
              </Button>
              <Button type="submit" loading={isSaving}>
                Save
              </Button>
            </Group>
          </Group>
        </Paper>
      )}
      <Confirm
        opened={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        title="Leave without saving?"
        label="Leave"
        isHarmful
        isPending={false}
        error={null}
        onConfirm={() => leaving.proceed?.()}
      >
        {counted(changes, 'change')} on this page {changes === 1 ? 'is' : 'are'} not saved, and would be lost.
      </Confirm>
    </>
  );
}
