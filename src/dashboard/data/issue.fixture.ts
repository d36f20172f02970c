import type { ReportedIssue } from '../../api/client.ts';

export function createIssue(more: Partial<ReportedIssue> = {}): ReportedIssue {
  return {
    id: 'k3v9xp',
    kind: 'delivery',
    severity: 'warning',
    site: 'bee',
    connection: 'bing',
    title: 'Bing refuses the token',
    sentence: 'Bing has refused the token for 20 hours; 3 events wait.',
    figures: [],
    since: 0,
    events: 3,
    money: [],
    action: { label: 'Correct settings', path: '/sites/bee/destinations/bing' },
    state: 'open',
    ...more,
  };
}
