import { z } from 'zod';
import { defineRoutes, type RouteDefinitions } from '../http/define-routes.ts';
import { issueFilter, issueId, newAssignee, newSnooze } from './parameters.ts';
import { issueResponse, issuesResponse } from './schemas.ts';

const params = z.strictObject({ issue: issueId });

/** The routes of the issues that the gateway reports. A change needs an editor of the issue's site, or of all sites. */
export const issueRoutes = defineRoutes({
  'GET /api/issues': {
    group: 'Issues',
    right: 'account',
    summary: 'List the issues, the worst first',
    detail: 'An account on single sites sees the issues of its sites, and those of the gateway without their details.',
    params: issueFilter,
    response: issuesResponse,
  },
  'GET /api/issues/:issue': {
    group: 'Issues',
    right: 'account',
    summary: 'Get an issue with its history and its messages',
    params,
    response: issueResponse,
    errors: ['no-such-issue'],
  },
  'POST /api/issues/:issue/acknowledge': {
    group: 'Issues',
    right: 'account',
    summary: 'Acknowledge an issue',
    detail: 'It stays in the list, and no longer counts as open until it worsens, or ends and returns. Needs an editor.',
    params,
    response: issueResponse,
    errors: ['no-such-issue', 'issue-ended', 'editor-only'],
  },
  'POST /api/issues/:issue/snooze': {
    group: 'Issues',
    right: 'account',
    summary: 'Snooze an issue for some time',
    detail: 'It no longer counts as open until then, or until it worsens. Needs an editor.',
    params,
    body: newSnooze,
    response: issueResponse,
    errors: ['no-such-issue', 'issue-ended', 'editor-only'],
  },
  'POST /api/issues/:issue/assign': {
    group: 'Issues',
    right: 'account',
    summary: 'Assign an issue to an account, or to nobody',
    detail: 'The account must see the issue. No message is sent. Needs an editor.',
    params,
    body: newAssignee,
    response: issueResponse,
    errors: ['no-such-issue', 'issue-ended', 'editor-only', 'no-such-account'],
  },
  'POST /api/issues/:issue/open': {
    group: 'Issues',
    right: 'account',
    summary: 'End the acknowledgement and the snooze of an issue',
    detail: 'Needs an editor.',
    params,
    response: issueResponse,
    errors: ['no-such-issue', 'issue-ended', 'editor-only'],
  },
} as const satisfies RouteDefinitions);
