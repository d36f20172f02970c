import { Box, Button, Group, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { ApiResponse, StepView } from '../../../../api/client.ts';
import { Icon, type IconName } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { ConfirmDialog } from '../../../components/feedback/ConfirmDialog.tsx';
import { QueryState } from '../../../components/feedback/QueryState.tsx';
import { RoleOnly } from '../../../components/feedback/RoleOnly.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { callApi } from '../../../data/api-client.ts';
import { parseGuideLink } from '../../../data/guide-link.ts';
import { useApiMutation } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';

const groups = [
  { id: 'pixel', title: 'Pixel' },
  { id: 'server', title: 'Server' },
  { id: 'connection', title: 'Connection' },
  { id: 'quality', title: 'Quality' },
] as const satisfies readonly { readonly id: StepView['group']; readonly title: string }[];

const states = {
  done: { icon: 'check', color: 'green', label: 'Done' },
  waiting: { icon: 'clock', color: 'gray', label: 'Waiting' },
  problem: { icon: 'warn', color: 'red', label: 'Problem' },
  optional: { icon: 'info', color: 'gray', label: 'Optional' },
} as const satisfies Record<StepView['state'], { readonly icon: IconName; readonly color: string; readonly label: string }>;

type Checklist = ApiResponse<'GET /api/sites/:site/checklist'>;

/** Shows the setup steps of a site and how to complete them. */
export function SetupChecklist({
  site,
  checklist,
}: {
  readonly site: string;
  readonly checklist: UseQueryResult<Checklist, Error>;
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
        {({ steps, refusedDomains }) => (
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
                      <Step key={step.id} site={site} step={step}>
                        {step.id === 'domains' && <AddDomains site={site} refused={refusedDomains} />}
                      </Step>
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

/** Adds a domain to the site, if its pages were refused. */
function AddDomains({ site: id, refused }: { readonly site: string; readonly refused: Checklist['refusedDomains'] }) {
  const site = useSite();
  const [chosen, setChosen] = useState<string>();
  const add = useApiMutation(
    (domain: string) =>
      callApi('PATCH /api/sites/:site', { site: id }, { revision: site.revision, domains: [...site.domains, domain] }),
    { refreshes: ['GET /api/sites', 'GET /api/sites/:site/checklist'], onDone: () => setChosen(undefined) },
  );
  if (site.origin === 'file') return <Text size="sm">Add it to domains of the site in the config file, and restart.</Text>;
  return (
    <RoleOnly needs="editor">
      {(isPermitted) => (
        <Stack gap="xs" mt="xs" align="flex-start">
          {refused.map(({ domain }) => (
            <Button
              key={domain}
              size="xs"
              variant="default"
              disabled={!isPermitted}
              onClick={() => {
                add.reset();
                setChosen(domain);
              }}
            >
              Add {domain}
            </Button>
          ))}
          <ConfirmDialog
            opened={chosen !== undefined}
            onClose={() => setChosen(undefined)}
            title={`Add ${chosen}?`}
            label="Add domain"
            mutation={add}
            onConfirm={() => chosen !== undefined && add.mutate(chosen)}
          >
            Add it only if it belongs to the shop. Any program can name a domain, and its pages can then send events to this site.
          </ConfirmDialog>
        </Stack>
      )}
    </RoleOnly>
  );
}

function Step({ site, step, children }: { readonly site: string; readonly step: StepView; readonly children: ReactNode }) {
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
        {children}
      </Box>
    </Group>
  );
}
