import { Box, Button, Code, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Icon } from './Icon.tsx';

/** Copies a text and confirms it on the button. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const { copied, error, copy } = useClipboard({ timeout: 2_000 });
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
      onClick={() => copy(text)}
      aria-live="polite"
    >
      {error ? 'Copy failed' : copied ? 'Copied' : label}
    </Button>
  );
}

interface CopyableProps {
  readonly text: string;
  readonly label: string;
  /** Whether the label is visible. The default is false: the text around the block names it. */
  readonly isLabelShown?: boolean;
}

/** A block of text with a copy button. */
export function Copyable({ text, label, isLabelShown = false }: CopyableProps) {
  const block = (
    <Box pos="relative">
      <Code
        block
        tabIndex={0}
        role="region"
        aria-label={label}
        pr={96}
        style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
      >
        {text}
      </Code>
      <Box pos="absolute" top={4} right={4}>
        <CopyButton text={text} />
      </Box>
    </Box>
  );
  if (!isLabelShown) return block;
  return (
    <Box>
      <Text size="xs" fw={600} mb={2} aria-hidden>
        {label}
      </Text>
      {block}
    </Box>
  );
}
