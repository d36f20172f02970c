/** Paths on a 24 × 24 grid with a stroke of 2. Icons are decorative: a label is always next to them. */
const paths = {
  home: 'M4 11.5 12 4l8 7.5M6 10v10h12V10',
  shop: 'M4 9 6 4h12l2 5M4 9v11h16V9M4 9h16M9 20v-6h6v6',
  list: 'm4 6 1.5 1.5L8 5M4 12l1.5 1.500L8 11M4 18l1.5 1.500L8 17M12 6h8M12 12h8M12 18h8',
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  send: 'M4 12 20 4l-5 16-4-7zM11 13l9-9',
  target: 'M12 3v3M12 18v3M3 12h3M18 12h3M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10',
  scale: 'M12 4v16M8 20h8M5 7h14M5 7l-3 7h6zM19 7l-3 7h6z',
  shield: 'M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6zM9 12l2 2 4-4',
  book: 'M4 5a2 2 0 0 1 2-2h14v16H6a2 2 0 0 0-2 2zM4 19V5M9 7h7',
  gear: 'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3v3M12 18v3M4.2 7.500l2.6 1.500M17.2 15l2.6 1.500M4.2 16.500l2.6-1.500M17.2 9l2.6-1.5',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4 20c1-4 4-5 8-5s7 1 8 5',
  people: 'M9 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M2 20c1-4 3-5 7-5s6 1 7 5M16 4a4 4 0 0 1 0 8M18 15c2 .5 3.5 2 4 5',
  code: 'm8 7-5 5 5 5M16 7l5 5-5 5M14 4l-4 16',
  leave: 'M10 4H5v16h5M10 12h11M17 8l4 4-4 4',
  down: 'm6 9 6 6 6-6',
  save: 'M12 4v11M7 10l5 5 5-5M4 20h16',
  right: 'm9 6 6 6-6 6',
  left: 'm15 6-6 6 6 6',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.6 19 19M5 19l1.4-1.400M17.6 6.4 19 5',
  moon: 'M20 14.500A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'm5 13 4 4L19 7',
  cross: 'M6 6l12 12M18 6 6 18',
  bell: 'M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7M10 20a2 2 0 0 0 4 0',
  warn: 'M12 4 2.5 20h19zM12 10v5M12 17.500v.2',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 7.700v.2',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 5v14l12-7z',
  again: 'M20 11A8 8 0 1 0 18 17M20 5v6h-6',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5',
  filter: 'M4 5h16l-6 8v6l-4-2v-4z',
  key: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8M11 12l9-9M16 7l3 3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
      style={{ flex: 'none' }}
    >
      <path d={paths[name]} />
    </svg>
  );
}
