import { Page } from '../../parts/Page.tsx';

export function MatchQuality() {
  return <Page title="Match quality">{null}</Page>;
}
