import { Code, Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { FileCode } from './FileCode.tsx';
import { MenuPath, MethodSteps, SetupStep, TestOrderStep } from './MethodSteps.tsx';
import { OrderConsentStep } from './MissingConsent.tsx';
import type { ServerMethodStepsProps } from './method-steps.ts';
import { PlatformAlert } from './PlatformAlert.tsx';
import { WebhookAddress } from './WebhookAddress.tsx';

const topics = ['Order created: purchases', 'Order updated: payments, cancellations and refunds'];

export function WooCommerceSteps({ site, address, serverConsent }: ServerMethodStepsProps) {
  return (
    <>
      <PlatformAlert site={site} platform="woocommerce" name="WooCommerce" />
      <MethodSteps site={site.id} title="WooCommerce" guide={{ slug: 'woocommerce', title: 'WooCommerce' }}>
        <SetupStep title="Install the plugin">
          <Text size="sm">
            Put this file into <Code>wp-content/plugins/convey/</Code>. Or zip it and upload it in{' '}
            <MenuPath path={['Plugins', 'Add New Plugin', 'Upload Plugin']} />. Then activate it.
          </Text>
          <FileCode path="shops/woocommerce/convey.php" isDownload />
        </SetupStep>
        <SetupStep title="Enter the settings">
          <Text size="sm">
            In <MenuPath path={['WooCommerce', 'Convey']} />, enter these values.
          </Text>
          <Copyable label="Pixel URL" isLabelShown text={address.pixel.replace(/\?.*$/, '')} />
          <Copyable label="Write key" isLabelShown text={site.writeKey} />
        </SetupStep>
        <SetupStep title="Create the webhooks">
          <Text size="sm">
            In <MenuPath path={['Settings', 'Advanced', 'Webhooks', 'Add webhook']} />, create one webhook for each topic. Set the
            status to Active, and use the same secret and this delivery URL.
          </Text>
          <WebhookAddress site={site} base={address.base} platform="woocommerce" topics={topics} />
        </SetupStep>
        <OrderConsentStep site={site} serverConsent={serverConsent} />
        <TestOrderStep />
      </MethodSteps>
    </>
  );
}
