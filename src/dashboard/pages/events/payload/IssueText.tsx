import { Text } from '@mantine/core';
import type { Issue } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';

/** Shows the issue of a field. */
export function IssueText({ issue, namesField = true }: { readonly issue: Issue; readonly namesField?: boolean }) {
  return (
    <Text component="div" size="sm" style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }}>
      <Text span c="orange" lh={1.5} style={{ flex: 'none', paddingTop: 2 }}>
        <Icon name="warn" size={15} />
      </Text>
      <span style={{ overflowWrap: 'anywhere' }}>
        {namesField && issue.field !== '' && (
          <Text span inherit ff="monospace" fw={600}>
            {issue.field}{' '}
          </Text>
        )}
        <InlineCode text={issue.message} />{' '}
        <Text span c="dimmed" ff="monospace" size="xs">
          {issue.code}
        </Text>
      </span>
    </Text>
  );
}
