import { type RefObject, useEffect, useState } from 'react';

/** Whether somebody reads in the list: it is scrolled away from its beginning, or a row has the keyboard's focus. */
export function useIsReading(top: RefObject<HTMLElement | null>, rows: RefObject<HTMLElement | null>): boolean {
  const [isScrolled, setScrolled] = useState(false);
  const [isFocused, setFocused] = useState(false);
  useEffect(() => {
    const mark = top.current;
    if (!mark) return undefined;
    const observer = new IntersectionObserver(([entry]) => setScrolled(entry !== undefined && !entry.isIntersecting));
    observer.observe(mark);
    return () => observer.disconnect();
  }, [top]);
  useEffect(() => {
    const look = () => setFocused(rows.current?.contains(document.activeElement) === true);
    document.addEventListener('focusin', look);
    document.addEventListener('focusout', look);
    return () => {
      document.removeEventListener('focusin', look);
      document.removeEventListener('focusout', look);
    };
  }, [rows]);
  return isScrolled || isFocused;
}
