import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReportedIssue } from '../../../api/client.ts';

interface IssueActionProps {
  readonly issue: Pick<ReportedIssue, 'action' | 'title'>;
  /** Set for the issue that the page begins with. */
  readonly isMain?: boolean;
}

/** The one button that helps with an issue. It opens the page where the person can act. */
export function IssueAction({ issue: { action, title }, isMain = false }: IssueActionProps) {
  const navigate = useNavigate();
  return (
    <Button
      component="a"
      href={action.path}
      size={isMain ? 'sm' : 'xs'}
      variant={isMain ? 'filled' : 'default'}
      aria-label={`${action.label}: ${title}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        void navigate({ href: action.path });
      }}
    >
      {action.label}
    </Button>
  );
}
