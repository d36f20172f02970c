import { Box, Collapse, Group, Progress, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure, useId } from '@mantine/hooks';
import type { KeyView, MissingKeyReason } from '../../../api/client.ts';
import { Explanation } from '../../components/display/Explanation.tsx';
import { formatInteger, formatPercent, pluralize } from '../../components/display/format.ts';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { getShareColor } from './match-quality-labels.ts';

interface MatchKeyRowProps {
  readonly view: KeyView;
  readonly delivered: number;
}

/** Shows how many events carried one key. Expands to the reasons for the rest. */
export function MatchKeyRow({ view, delivered }: MatchKeyRowProps) {
  const { label, advice, events, missing } = view;
  const [isOpen, { toggle }] = useDisclosure(false);
  const id = useId();
  const lacking = delivered - events;
  return (
    <Box component="li" py="sm" className="row">
      <Group gap="md" wrap="wrap" align="center">
        <Box flex="1 1 13rem" miw={0}>
          <Text fw={600} size="sm">
            {label}
          </Text>
          <Text size="xs" c="dimmed">
            <InlineCode text={advice} />
          </Text>
        </Box>
        <Group flex="2 1 16rem" gap="sm" wrap="nowrap" miw={0}>
          <Progress value={(100 * events) / delivered} size="lg" flex={1} aria-hidden color={getShareColor(view, delivered)} />
          <Text size="sm" fw={600} w={52} ta="right" className="figures">
            {formatPercent(events, delivered)}
          </Text>
          <Text size="xs" c="dimmed" w={84} ta="right" className="figures">
            {formatInteger(events)} of {formatInteger(delivered)}
          </Text>
        </Group>
        <Box w={150}>
          {lacking > 0 && (
            <UnstyledButton onClick={toggle} aria-expanded={isOpen} aria-controls={id} c="var(--mantine-color-anchor)" fz="sm">
              <Group gap={4} wrap="nowrap" component="span">
                <span>
                  {formatInteger(lacking)} without<span className="unseen"> {label}: show reasons</span>
                </span>
                <span style={{ display: 'inline-flex', transform: isOpen ? 'rotate(180deg)' : undefined }}>
                  <Icon name="down" size={14} />
                </span>
              </Group>
            </UnstyledButton>
          )}
        </Box>
      </Group>
      <Collapse expanded={isOpen} id={id}>
        <Stack component="ul" gap="sm" m={0} mt="sm" p={0} style={{ listStyle: 'none' }}>
          {missing.map((one) => (
            <MissingReason key={one.reason} view={one} delivered={delivered} />
          ))}
        </Stack>
      </Collapse>
    </Box>
  );
}

function MissingReason({
  view: { events, says, remedy },
  delivered,
}: {
  readonly view: MissingKeyReason;
  readonly delivered: number;
}) {
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <Text size="sm" fw={600} w={52} ta="right" className="figures" flex="none" title={pluralize(events, 'event')}>
        {formatPercent(events, delivered)}
      </Text>
      <Box miw={0} maw="75ch">
        <Explanation says={says} remedy={remedy} />
      </Box>
    </Group>
  );
}
