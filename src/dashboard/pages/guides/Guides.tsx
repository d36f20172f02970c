import { Page } from '../../parts/Page.tsx';

export function Guides() {
  return <Page title="Guides">{null}</Page>;
}
