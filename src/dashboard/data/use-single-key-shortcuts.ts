import { useLocalStorage } from '@mantine/hooks';

/**
 * Returns whether single keys lead to other pages, and changes it for this browser. Speech input can type letters by mistake, so that
 * WCAG 2.2 (2.1.4) wants a way to turn such keys off.
 */
export function useSingleKeyShortcuts() {
  const [areOn, setOn] = useLocalStorage({
    key: 'convey.single-key-shortcuts',
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  return { areOn, setOn };
}
