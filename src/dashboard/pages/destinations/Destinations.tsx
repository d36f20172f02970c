import { Page } from '../../parts/Page.tsx';

export function Destinations() {
  return <Page title="Destinations">{null}</Page>;
}
