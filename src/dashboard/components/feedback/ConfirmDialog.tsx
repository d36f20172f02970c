import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ErrorAlert } from './ErrorStates.tsx';

interface ConfirmProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will come of it. */
  readonly children: ReactNode;
  /** What the button says that does it. */
  readonly label: string;
  /** Has to be typed first, where it cannot be undone. */
  readonly typed?: string;
  readonly isHarmful?: boolean;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
}

/** Asks before something is done. */
export function Confirm({ opened, onClose, title, ...rest }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Question onClose={onClose} {...rest} />
    </Modal>
  );
}

function Question({
  onClose,
  children,
  label,
  typed,
  isHarmful = false,
  isPending,
  error,
  onConfirm,
}: Omit<ConfirmProps, 'opened' | 'title'>) {
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
