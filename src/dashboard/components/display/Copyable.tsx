import { Box, Button, Code } from '@mantine/core';
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

/** A block of text with a copy button. */
export function Copyable({ text, label }: { readonly text: string; readonly label: string }) {
  return (
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
      <Box pos="absolute" top={8} right={8}>
        <CopyButton text={text} />
      </Box>
    </Box>
  );
}
