import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { HookPreviewView } from '../../../../api/client.ts';
import { callApi } from '../../../data/api-client.ts';

/** Asks again this often, because the service may send a request at any time. The gateway keeps its body while it is asked. */
const everyMs = 4_000;
const typingMs = 400;

interface PreviewState {
  readonly data: HookPreviewView | undefined;
  readonly error: Error | null;
  readonly body: string;
  readonly isBodyValid: boolean;
  readonly setBody: (body: string) => void;
}

/** Previews the mapping as it is edited. */
export function useHookPreview(
  site: string,
  hook: string,
  mapping: readonly Readonly<Record<string, unknown>>[] | undefined,
  isEnabled: boolean,
): PreviewState {
  const [body, setBody] = useState('');
  const own = parseBody(body);
  const [question] = useDebouncedValue(JSON.stringify({ events: mapping, ...(own && { body: own }) }), typingMs);
  const query = useQuery<HookPreviewView, Error>({
    queryKey: ['hook preview', site, hook, question],
    queryFn: () => callApi('POST /api/sites/:site/hooks/:hook/preview', { site, hook }, JSON.parse(question)),
    enabled: isEnabled && mapping !== undefined,
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return { data: query.data, error: query.error, body, isBodyValid: body === '' || own !== undefined, setBody };
}

function parseBody(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
