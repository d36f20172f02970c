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

/** What is left to set up. It ticks itself by what was observed, and can be put away in this browser. */
export function GettingStarted({ site, steps: given }: { readonly site: string; readonly steps: readonly StepView[] }) {
  const [isAway, setAway] = useLocalStorage({ key: `convey.getting-started.${site}`, defaultValue: false });
  const { steps, done, isOpen } = getSetupProgress(given);
  if (!isOpen) return null;
  if (isAway)
    return (
      <Group justify="flex-end">
        <Button variant="subtle" size="compact-sm" onClick={() => setAway(false)}>
          Show what is left to set up
        </Button>
      </Group>
    );
  return (
    <Panel title={`Getting started, ${done} of ${steps.length}`} description="Ticks itself by what was observed.">
      <Progress value={(100 * done) / steps.length} size="sm" mb="md" aria-label={`${done} of ${steps.length} steps are done`} />
      <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map((step) => (
          <Step key={step.id} site={site} step={step} />
        ))}
      </Stack>
      <Group justify="space-between" mt="md">
        <RouterAnchor to="/sites/$site" params={{ site }} size="sm">
          To the whole set-up
        </RouterAnchor>
        <Button variant="default" size="compact-sm" onClick={() => setAway(true)}>
          Put away
        </Button>
      </Group>
    </Panel>
  );
}

const looks = {
  done: { color: 'jade', icon: 'check', says: 'Done: ' },
  problem: { color: 'orange', icon: 'warn', says: 'Problem: ' },
  waiting: { color: 'gray', icon: 'clock', says: 'Open: ' },
  optional: { color: 'gray', icon: 'info', says: 'Optional: ' },
} as const;

function Step({ site, step: { state, title, says, guide } }: { readonly site: string; readonly step: StepView }) {
  const page = guide === undefined ? undefined : parseGuideLink(guide);
  const { color, icon, says: prefix } = looks[state];
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
