import { Box, Group, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiResponse, StepView } from '../../../../api/client.ts';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { parseGuideLink } from '../../../data/guide-link.ts';

const groups = [
  { id: 'pixel', title: 'Pixel' },
  { id: 'server', title: 'Server' },
  { id: 'connection', title: 'Destination' },
  { id: 'quality', title: 'Quality' },
] as const satisfies readonly { readonly id: StepView['group']; readonly title: string }[];

const states = {
  done: { icon: 'check', color: 'green', label: 'Done' },
  waiting: { icon: 'clock', color: 'gray', label: 'Waiting' },
  problem: { icon: 'warn', color: 'red', label: 'Problem' },
  optional: { icon: 'info', color: 'gray', label: 'Optional' },
} as const satisfies Record<StepView['state'], { readonly icon: IconName; readonly color: string; readonly label: string }>;

/** Shows the setup steps of a site and how to complete them. */
export function SetupChecklist({
  site,
  checklist,
}: {
  readonly site: string;
  readonly checklist: UseQueryResult<ApiResponse<'GET /api/sites/:site/checklist'>, Error>;
}) {
  const needed = checklist.data?.steps.filter(({ state }) => state !== 'optional') ?? [];
  const done = needed.filter(({ state }) => state === 'done').length;
  return (
    <Panel
      title="Checklist"
      description={
        checklist.data === undefined
          ? 'Steps complete automatically.'
          : `${done} of ${needed.length} complete. Steps complete automatically.`
      }
    >
      <QueryState query={checklist} height={520}>
        {({ steps }) => (
          <Stack gap="lg">
            {groups.map(({ id, title }) => {
              const ofGroup = steps.filter(({ group }) => group === id);
              if (ofGroup.length === 0) return null;
              return (
                <Box key={id}>
                  <Title order={3} size="sm" c="dimmed" mb="xs">
                    {title}
                  </Title>
                  <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
                    {ofGroup.map((step) => (
                      <Step key={step.id} site={site} step={step} />
                    ))}
                  </Stack>
                </Box>
              );
            })}
          </Stack>
        )}
      </QueryState>
    </Panel>
  );
}

function Step({ site, step }: { readonly site: string; readonly step: StepView }) {
  const { icon, color, label } = states[step.state];
  const guide = step.state === 'done' || step.guide === undefined ? undefined : parseGuideLink(step.guide);
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <Box c={`light-dark(var(--mantine-color-${color}-8), var(--mantine-color-${color}-4))`} pt={2}>
        <Icon name={icon} size={18} />
      </Box>
      <Box miw={0}>
        <Text size="sm" fw={600}>
          <span className="unseen">{label}: </span>
          {step.title}
        </Text>
        <Text size="sm" c="dimmed">
          <InlineCode text={step.says} />{' '}
          {step.at !== undefined && (
            <>
              Last seen <Timestamp at={step.at} as="ago" />.
            </>
          )}{' '}
          {guide && (
            <RouterAnchor
              to="/sites/$site/guides/$guide"
              params={{ site, guide: guide.name }}
              {...(guide.hash !== undefined && { hash: guide.hash })}
              inherit
              underline="always"
            >
              View guide
            </RouterAnchor>
          )}
        </Text>
      </Box>
    </Group>
  );
}
