import { Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { DialogButtons } from '../forms/DialogButtons.tsx';
import { Form } from '../forms/Form.tsx';
import { ErrorAlert } from './ErrorStates.tsx';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** The consequences of the action. */
  readonly children: ReactNode;
  /** Label of the confirm button. */
  readonly label: string;
  /** Text that the user must type to confirm. For actions that cannot be undone. */
  readonly confirmationText?: string;
  readonly isDestructive?: boolean;
  /** The state of the action, if it takes time. */
  readonly mutation?: { readonly isPending: boolean; readonly error: unknown };
  readonly onConfirm: () => void;
}

/** Asks for confirmation before an action. */
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
  confirmationText,
  isDestructive = false,
  mutation,
  onConfirm,
}: Omit<ConfirmDialogProps, 'opened' | 'title'>) {
  const [text, setText] = useState('');
  return (
    <Form error={mutation?.error} onSubmit={onConfirm}>
      <Stack>
        <Text size="sm" component="div">
          {children}
        </Text>
        {confirmationText !== undefined && (
          <TextInput
            label={`Type ${confirmationText} to confirm`}
            autoComplete="off"
            autoCapitalize="none"
            data-autofocus
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
        )}
        {mutation?.error != null && <ErrorAlert error={mutation.error} />}
        <DialogButtons
          label={label}
          isPending={mutation?.isPending ?? false}
          isDisabled={confirmationText !== undefined && text.trim() !== confirmationText}
          isDestructive={isDestructive}
          onCancel={onClose}
        />
      </Stack>
    </Form>
  );
}
