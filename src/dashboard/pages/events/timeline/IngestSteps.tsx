import { Anchor, Badge, Group, Stack, Text } from '@mantine/core';
import { consentDoesNotApply, isStoredWithoutPerson, type TimelineView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Timestamp } from '../../../components/display/Timestamp.tsx';
import { useApiQuery } from '../../../data/queries.ts';
import { useSite } from '../../../data/use-site.ts';
import {
  consentLabels,
  describeBrowserTags,
  getRecalledKeyLabel,
  getRecallSourceLabel,
  matchKeyLabels,
  summarizeWarnings,
} from '../event-labels.ts';
import { IssueText } from '../payload/IssueText.tsx';
import { PayloadTree } from '../payload/PayloadTree.tsx';
import { MatchKeyBadges } from './MatchKeyBadges.tsx';
import { isLinkable } from './page-link.ts';
import { DetailList, TimelineStep } from './TimelineStep.tsx';

type Report = NonNullable<TimelineView['event']>;

/** Shows the source, time, page and consent of a report. */
export function ReceivedStep({ report, isCopy = false }: { readonly report: Report; readonly isCopy?: boolean }) {
  const { reportedBy, time, receivedAt, page, keys, warnings, addedBy } = report;
  const tags = describeBrowserTags(report);
  return (
    <TimelineStep
      icon={isCopy ? 'copy' : 'pulse'}
      title={
        addedBy
          ? `Added by the rule ${addedBy.rule} for ${addedBy.connection}`
          : `${isCopy ? 'Duplicate report' : 'Received'} from ${reportedBy}`
      }
      at={receivedAt}
    >
      <Stack gap="xs">
        {isCopy && (
          <Text size="sm" c="dimmed">
            Another report of the same event. Its data was merged, and it is not sent separately.
          </Text>
        )}
        {isCopy && warnings.map((issue) => <IssueText key={`${issue.field} ${issue.code} ${issue.message}`} issue={issue} />)}
        <DetailList
          items={[
            ['Event time', <Timestamp key="at" at={time} />],
            ...(page.url === undefined ? [] : [['Page', <PageAddress key="url" url={page.url} />] as const]),
            ['Consent', formatConsent(report)],
            ['Country', isStoredWithoutPerson(report) ? 'Not stored' : report.countryText],
            ...(tags.length === 0 ? [] : [['Browser tags', <TagStates key="tags" tags={tags} />] as const]),
            ['Match keys', isStoredWithoutPerson(report) ? 'Not stored' : <MatchKeyBadges key="keys" keys={keys} />],
          ]}
        />
      </Stack>
    </TimelineStep>
  );
}

/** Shows what the browser tags did, one line for those that did the same. */
function TagStates({ tags }: { readonly tags: ReturnType<typeof describeBrowserTags> }) {
  const { data: destinations = [] } = useApiQuery('GET /api/destinations', {});
  return tags.map(([text, ids]) => {
    const labels = ids.map((id) => destinations.find((one) => one.id === id)?.tag?.label ?? id);
    return (
      <div key={text}>
        {labels.join(', ')}: {text}
      </div>
    );
  });
}

/** Shows a page's URL. It is untrusted, so it is a link only on a domain of the site, without a referrer. */
function PageAddress({ url }: { readonly url: string }) {
  const { domains } = useSite();
  if (!isLinkable(url, domains)) return <span style={{ overflowWrap: 'anywhere' }}>{url}</span>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer noopener" inherit style={{ overflowWrap: 'anywhere' }}>
      {url}
    </Anchor>
  );
}

const consentSourceLabels: Readonly<Record<NonNullable<Report['consent']['source']>, string>> = {
  call: 'by a call on the page',
  cmp: 'by the consent tool',
  shopify: 'by Shopify',
  uet: 'by UET consent mode',
  gcm: 'by Google Consent Mode',
  tcf: 'by a TCF banner',
  gpc: 'by Global Privacy Control',
  server: 'by your server',
};

/** Labels of an event without a choice, or with a tool's default only, by the consent that applies. */
const noChoiceLabels = {
  granted: "No choice; the site's policy counts it as granted",
  denied: "No choice; the site's policy counts it as denied",
  pending: 'No choice yet',
} as const satisfies Record<Report['consent']['effective'], string>;

const useLabels = [
  ['adUserData', 'data for advertising'],
  ['adPersonalization', 'personalized ads'],
] as const;

function formatConsent(report: Report) {
  const { consent } = report;
  if (isStoredWithoutPerson(report)) return consentDoesNotApply;
  const { stated, effective, source } = consent;
  const denied = useLabels.flatMap(([use, label]) => (consent[use] === 'denied' ? [label] : []));
  const statement =
    stated === 'unknown'
      ? noChoiceLabels[effective]
      : `Stated ${source === undefined ? 'with the event' : consentSourceLabels[source]}`;
  const color = effective === 'granted' ? 'green' : effective === 'denied' ? 'gray' : 'yellow';
  return (
    <Group gap={6}>
      <Badge size="sm" color={color}>
        {consentLabels[effective]}
      </Badge>
      <span>{denied.length > 0 ? `${statement}; denied: ${denied.join(', ')}` : statement}</span>
    </Group>
  );
}

/** Shows the accepted event with the fields that were removed or changed. */
export function AcceptedStep({ report }: { readonly report: Report }) {
  const { warnings, commerce } = report;
  const { browserTag: _, browserTags: __, ...page } = report.page;
  return (
    <TimelineStep icon="check" tone="good" title="Accepted">
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {summarizeWarnings(report)}
        </Text>
        <PayloadTree payload={omitEmpty({ page, commerce })} issues={warnings} label="Accepted data" />
      </Stack>
    </TimelineStep>
  );
}

function omitEmpty(parts: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0));
}

/** Shows the identity data that was added from the visitor's profile, and the missing match keys. */
export function IdentityStep({ recalled, missing, event, copies }: TimelineView) {
  if (recalled.length === 0 && [event, ...copies].some((report) => report && isStoredWithoutPerson(report))) return null;
  return (
    <TimelineStep icon="person" title="Identity added">
      <Stack gap="sm">
        {recalled.length === 0 ? (
          <Text size="sm" c="dimmed">
            No data was added. Nothing else is known about the shopper, or consent was denied.
          </Text>
        ) : (
          <DetailList items={recalled.map(({ key, from }) => [getRecalledKeyLabel(key), `from ${getRecallSourceLabel(from)}`])} />
        )}
        {missing.length > 0 && (
          <details>
            <summary style={{ cursor: 'pointer' }}>
              <Text span size="sm">
                Missing: {missing.map(({ key }) => matchKeyLabels[key]).join(', ')}
              </Text>
            </summary>
            <Stack gap={6} pt="xs">
              <DetailList
                items={missing.map(({ key, says, remedy }) => [
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
