import { type RefObject, useEffect, useState } from 'react';

/** Returns whether the user is reading the list: it is scrolled down, or a row has the focus. */
export function useIsReading(top: RefObject<HTMLElement | null>, rows: RefObject<HTMLElement | null>): boolean {
  const [isScrolled, setScrolled] = useState(false);
  const [isFocused, setFocused] = useState(false);
  useEffect(() => {
    const element = top.current;
    if (!element) return undefined;
    const observer = new IntersectionObserver(([entry]) => setScrolled(entry !== undefined && !entry.isIntersecting));
    observer.observe(element);
    return () => observer.disconnect();
  }, [top]);
  useEffect(() => {
    const update = () => setFocused(rows.current?.contains(document.activeElement) === true);
    document.addEventListener('focusin', update);
    document.addEventListener('focusout', update);
    return () => {
      document.removeEventListener('focusin', update);
      document.removeEventListener('focusout', update);
    };
  }, [rows]);
  return isScrolled || isFocused;
}
