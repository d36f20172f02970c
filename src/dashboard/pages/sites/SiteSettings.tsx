import { Page } from '../../parts/Page.tsx';

export function SiteSettings() {
  return <Page title="Settings">{null}</Page>;
}
