import { Button, Group, Progress, Stack, Text, ThemeIcon } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import type { StepView } from '../../../../api/client.ts';
import { firstSentence } from '../../../components/display/format.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { parseGuideLink } from '../../../data/guide-link.ts';
import { getSetupProgress } from './setup-progress.ts';

/** Shows the open setup steps. Steps complete automatically. The panel can be hidden in this browser. */
export function GettingStarted({ site, steps: allSteps }: { readonly site: string; readonly steps: readonly StepView[] }) {
  const [isHidden, setHidden] = useLocalStorage({ key: `convey.getting-started.${site}`, defaultValue: false });
  const { steps, done, isOpen } = getSetupProgress(allSteps);
  if (!isOpen) return null;
  if (isHidden)
    return (
      <Group justify="flex-end">
        <Button variant="subtle" size="compact-sm" onClick={() => setHidden(false)}>
          Show setup steps
        </Button>
      </Group>
    );
  return (
    <Panel title={`Setup: ${done} of ${steps.length} steps`} description="Convey completes each step when it receives the data.">
      <Progress value={(100 * done) / steps.length} size="sm" mb="md" aria-label={`${done} of ${steps.length} steps complete`} />
      <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map((step) => (
          <Step key={step.id} site={site} step={step} />
        ))}
      </Stack>
      <Group justify="space-between" mt="md">
        <RouterAnchor to="/sites/$site" params={{ site }} size="sm">
          View all steps
        </RouterAnchor>
        <Button variant="default" size="compact-sm" onClick={() => setHidden(true)}>
          Hide
        </Button>
      </Group>
    </Panel>
  );
}

const stateStyles = {
  done: { color: 'jade', icon: 'check', prefix: 'Done: ' },
  problem: { color: 'orange', icon: 'warn', prefix: 'Problem: ' },
  waiting: { color: 'gray', icon: 'clock', prefix: 'Open: ' },
  optional: { color: 'gray', icon: 'info', prefix: 'Optional: ' },
} as const;

function Step({ site, step: { state, title, says, guide } }: { readonly site: string; readonly step: StepView }) {
  const page = guide === undefined ? undefined : parseGuideLink(guide);
  const { color, icon, prefix } = stateStyles[state];
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <ThemeIcon color={color} variant="light" size={22} radius="xl">
        <Icon name={icon} size={13} />
      </ThemeIcon>
      <Stack gap={0} miw={0}>
        <Text size="sm" fw={state === 'done' ? 400 : 600} {...(state === 'done' && { c: 'dimmed' })}>
          <span className="unseen">{prefix}</span>
          {title}
        </Text>
        {state !== 'done' && (
          <Text size="xs" c="dimmed">
            <InlineCode text={firstSentence(says)} />{' '}
            {page && (
              <RouterAnchor to="/sites/$site/guides/$guide" params={{ site, guide: page.name }} inherit>
                How to
                <span className="unseen">: {title}</span>
              </RouterAnchor>
            )}
          </Text>
        )}
      </Stack>
    </Group>
  );
}
