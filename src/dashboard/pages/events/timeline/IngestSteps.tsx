import { Anchor, Badge, Group, Stack, Text } from '@mantine/core';
import type { TimelineView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { useSite } from '../../../data/use-site.ts';
import { getRecalledKeyLabel, getRecallSourceLabel, matchKeyLabels, sourceLabels } from '../event-labels.ts';
import { PayloadTree } from '../payload/PayloadTree.tsx';
import { maskClickIds, type PayloadContext } from '../payload/payload-lines.ts';
import { MatchKeyBadges } from './MatchKeyBadges.tsx';
import { isLinkable } from './page-link.ts';
import { DetailList, TimelineStep } from './TimelineStep.tsx';

type Report = NonNullable<TimelineView['event']>;

/** Who told of it, when, from where, and what the shopper said. */
export function ReceivedStep({ report, isCopy = false }: { readonly report: Report; readonly isCopy?: boolean }) {
  const { reporter, time, receivedAt, page, keys } = report;
  return (
    <TimelineStep
      icon={isCopy ? 'copy' : 'pulse'}
      title={
        isCopy
          ? `Copy, from the ${sourceLabels[reporter].toLowerCase()}`
          : `Received from the ${sourceLabels[reporter].toLowerCase()}`
      }
      at={receivedAt}
    >
      <Stack gap="xs">
        {isCopy && (
          <Text size="sm" c="dimmed">
            Another report of the same event. It is not sent itself; what it knew was added.
          </Text>
        )}
        <DetailList
          of={[
            ['Happened', <Timestamp key="at" at={time} />],
            ...(page.url === undefined ? [] : [['Page', <PageAddress key="url" url={page.url} />] as const]),
            ['Consent', formatConsent(report)],
            ['Known by', <MatchKeyBadges key="keys" keys={keys} />],
          ]}
        />
      </Stack>
    </TimelineStep>
  );
}

/** An address that anybody may have reported: a link only on a domain of the site, without a referrer. */
function PageAddress({ url }: { readonly url: string }) {
  const { domains } = useSite();
  const text = maskClickIds(url);
  if (!isLinkable(text, domains)) return <span style={{ overflowWrap: 'anywhere' }}>{text}</span>;
  return (
    <Anchor href={text} target="_blank" rel="noreferrer noopener" inherit style={{ overflowWrap: 'anywhere' }}>
      {text}
    </Anchor>
  );
}

const consentSourceLabels: Readonly<Record<NonNullable<Report['consent']['source']>, string>> = {
  call: "by the page's call",
  shopify: 'by Shopify',
  uet: 'by the UET consent mode',
  gcm: 'by the Google consent mode',
  tcf: 'by a TCF banner',
  gpc: 'by Global Privacy Control',
  server: 'by your server',
};

function formatConsent({ consent: { stated, effective, source } }: Report) {
  const said =
    stated === 'unknown'
      ? 'nobody said, or only a default did'
      : `stated ${source === undefined ? '' : consentSourceLabels[source]}`.trim();
  const color = effective === 'granted' ? 'green' : effective === 'denied' ? 'gray' : 'yellow';
  return (
    <Group gap={6}>
      <Badge size="sm" color={color}>
        {effective}
      </Badge>
      <span>{said}</span>
    </Group>
  );
}

/** What was dropped or changed when it was taken, beside its field. */
export function AcceptedStep({ report, known }: { readonly report: Report; readonly known: PayloadContext }) {
  const { warnings, page, commerce } = report;
  const count = warnings.length;
  return (
    <TimelineStep icon="check" tone="good" title="Accepted">
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {count === 0
            ? 'Nothing was left out or changed.'
            : count === 1
              ? 'One field was left out or changed.'
              : `${count} fields were left out or changed.`}
        </Text>
        <PayloadTree payload={omitEmpty({ page, commerce })} issues={warnings} known={known} label="What was accepted" />
      </Stack>
    </TimelineStep>
  );
}

function omitEmpty(parts: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0));
}

/** What was known of the shopper by then, and what is not. */
export function IdentityStep({ recalled, missing }: Pick<TimelineView, 'recalled' | 'missing'>) {
  return (
    <TimelineStep icon="person" title="Identity added">
      <Stack gap="sm">
        {recalled.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing was added: nothing more is known of the shopper, or they denied.
          </Text>
        ) : (
          <DetailList of={recalled.map(({ key, from }) => [getRecalledKeyLabel(key), `from ${getRecallSourceLabel(from)}`])} />
        )}
        {missing.length > 0 && (
          <details>
            <summary style={{ cursor: 'pointer' }}>
              <Text span size="sm">
                Absent: {missing.map(({ key }) => matchKeyLabels[key]).join(', ')}
              </Text>
            </summary>
            <Stack gap={6} pt="xs">
              <DetailList
                of={missing.map(({ key, says, remedy }) => [
                  matchKeyLabels[key],
                  <InlineCode key={key} text={`${says} ${remedy}`} />,
                ])}
              />
            </Stack>
          </details>
        )}
      </Stack>
    </TimelineStep>
  );
}
