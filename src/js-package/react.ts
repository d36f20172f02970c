'use client';
import { useEffect, useRef } from 'react';
import type { EventName, TrackFields } from '../pixel/commands.ts';
import { consent, identify, type LoadOptions, link, load, page, ready, reset, track } from './index.ts';

const convey = { page, track, identify, consent, reset, link, ready };

/** Loads the site's pixel once. Renders nothing. React keeps a prop `key` for itself, so the write key has a name of its own. */
export function Convey({ writeKey, ...options }: Omit<LoadOptions, 'key'> & { readonly writeKey: string }): null {
  useEffect(() => load({ ...options, key: writeKey }));
  return null;
}

/** Returns the functions of the package. They stay the same, so a hook may list them as dependencies. */
export function useConvey(): typeof convey {
  return convey;
}

/**
 * Tracks an event when a page is shown, once for each `subject`, such as a product's id. Does nothing without a subject. The ref persists
 * when StrictMode runs the effect twice during development, and at every rendering.
 */
export function useTrackOnce(name: EventName, subject: string | number | undefined, fields?: TrackFields): void {
  const tracked = useRef<typeof subject>(undefined);
  useEffect(() => {
    if (tracked.current === subject) return;
    tracked.current = subject;
    track(name, fields);
  });
}
