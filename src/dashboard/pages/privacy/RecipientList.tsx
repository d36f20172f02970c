import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { askRecipients, noRecipients } from '../../../api/client.ts';
import { CopyButton } from '../../components/display/Copyable.tsx';
import { formatUtc } from '../../components/display/format.ts';
import { Timestamp } from '../../components/display/Timestamp.tsx';
import { useApiQuery } from '../../data/queries.ts';
import { countReceived, type Recipient } from './person-request.ts';

/** Lists the platforms that received events of the person. Convey erases nothing there. */
export function RecipientList({
  received,
  isFinal = false,
}: {
  readonly received: readonly Recipient[];
  /** Whether the data by which Convey knows them was erased. */
  readonly isFinal?: boolean;
}) {
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  const name = ({ destination }: Recipient) =>
    destinations.find(({ id }) => id === destination)?.name ?? destination ?? 'Removed connection';
  const lines = received.map(
    (one) => `${name(one)} (${one.connection}): ${countReceived(one)}, ${formatUtc(one.first)} to ${formatUtc(one.last)}`,
  );
  return (
    <section aria-labelledby="recipients">
      <Group justify="space-between" align="flex-start" gap="sm" mb="xs">
        <Title order={3} id="recipients">
          Platforms
        </Title>
        {received.length > 0 && <CopyButton text={lines.join('\n')} label="Copy list" />}
      </Group>
      <Text size="sm" c="dimmed" maw="75ch">
        {received.length > 0 ? askRecipients : noRecipients}{' '}
        {!isFinal && 'Convey knows this only for as long as it stores the requests.'}
        {isFinal && received.length > 0 && 'Keep this list: Convey cannot show it again.'}
      </Text>
      <Stack component="ul" gap={0} m={0} p={0} mt="xs" style={{ listStyle: 'none' }}>
        {received.map((one) => (
          <Group component="li" key={one.connection} justify="space-between" gap="xs" py="sm" className="row">
            <div>
              <Text size="sm" fw={600}>
                {name(one)}
              </Text>
              <Text size="xs" c="dimmed">
                Connection {one.connection}
              </Text>
            </div>
            <Box ta={{ base: 'start', sm: 'end' }}>
              <Text size="sm" className="figures">
                {countReceived(one)}
              </Text>
              <Text size="xs" c="dimmed">
                <Timestamp at={one.first} />
                {one.last !== one.first && (
                  <>
                    {' '}
                    to <Timestamp at={one.last} />
                  </>
                )}
              </Text>
            </Box>
          </Group>
        ))}
      </Stack>
      {received.some(({ inDoubt }) => inDoubt > 0) && (
        <Text size="xs" c="dimmed" mt="xs">
          Possibly sent: the request got no response, so the platform may have the events or not.
        </Text>
      )}
    </section>
  );
}
