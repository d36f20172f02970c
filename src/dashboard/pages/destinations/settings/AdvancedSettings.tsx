import { Box, Button, Collapse, Stack } from '@mantine/core';
import { useId } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { Icon } from '../../../components/display/Icon.tsx';

interface AdvancedSettingsProps {
  /** Whether a setting differs from its default when the form opens. */
  readonly isChanged: boolean;
  /** Whether a setting is wrong. It is shown until it is corrected. */
  readonly isWrong: boolean;
  readonly children: ReactNode;
}

/** The settings that few connections need, closed at first unless one was changed or is wrong. */
export function AdvancedSettings({ isChanged, isWrong, children }: AdvancedSettingsProps) {
  const [isOpen, setIsOpen] = useState(isChanged);
  const id = useId();
  const isShown = isOpen || isWrong;
  return (
    <div>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        ml={-8}
        leftSection={<Icon name={isShown ? 'down' : 'right'} size={16} />}
        aria-expanded={isShown}
        aria-controls={id}
        onClick={() => setIsOpen(!isShown)}
      >
        Advanced
      </Button>
      <Box id={id}>
        <Collapse expanded={isShown}>
          <Stack gap="lg" pt="md">
            {children}
          </Stack>
        </Collapse>
      </Box>
    </div>
  );
}
