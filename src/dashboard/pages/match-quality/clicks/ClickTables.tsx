import { Table, Text, Title } from '@mantine/core';
import type { PaidClicksView } from '../../../../api/client.ts';
import { formatDay, formatInteger, formatPercent, pluralize } from '../../../components/display/format.ts';
import { ScrollTable } from '../../../components/layout/ScrollTable.tsx';

const shownRows = 10;

interface ClickTableProps {
  readonly view: PaidClicksView;
}

/** Shows the campaigns and keywords that lost the most clicks. */
export function CampaignTable({ view }: ClickTableProps) {
  const { campaigns, otherCampaigns } = view;
  const lossy = campaigns.filter(({ paid, captured }) => paid > captured);
  const shown = lossy.slice(0, shownRows);
  const rest = [...lossy.slice(shownRows), otherCampaigns].reduce((sum, one) => sum + one.paid - one.captured, 0);
  return (
    <section>
      <Heading title="Lost clicks by campaign and keyword" view={view} />
      {shown.length === 0 ? (
        <Text size="sm">No click was lost on these days.</Text>
      ) : (
        <ScrollTable label="Table of lost clicks" minWidth={280}>
          <Table horizontalSpacing={6} fz={{ base: 'xs', sm: 'sm' }}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Campaign</Table.Th>
                <Table.Th>Keyword</Table.Th>
                <Table.Th ta="right">Paid</Table.Th>
                <Table.Th ta="right">Lost</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map(({ campaign, keyword, paid, captured }) => (
                <Table.Tr key={JSON.stringify([campaign, keyword])} style={{ verticalAlign: 'top' }}>
                  <Table.Th scope="row" fw={400} className="figures">
                    {campaign === '' ? (
                      <Text c="dimmed" inherit>
                        Not stated
                      </Text>
                    ) : (
                      campaign
                    )}
                  </Table.Th>
                  <Table.Td className="words">
                    {keyword === '' ? (
                      <Text c="dimmed" inherit>
                        Not stated
                      </Text>
                    ) : (
                      keyword
                    )}
                  </Table.Td>
                  <Table.Td ta="right" className="figures">
                    {formatInteger(paid)}
                  </Table.Td>
                  <Table.Td ta="right" className="figures">
                    {formatInteger(paid - captured)}
                    <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                      {formatPercent(paid - captured, paid)}
                    </Text>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
      {rest > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {pluralize(rest, 'more lost click')} of other campaigns and keywords.
        </Text>
      )}
    </section>
  );
}

/** Shows the landing pages of captured clicks. */
export function PageTable({ view }: ClickTableProps) {
  const { pages, otherPages, unknownPage } = view;
  const shown = pages.slice(0, shownRows);
  const rest = pages.slice(shownRows).reduce((sum, { captured }) => sum + captured, otherPages);
  const rows = [
    ...shown.map(({ page, captured }) => ({ page, captured, isPage: true })),
    ...(rest > 0 ? [{ page: 'Other pages', captured: rest, isPage: false }] : []),
    ...(unknownPage > 0 ? [{ page: 'Not known', captured: unknownPage, isPage: false }] : []),
  ];
  return (
    <section>
      <Heading title="Captured clicks by landing page" view={view} />
      {rows.length === 0 ? (
        <Text size="sm">No click was captured on these days.</Text>
      ) : (
        <ScrollTable label="Table of landing pages" minWidth={280}>
          <Table horizontalSpacing={6} fz={{ base: 'xs', sm: 'sm' }}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Landing page</Table.Th>
                <Table.Th ta="right">Captured</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ page, captured, isPage }) => (
                <Table.Tr key={page}>
                  <Table.Th scope="row" fw={400} className="words" {...(!isPage && { c: 'dimmed' })}>
                    {page}
                  </Table.Th>
                  <Table.Td ta="right" className="figures">
                    {formatInteger(captured)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
    </section>
  );
}

function Heading({ title, view: { since, until } }: ClickTableProps & { readonly title: string }) {
  return (
    <>
      <Title order={3} size="sm">
        {title}
      </Title>
      {since !== undefined && until !== undefined && (
        <Text size="xs" c="dimmed" mb={4}>
          {formatDay(since)} – {formatDay(until, true)}, UTC
        </Text>
      )}
    </>
  );
}
