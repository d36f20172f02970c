import { Page } from '../../parts/Page.tsx';

export function NewSite() {
  return <Page title="New site">{null}</Page>;
}
