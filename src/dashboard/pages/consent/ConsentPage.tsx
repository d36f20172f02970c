import { Page } from '../../components/layout/Page.tsx';
import { QualityTabs } from '../quality/QualityTabs.tsx';
import { ConsentChoices } from './ConsentChoices.tsx';
import { ConsentDoctor } from './ConsentDoctor.tsx';

/** Shows which choices arrive, and checks why few may. */
export function ConsentPage() {
  return (
    <Page title="Consent" description="The choices that arrived with events, and a check of your consent banner.">
      <QualityTabs />
      <ConsentChoices />
      <ConsentDoctor />
    </Page>
  );
}
