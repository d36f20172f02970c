import { Page } from '../../parts/Page.tsx';

export function GuidePage() {
  return <Page title="Guide">{null}</Page>;
}
