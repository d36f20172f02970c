import { Button, Group } from '@mantine/core';

interface DialogButtonsProps {
  /** The button that submits the form. */
  readonly label: string;
  readonly isPending?: boolean;
  readonly isDisabled?: boolean;
  readonly isDestructive?: boolean;
  readonly onCancel: () => void;
}

/** The buttons at the end of a form in a dialog. */
export function DialogButtons({
  label,
  isPending = false,
  isDisabled = false,
  isDestructive = false,
  onCancel,
}: DialogButtonsProps) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={isPending} disabled={isDisabled} {...(isDestructive && { color: 'red' })}>
        {label}
      </Button>
    </Group>
  );
}
