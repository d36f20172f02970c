import { Page } from '../../parts/Page.tsx';

export function ConsentDoctor() {
  return <Page title="Consent">{null}</Page>;
}
