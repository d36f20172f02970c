import { Page } from '../../parts/Page.tsx';

export function Sites() {
  return <Page title="Sites">{null}</Page>;
}
