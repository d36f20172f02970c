import { Code, List, Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { GuideAnchor } from '../../../../components/layout/GuideAnchor.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { MenuPath, MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';

interface HookStepsProps extends MethodStepsProps {
  readonly source: 'stripe' | 'recharge';
}

const services = {
  stripe: {
    title: 'Stripe',
    secret: 'the signing secret of the endpoint, whsec_…',
    place: ['Developers', 'Webhooks', 'Add destination'],
    events: [
      'checkout.session.completed, checkout.session.async_payment_succeeded, checkout.session.async_payment_failed',
      'refund.created, refund.updated, refund.failed',
      'For subscriptions: invoice.paid, invoice_payment.paid, customer.subscription.created, customer.subscription.deleted',
    ],
    test: 'Buy something in test mode: the events show a test order, which no platform receives.',
  },
  recharge: {
    title: 'Recharge',
    secret: 'the API client secret, not the token',
    place: undefined,
    events: ['subscription/cancelled', 'charge/failed', 'order/created, if the site has no webhook of the shop'],
    test: 'Cancel a subscription of a test customer: the events show the cancellation.',
  },
} as const;

/** The steps of a payment system that reports sales by signed webhooks. */
export function HookSteps({ site, address, source }: HookStepsProps) {
  const { title, secret, place, events, test } = services[source];
  return (
    <MethodSteps site={site.id} title={title} guide={{ slug: source, title }}>
      <SetupStep title={`Create the webhooks in ${title}`}>
        <Text size="sm">
          {place ? (
            <>
              Open <MenuPath path={place} />, choose snapshot events, and select these:
            </>
          ) : (
            'Create a webhook for each topic by its API:'
          )}
        </Text>
        <List size="sm" spacing={2}>
          {events.map((names) => (
            <List.Item key={names}>{names}</List.Item>
          ))}
        </List>
        <Copyable label="Webhook URL" text={`${address.base}/hooks/${source}/${site.id}`} />
      </SetupStep>
      <SetupStep title="Enter the secret">
        <Text size="sm">
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} hash="hooks" inherit underline="always">
            Add a hook
          </RouterAnchor>{' '}
          of {title} with {secret}.
        </Text>
      </SetupStep>
      <SetupStep title="Name the visitor">
        <Text size="sm">
          Let your server pass the cookie <Code>_cv_id</Code> on, so that a sale finds its click. The{' '}
          <GuideAnchor site={site.id} guide={source}>
            guide
          </GuideAnchor>{' '}
          shows where.
        </Text>
      </SetupStep>
      <SetupStep title="Test it">
        <Text size="sm">{test}</Text>
      </SetupStep>
    </MethodSteps>
  );
}
