import { Button } from '@mantine/core';
import { Icon } from '../display/Icon.tsx';

interface AddButtonProps {
  readonly label: string;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

/** The small button that adds a row to a list. */
export function AddButton({ label, isDisabled = false, onClick }: AddButtonProps) {
  return (
    <Button size="xs" variant="default" leftSection={<Icon name="plus" size={14} />} disabled={isDisabled} onClick={onClick}>
      {label}
    </Button>
  );
}
