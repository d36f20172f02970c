import { Box, Button, Code, Group, ScrollArea, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CopyButton } from '../../../../components/display/Copyable.tsx';
import { ErrorAlert } from '../../../../components/feedback/ErrorStates.tsx';
import { loadShopFile, type ShopFile } from '../shop-files.ts';

interface FileCodeProps {
  readonly path: ShopFile;
  /** Fills in the site's values. */
  readonly fill?: (text: string) => string;
  /** The names of the values that are filled in. */
  readonly filled?: readonly string[];
  /** Offers the file as a download, too. */
  readonly isDownload?: boolean;
}

/** A file for the shop with the site's values, to copy. */
export function FileCode({ path, fill = (text) => text, filled = [], isDownload = false }: FileCodeProps) {
  const file = useQuery<string, Error>({
    queryKey: ['shop-file', path],
    queryFn: () => loadShopFile(path),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const name = path.replace(/^.*\//, '');
  if (file.isPending) return <Skeleton height={260} />;
  if (file.error) return <ErrorAlert error={file.error} />;
  const text = fill(file.data);
  return (
    <Box>
      <Group justify="space-between" mb={6} gap="xs">
        <Text size="sm" c="dimmed">
          {name}, {text.trimEnd().split('\n').length} lines
          {filled.length > 0 && `. Filled in: ${filled.join(', ')}`}
        </Text>
        <Group gap="xs">
          {isDownload && (
            <Button size="xs" variant="default" onClick={() => download(name, text)}>
              Download {name}
            </Button>
          )}
          <CopyButton text={text} label="Copy code" />
        </Group>
      </Group>
      <ScrollArea.Autosize
        mah={220}
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': `Code of ${name}` }}
        style={{ borderRadius: 'var(--mantine-radius-sm)' }}
      >
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {text}
        </Code>
      </ScrollArea.Autosize>
    </Box>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
