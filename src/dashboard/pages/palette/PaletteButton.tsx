import { ActionIcon, Button, Kbd, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { Icon } from '../../components/display/Icon.tsx';

const Palette = lazy(() => import('./Palette.tsx').then((module) => ({ default: module.Palette })));

/** Opens the palette, as Control K or Command K does. Its script is loaded when it is first opened. */
export function PaletteButton() {
  const [isOpen, { open, close }] = useDisclosure(false);
  const [isLoaded, { open: load }] = useDisclosure(false);
  const show = () => {
    load();
    open();
  };
  useHotkeys([['mod+K', show]], []);
  return (
    <>
      <ActionIcon size="lg" hiddenFrom="md" onClick={show} aria-label="Search" aria-haspopup="dialog">
        <Icon name="search" />
      </ActionIcon>
      <Button
        visibleFrom="md"
        variant="default"
        px="sm"
        onClick={show}
        aria-haspopup="dialog"
        leftSection={<Icon name="search" size={16} />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
      >
        <Text span size="sm" c="dimmed">
          Search
        </Text>
      </Button>
      {isLoaded && (
        <Suspense>
          <Palette opened={isOpen} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
