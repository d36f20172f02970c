import { Text } from '@mantine/core';
import { Copyable } from '../../../../components/display/Copyable.tsx';
import { GuideAnchor } from '../../../../components/layout/GuideAnchor.tsx';
import { RouterAnchor } from '../../../../components/layout/router-links.tsx';
import { formatPackageCall, formatPurchaseCall, formatSnippet } from '../install-snippet.ts';
import { MethodSteps, SetupStep } from './MethodSteps.tsx';
import type { MethodStepsProps } from './method-steps.ts';
import { PurchaseIdAdvice } from './PurchaseIdAdvice.tsx';

export function PageTagSteps({ site, address }: MethodStepsProps) {
  return (
    <MethodSteps site={site.id} title="Tag in the page" guide={{ slug: 'add-the-pixel', title: 'Add the pixel' }}>
      <SetupStep title="Add the snippet">
        <Text size="sm">Paste this line into the head of every page, as early as possible. It reports page views.</Text>
        <Copyable label="Snippet code" text={formatSnippet(address.pixel)} />
        <Text size="sm">
          For an app that is built from modules, such as React, Next, Vue, Nuxt or Astro, load the pixel with{' '}
          <GuideAnchor site={site.id} guide="javascript-package">
            the JavaScript package
          </GuideAnchor>
          :
        </Text>
        <Copyable label="Code of the package" text={formatPackageCall(address.pixel, site.writeKey)} />
      </SetupStep>
      <SetupStep title="Check consent">
        <Text size="sm">
          The pixel reads Google Consent Mode, the TCF, and the banner that you name in{' '}
          <RouterAnchor to="/sites/$site/settings" params={{ site: site.id }} inherit underline="always">
            Site settings
          </RouterAnchor>{' '}
          under “Capture”. The{' '}
          <RouterAnchor to="/sites/$site/consent" params={{ site: site.id }} inherit underline="always">
            consent doctor
          </RouterAnchor>{' '}
          finds the banner of a page and the setting for it. A banner of your own{' '}
          <GuideAnchor site={site.id} guide="consent">
            passes the choice on
          </GuideAnchor>
          .
        </Text>
      </SetupStep>
      <SetupStep title="Report purchases">
        <Text size="sm">
          On the thank-you page, call this with the values of the order. <PurchaseIdAdvice site={site.id} />
        </Text>
        <Copyable label="Code of a purchase" text={formatPurchaseCall(site.defaultCurrency ?? 'USD')} />
      </SetupStep>
      <SetupStep title="Test it">
        <Text size="sm">Open a page of the shop and accept its consent banner. The event appears at the top of this page.</Text>
      </SetupStep>
    </MethodSteps>
  );
}
