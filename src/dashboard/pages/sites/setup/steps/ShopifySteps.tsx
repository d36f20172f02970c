import { Code, Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { fillCustomPixel, fillThemeSnippet, type ShopValues } from '../fill-shop-file.ts';
import { FileCode } from './FileCode.tsx';
import { MenuPath, MethodSteps, SetupStep, TestOrderStep } from './MethodSteps.tsx';
import { OrderConsentStep } from './MissingConsent.tsx';
import type { ServerMethodStepsProps } from './method-steps.ts';
import { PlatformAlert } from './PlatformAlert.tsx';
import { WebhookAddress } from './WebhookAddress.tsx';

const topics = [
  'Order creation (orders/create): purchases',
  'Order cancellation (orders/cancelled) and Refund create (refunds/create): for the record',
  'Customer creation (customers/create): sign-ups',
];

/** The steps of a Shopify shop. The names of its menus are those of 2026-11. */
export function ShopifySteps({ site, address, serverConsent }: ServerMethodStepsProps) {
  const tag = site.tags.microsoft;
  const values: ShopValues = {
    pixel: address.pixel,
    writeKey: site.writeKey,
    ...(tag && tag.mode !== 'off' && typeof tag.tagId === 'string' && { tagId: tag.tagId }),
  };
  return (
    <>
      <PlatformAlert site={site} platform="shopify" name="Shopify" />
      <MethodSteps site={site.id} title="Shopify" guide={{ slug: 'shopify', title: 'Shopify' }}>
        <SetupStep title="Add the theme snippet">
          <Text size="sm">
            In <MenuPath path={['Online Store', 'Themes', '…', 'Edit code']} />, add <Code>convey.liquid</Code> under{' '}
            <Code>snippets</Code> with this code.
          </Text>
          <FileCode
            path="shops/shopify/convey.liquid"
            fill={(text) => fillThemeSnippet(text, values)}
            filled={['pixel URL', 'write key']}
          />
          <Text size="sm">
            Then add this line to <Code>layout/theme.liquid</Code>, before <Code>{'</head>'}</Code>.
          </Text>
          <Copyable label="Line of the theme" text="{% render 'convey' %}" />
        </SetupStep>
        <SetupStep title="Add the custom pixel">
          <Text size="sm">
            In <MenuPath path={['Settings', 'Customer events', 'Custom pixels', 'Add custom pixel']} />, replace the code with
            this one. Set permission to <strong>Required</strong> with <strong>Marketing</strong>, and data sale to{' '}
            <strong>Data collected qualifies as data sale</strong>. Press <strong>Save</strong>, then <strong>Connect</strong>.
          </Text>
          <FileCode
            path="shops/shopify/custom-pixel.js"
            fill={(text) => fillCustomPixel(text, values)}
            filled={['URL', 'write key', ...(values.tagId === undefined ? [] : ['tag ID'])]}
          />
        </SetupStep>
        <SetupStep title="Create the webhooks">
          <Text size="sm">
            In <MenuPath path={['Settings', 'Notifications', 'Webhooks', 'Create webhook']} />, create one webhook for each topic.
            Use the format JSON and this URL.
          </Text>
          <WebhookAddress site={site} base={address.base} platform="shopify" topics={topics} />
          <Text size="sm" c="dimmed">
            Shopify shows the secret below the list of webhooks.
          </Text>
        </SetupStep>
        <OrderConsentStep site={site} serverConsent={serverConsent} />
        <TestOrderStep />
      </MethodSteps>
    </>
  );
}
