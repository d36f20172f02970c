import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ErrorAlert } from './ErrorStates.tsx';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will come of it. */
  readonly children: ReactNode;
  /** What the button says that does it. */
  readonly label: string;
  /** Has to be typed first, where it cannot be undone. */
  readonly confirmationText?: string;
  readonly isDestructive?: boolean;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
}

/** Asks before something is done. */
export function ConfirmDialog({ opened, onClose, title, ...rest }: ConfirmDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <ConfirmForm onClose={onClose} {...rest} />
    </Modal>
  );
}

function ConfirmForm({
  onClose,
  children,
  label,
  confirmationText: typed,
  isDestructive: isHarmful = false,
  isPending,
  error,
  onConfirm,
}: Omit<ConfirmDialogProps, 'opened' | 'title'>) {
  const [text, setText] = useState('');
  return (
    <form
      onSubmit={(submitted) => {
        submitted.preventDefault();
        // It may stand inside another form, which must not be submitted with it.
        submitted.stopPropagation();
        onConfirm();
      }}
    >
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        {typed !== undefined && (
          <TextInput
            label={`Type ${typed} to go on`}
            autoComplete="off"
            autoCapitalize="none"
            data-autofocus
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
        )}
        {error !== null && error !== undefined && <ErrorAlert error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={isPending}
            disabled={typed !== undefined && text.trim() !== typed}
            {...(isHarmful && { color: 'red' })}
          >
            {label}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
