import { Box, Code, Group, Loader, Paper, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ApiResponse, SiteSettingsView } from '../../../../api/client.ts';
import { formatInteger } from '../../../components/display/format.ts';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { getErrorMessage } from '../../../components/feedback/ErrorStates.tsx';
import { GuideAnchor } from '../../../components/layout/GuideAnchor.tsx';
import { RouterAnchor, RouterButton } from '../../../components/layout/router-links.tsx';
import type { LoadState } from '../../../data/load-state.ts';
import { readWayProgress, type WayInId, type WayProgress, wayTexts } from './setup-methods.ts';

type Checklist = ApiResponse<'GET /api/sites/:site/checklist'>;

const green = 'light-dark(var(--mantine-color-green-9), var(--mantine-color-green-3))';
const orange = 'light-dark(var(--mantine-color-orange-9), var(--mantine-color-orange-4))';

/** Waits for the first report of each way in, and confirms it. */
export function WayStatus({
  site,
  ways,
  checklist,
}: {
  readonly site: SiteSettingsView;
  readonly ways: readonly WayInId[];
  readonly checklist: LoadState<Checklist>;
}) {
  return (
    <Paper withBorder p="md" role="status">
      <Stack gap="md">
        {ways.map((way) => (
          <WayRow key={way} site={site} way={way} progress={readWayProgress(checklist, way)} />
        ))}
      </Stack>
    </Paper>
  );
}

interface RowProps {
  readonly site: SiteSettingsView;
  readonly way: WayInId;
  readonly progress: WayProgress;
}

function WayRow({ site, way, progress }: RowProps) {
  const { events, one, action } = wayTexts[way];
  switch (progress.state) {
    case 'loading':
      return <Row icon={<Loader size="sm" aria-hidden />} title={`Looking for ${events}…`} text="Loading the checklist." />;
    case 'failed':
      return (
        <Row
          icon={<StateIcon name="warn" color={orange} />}
          title={`Cannot see whether ${events} arrive`}
          text={<InlineCode text={getErrorMessage(progress.error)} />}
        />
      );
    case 'waiting':
      return <Row icon={<Loader size="sm" type="dots" aria-hidden />} title={`Waiting for the first ${one}…`} text={action} />;
    case 'receiving':
      return (
        <Row
          icon={<StateIcon name="check" color={green} />}
          title={`Receiving ${events}`}
          text={
            <>
              {formatInteger(progress.count)} in the last 24 hours, the newest <Timestamp at={progress.at} as="ago" />.{' '}
              <RouterAnchor to="/sites/$site/events" params={{ site: site.id }} inherit underline="always">
                View events
              </RouterAnchor>
            </>
          }
        />
      );
    case 'quiet':
      return (
        <Row
          icon={<StateIcon name="clock" color="dimmed" />}
          title={`No ${one} in the last 24 hours`}
          text={
            <>
              The last one was received <Timestamp at={progress.at} as="ago" />.
            </>
          }
        />
      );
    case 'refused':
      return (
        <Row
          icon={<StateIcon name="warn" color={orange} />}
          title={`Events of ${progress.domain} are refused`}
          text={
            <>
              The site does not list this domain. If it is yours, add it in the checklist. Last refused{' '}
              <Timestamp at={progress.at} as="ago" />.
            </>
          }
        />
      );
    case 'rejected':
      return (
        <Row
          icon={<StateIcon name="warn" color={orange} />}
          title={
            <>
              A webhook was rejected <Timestamp at={progress.at} as="ago" />
            </>
          }
          text={
            <>
              {progress.says}{' '}
              <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="webhooks" inherit underline="always">
                View secrets
              </RouterAnchor>
            </>
          }
        />
      );
    case 'loaded':
      return site.consent.policy === 'granted' ? (
        <Row
          icon={<StateIcon name="warn" color={orange} />}
          title="The pixel was loaded, but no event arrived"
          text={
            <>
              Last loaded <Timestamp at={progress.at} as="ago" />. In the browser's network panel, check that the request{' '}
              <Code>e</Code> is not blocked.
            </>
          }
        />
      ) : (
        <ConsentRow
          site={site}
          title="The pixel waits for consent"
          text={
            <>
              Last loaded <Timestamp at={progress.at} as="ago" />. The pixel sends events after the shopper's choice. Accept the
              consent banner of the page.
            </>
          }
        />
      );
    case 'no-consent':
      return (
        <ConsentRow
          site={site}
          title="Pixel events arrive without consent"
          text={
            <>{formatInteger(progress.count)} in the last 24 hours, none with a choice. They count as denied and are not sent.</>
          }
        />
      );
  }
}

/** Explains how the pixel learns the shopper's choice, and offers the consent doctor. */
function ConsentRow({
  site,
  title,
  text,
}: {
  readonly site: SiteSettingsView;
  readonly title: string;
  readonly text: ReactNode;
}) {
  return (
    <Row icon={<StateIcon name="warn" color={orange} />} title={title} text={text}>
      <Text size="sm" mt="xs" mb={6}>
        Name the banner of the page in the{' '}
        <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} inherit underline="always">
          site settings
        </RouterAnchor>{' '}
        under “Capture”, or set the policy there if no law requires consent. A banner of your own{' '}
        <GuideAnchor site={site.id} guide="consent">
          passes the choice on
        </GuideAnchor>
        .
      </Text>
      <RouterButton to="/sites/$site/consent" params={{ site: site.id }} size="xs" variant="default" mt="xs">
        Run consent doctor
      </RouterButton>
    </Row>
  );
}

function StateIcon({ name, color }: { readonly name: IconName; readonly color: string }) {
  return (
    <Box c={color}>
      <Icon name={name} size={22} />
    </Box>
  );
}

function Row({
  icon,
  title,
  text,
  children,
}: {
  readonly icon: ReactNode;
  readonly title: ReactNode;
  readonly text: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <Group gap="md" wrap="nowrap" align="flex-start">
      <Box w={28} pt={2} style={{ flex: 'none' }}>
        {icon}
      </Box>
      <Box miw={0} flex="1 1 0">
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
        {children}
      </Box>
    </Group>
  );
}
