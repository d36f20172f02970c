import { Badge, Group, Stack, Text } from '@mantine/core';
import type { ReportedIssue } from '../../../api/client.ts';
import { InlineCode } from '../display/InlineCode.tsx';
import { SeverityBadge } from '../display/SeverityBadge.tsx';
import { Timestamp } from '../display/Timestamp.tsx';
import { IssueAction } from './IssueAction.tsx';
import { RouterAnchor } from './router-links.tsx';

interface IssueRowsProps {
  readonly issues: readonly ReportedIssue[];
  /** Whether the name of the site is shown. */
  readonly hasSites: boolean;
}

/** Lists issues in the order of the gateway, each with its button. */
export function IssueRows({ issues, hasSites }: IssueRowsProps) {
  if (issues.length === 0) return null;
  return (
    <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }} aria-label="Issues">
      {issues.map((issue) => (
        <Group key={issue.id} component="li" py="sm" justify="space-between" align="flex-start" gap="sm" className="row">
          <Stack flex="1 1 18rem" miw={0} gap={4}>
            <IssueHead issue={issue} hasSites={hasSites} />
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              <InlineCode text={issue.sentence} />
            </Text>
          </Stack>
          <IssueAction issue={issue} />
        </Group>
      ))}
    </Stack>
  );
}

interface IssueHeadProps {
  readonly issue: ReportedIssue;
  readonly hasSites: boolean;
  /** Whether it links to the page of the issue. */
  readonly isLinked?: boolean;
}

/** The severity of an issue, its state, its site and its beginning. */
export function IssueHead({ issue, hasSites, isLinked = true }: IssueHeadProps) {
  const { id, severity, state, site, siteName, since, isFound, snoozedUntil, assignee } = issue;
  return (
    <Group gap="xs">
      <SeverityBadge severity={severity} />
      {state !== 'open' && (
        <Badge color="gray" variant="outline">
          {state}
        </Badge>
      )}
      {hasSites && (
        <Text size="xs" fw={600}>
          {site === undefined ? 'Gateway' : (siteName ?? site)}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {isFound ? 'found' : 'began'} <Timestamp at={since} as="ago" />
        {snoozedUntil !== undefined && (
          <>
            , snoozed until <Timestamp at={snoozedUntil} />
          </>
        )}
        {assignee !== undefined && `, assigned to ${assignee}`}
      </Text>
      {isLinked && (
        <RouterAnchor size="xs" to="/issues" search={{ issue: id }} aria-label={`Details: ${issue.title}`}>
          Details
        </RouterAnchor>
      )}
    </Group>
  );
}
