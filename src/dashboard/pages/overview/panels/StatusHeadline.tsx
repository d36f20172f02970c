import { Box, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { ReportedIssue } from '../../../../api/client.ts';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { IssueAction } from '../../../components/layout/IssueAction.tsx';
import { IssueHead, IssueRows } from '../../../components/layout/IssueRows.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useOutageStart } from '../../../data/reachability.ts';
import { selectOpen } from '../../../data/use-issues.ts';
import type { SiteStatus } from '../summary/site-status.ts';

const levelStyles = {
  working: { color: 'jade', icon: 'check' },
  note: { color: 'gray', icon: 'info' },
  warning: { color: 'orange', icon: 'warn' },
  urgent: { color: 'red', icon: 'warn' },
  quiet: { color: 'gray', icon: 'clock' },
} as const satisfies Record<SiteStatus['level'], { readonly color: string; readonly icon: IconName }>;

/** The most issues below the worst one. */
const shownIssues = 6;

interface StatusHeadlineProps {
  readonly status: SiteStatus;
  /** The issues that the page is about, the worst first. */
  readonly issues: readonly ReportedIssue[];
  /** Whether the name of the site is shown. */
  readonly hasSites: boolean;
  readonly fetchedAt: number;
}

/** Shows the worst issue and its button, then the others. Without an issue, shows that everything works. */
export function StatusHeadline({ status, issues, hasSites, fetchedAt }: StatusHeadlineProps) {
  const isUnknown = useOutageStart() !== undefined;
  const { color, icon } = levelStyles[isUnknown ? 'quiet' : status.level];
  const [worst] = selectOpen(issues);
  const site = hasSites ? worst?.siteName : undefined;
  const others = issues.filter((issue) => issue !== worst);
  return (
    <Paper
      component="section"
      aria-label="Status"
      withBorder
      p={{ base: 'md', md: 'lg' }}
      style={{ borderInlineStart: `4px solid var(--mantine-color-${color}-filled)` }}
    >
      <Group wrap="nowrap" align="flex-start" gap="md">
        <ThemeIcon color={color} variant="light" size={40} radius="xl" visibleFrom="xs">
          <Icon name={icon} size={22} />
        </ThemeIcon>
        <Stack gap="sm" miw={0} flex={1}>
          <Box role="status">
            <Title order={2} fz="lg" style={{ overflowWrap: 'anywhere' }}>
              {isUnknown ? 'Status unknown' : <InlineCode text={`${site === undefined ? '' : `${site}: `}${status.title}`} />}
            </Title>
            {isUnknown && (
              <Text size="sm" c="dimmed">
                The gateway does not answer. The last update was at <Timestamp at={fetchedAt} as="clock" />.
              </Text>
            )}
          </Box>
          {worst && (
            <Group gap="sm">
              <IssueAction issue={worst} isMain />
              <IssueHead issue={worst} hasSites={hasSites} />
            </Group>
          )}
          {!isUnknown && status.detail !== undefined && (
            <Text size="sm" c="dimmed">
              <InlineCode text={status.detail} />
            </Text>
          )}
          <IssueRows issues={others.slice(0, shownIssues)} hasSites={hasSites} />
          {others.length > shownIssues && (
            <RouterAnchor size="sm" to="/issues" search={{}}>
              All {issues.length} issues
            </RouterAnchor>
          )}
        </Stack>
      </Group>
    </Paper>
  );
}
