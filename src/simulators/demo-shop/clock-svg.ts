import { html } from 'hono/html';
import type { Markup } from './html.ts';

/** What a clock looks like: enough to draw it. Colours are CSS hex. */
export interface Look {
  readonly body: 'round' | 'square' | 'octagon' | 'sunburst' | 'arch' | 'carriage' | 'bells' | 'longcase';
  readonly numerals: 'arabic' | 'roman' | 'batons' | 'dots' | 'none';
  readonly hands: 'baton' | 'spade';
  readonly case: string;
  readonly face: string;
  readonly ink: string;
  readonly accent: string;
  /** Hour and minute that it shows. */
  readonly time: readonly [hour: number, minute: number];
  /** Where a thin second hand stands. Absent: there is none. */
  readonly seconds?: number;
  /** Degrees of the alarm's hand. Absent: there is none. */
  readonly alarm?: number;
  readonly feet?: boolean;
  /** Of the wall behind it; the stylesheet knows the colours. */
  readonly tone: 'sand' | 'sage' | 'sky' | 'clay';
}

/** A picture of a clock, 240 units each way. With a title it is announced, without one it is decoration. */
export function drawing(look: Look, title?: string): Markup {
  return html`<svg class="drawing" viewBox="0 0 240 240" ${title === undefined ? html`aria-hidden="true"` : html`role="img" aria-label="${title}"`} focusable="false">${clock(look)}</svg>`;
}

/** A clock inside another drawing, its 240 units shrunk to `size`. */
export function clockAt(look: Look, x: number, y: number, size: number): Markup {
  return html`<svg x="${x}" y="${y}" width="${size}" height="${size}" viewBox="0 0 240 240">${clock(look)}</svg>`;
}

function clock(look: Look): Markup {
  switch (look.body) {
    case 'round':
      return round(look);
    case 'square':
      return square(look);
    case 'octagon':
      return octagon(look);
    case 'sunburst':
      return sunburst(look);
    case 'arch':
      return arch(look);
    case 'carriage':
      return carriage(look);
    case 'bells':
      return bells(look);
    case 'longcase':
      return longcase(look);
  }
}

const shade = '#000';
const steel = '#858b87';

function ground(width: number): Markup {
  return html`<ellipse cx="120" cy="218" rx="${width}" ry="6" fill="${shade}" opacity=".16"/>`;
}

function round(look: Look): Markup {
  const standing = look.feet === true;
  const shadow = standing ? ground(62) : html`<circle cx="124" cy="128" r="96" fill="${shade}" opacity=".12"/>`;
  const feet = html`<path d="M76 190 62 216h16l14-18zM164 190l14 26h-16l-14-18z" fill="${look.case}"/>`;
  return html`${shadow}${standing && feet}<circle cx="120" cy="120" r="96" fill="${look.case}"/>
<circle cx="120" cy="120" r="91" fill="none" stroke="#fff" stroke-width="2" opacity=".22"/>${dial(look, 120, 120, 82)}`;
}

function square(look: Look): Markup {
  return html`${ground(86)}${look.feet === true && html`<path d="M58 208h20v9H58zM162 208h20v9h-20z" fill="${look.ink}"/>`}
<rect x="30" y="30" width="180" height="180" rx="26" fill="${look.case}"/>
<rect x="35" y="35" width="170" height="170" rx="22" fill="none" stroke="#fff" stroke-width="2" opacity=".25"/>
<rect x="46" y="46" width="148" height="148" rx="16" fill="${look.face}"/>${dial(look, 120, 120, 72)}`;
}

function octagon(look: Look): Markup {
  return html`<path d="${corners(124, 128, 106)}" fill="${shade}" opacity=".12"/><path d="${corners(120, 120, 106)}" fill="${look.case}"/>
<path d="${corners(120, 120, 98)}" fill="none" stroke="#fff" stroke-width="2" opacity=".3"/>
<circle cx="120" cy="120" r="82" fill="${look.accent}"/><circle cx="120" cy="120" r="82" fill="${shade}" opacity=".25"/>${dial(look, 120, 120, 78)}`;
}

function corners(x: number, y: number, radius: number): string {
  const points = Array.from({ length: 8 }, (_, index) => at(x, y, radius, index * 45 + 22.5).join(' '));
  return `M${points.join('L')}Z`;
}

function sunburst(look: Look): Markup {
  const rays = Array.from({ length: 24 }, (_, index) => {
    const [long, width] = index % 2 === 0 ? [112, 2.6] : [94, 1.9];
    const [tip, left, right] = [
      at(120, 120, long, index * 15),
      at(120, 120, 54, index * 15 - width * 2),
      at(120, 120, 54, index * 15 + width * 2),
    ];
    return html`<path d="M${left.join(' ')}L${tip.join(' ')}L${right.join(' ')}Z" fill="${look.case}" opacity="${index % 2 === 0 ? 1 : 0.75}"/>`;
  });
  return html`<circle cx="124" cy="126" r="64" fill="${shade}" opacity=".12"/>${rays}<circle cx="120" cy="120" r="60" fill="${look.case}"/>${dial(look, 120, 120, 52)}`;
}

function arch(look: Look): Markup {
  return html`${ground(104)}<path d="M14 204h212v12H14z" fill="${look.case}"/><path d="M14 204h212v12H14z" fill="${shade}" opacity=".28"/>
<path d="M24 204v-30q34-6 40-60a56 60 0 0 1 112 0q6 54 40 60v30z" fill="${look.case}"/>
<path d="M34 196v-16q34-8 40-66a46 50 0 0 1 92 0q6 58 40 66v16z" fill="none" stroke="${look.accent}" stroke-width="1.5" opacity=".7"/>
<circle cx="120" cy="124" r="56" fill="${look.accent}"/>${dial(look, 120, 124, 51)}`;
}

function carriage(look: Look): Markup {
  const bar = html`<path d="M48 202h144v14H48zM56 56h128v12H56z" fill="${look.case}"/><path d="M56 64h128v4H56zM48 210h144v6H48z" fill="${shade}" opacity=".2"/>`;
  return html`${ground(84)}<path d="M84 56V34q0-10 10-10h52q10 0 10 10v22" fill="none" stroke="${look.case}" stroke-width="8" stroke-linecap="round"/>
<rect x="62" y="66" width="116" height="138" fill="#a9bcc0"/><path d="M62 66h50L76 204H62z" fill="#fff" opacity=".25"/>
${bar}<path d="M60 66h12v138H60zM168 66h12v138h-12z" fill="${look.case}"/>
<circle cx="120" cy="184" r="11" fill="none" stroke="${look.case}" stroke-width="4"/><circle cx="120" cy="184" r="4" fill="${look.case}"/>
${dial(look, 120, 122, 46)}`;
}

function bells(look: Look): Markup {
  const bell = html`<path d="M48 70a36 36 0 0 1 56-34z" fill="${look.accent}"/><path d="M192 70a36 36 0 0 0-56-34z" fill="${look.accent}"/>
<circle cx="70" cy="40" r="5" fill="${steel}"/><circle cx="170" cy="40" r="5" fill="${steel}"/>`;
  return html`${ground(66)}<path d="M84 52q36-34 72 0" fill="none" stroke="${steel}" stroke-width="5"/><path d="M117 30h6v22h-6z" fill="${steel}"/><circle cx="120" cy="30" r="6" fill="${steel}"/>
${bell}<path d="M74 196 60 216M166 196l14 20" stroke="${steel}" stroke-width="9" stroke-linecap="round"/>
<circle cx="120" cy="132" r="82" fill="${look.case}"/><circle cx="120" cy="132" r="77" fill="none" stroke="#fff" stroke-width="2" opacity=".25"/>${dial(look, 120, 132, 69)}`;
}

function longcase(look: Look): Markup {
  return html`${ground(60)}<path d="M72 188h96v28H72zM80 82h80v106H80z" fill="${look.case}"/><path d="M80 82h80v4H80zM72 188h96v3H72z" fill="${shade}" opacity=".3"/>
<path d="M70 84V34q50-34 100 0v50z" fill="${look.case}"/><path d="M66 80h108v6H66z" fill="${look.case}"/><path d="M66 80h108v6H66z" fill="${shade}" opacity=".18"/>
<rect x="96" y="96" width="48" height="84" rx="3" fill="#2a2019"/><path d="M96 96h20l-12 84h-8z" fill="#fff" opacity=".1"/>
<path d="M120 90 126 158" stroke="${look.accent}" stroke-width="2"/><circle cx="126.400" cy="162" r="10" fill="${look.accent}"/><circle cx="126.400" cy="162" r="5" fill="#fff" opacity=".25"/>
<path d="M80 196h80v14H80z" fill="none" stroke="${look.accent}" opacity=".55"/>${dial(look, 120, 50, 31)}`;
}

/** A face of the given radius, with its hands. */
function dial(look: Look, x: number, y: number, radius: number): Markup {
  const { ink, accent } = look;
  const [hour, minute] = look.time;
  const hourAngle = (hour % 12) * 30 + minute / 2;
  return html`<circle cx="${x}" cy="${y}" r="${radius}" fill="${look.face}"/>${marks(look, x, y, radius)}
${look.alarm !== undefined && hand(x, y, radius * 0.42, look.alarm, radius * 0.03, accent)}
${look.hands === 'spade' ? spade(x, y, radius * 0.5, hourAngle, radius, ink) : hand(x, y, radius * 0.5, hourAngle, radius * 0.075, ink)}
${look.hands === 'spade' ? spade(x, y, radius * 0.74, minute * 6, radius, ink) : hand(x, y, radius * 0.76, minute * 6, radius * 0.055, ink)}
${look.seconds !== undefined && hand(x, y, radius * 0.82, look.seconds * 6, radius * 0.022, accent)}
<circle cx="${x}" cy="${y}" r="${rounded(radius * 0.065)}" fill="${ink}"/><circle cx="${x}" cy="${y}" r="${rounded(radius * 0.03)}" fill="${accent}"/>`;
}

const roman = ['XII', 'I', 'II', 'III', 'IIII', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI'];

function marks({ numerals, ink }: Look, x: number, y: number, radius: number): Markup | undefined {
  if (numerals === 'none') return undefined;
  const hours = Array.from({ length: 12 }, (_, hour) => hour);
  if (numerals === 'dots') {
    return html`${hours.map((hour) => {
      const [cx, cy] = at(x, y, radius * 0.82, hour * 30);
      return html`<circle cx="${cx}" cy="${cy}" r="${rounded(radius * (hour % 3 === 0 ? 0.055 : 0.03))}" fill="${ink}"/>`;
    })}`;
  }
  if (numerals === 'batons') {
    const rays = hours.map((hour) => ray(x, y, radius * (hour % 3 === 0 ? 0.72 : 0.78), radius * 0.9, hour * 30));
    return html`<path d="${rays.join('')}" stroke="${ink}" stroke-width="${rounded(radius * 0.04)}" stroke-linecap="round"/>`;
  }
  const minutes = Array.from({ length: 60 }, (_, minute) =>
    ray(x, y, radius * (minute % 5 === 0 ? 0.88 : 0.91), radius * 0.95, minute * 6),
  );
  const track = html`<path d="${minutes.join('')}" stroke="${ink}" stroke-width="${rounded(radius * 0.012)}"/>`;
  const isRoman = numerals === 'roman';
  const size = rounded(radius * (isRoman ? 0.19 : 0.23));
  const figures = hours.map((hour) => {
    const [left, top] = at(x, y, radius * (isRoman ? 0.75 : 0.72), hour * 30);
    const turn = isRoman ? html` transform="rotate(${hour * 30} ${left} ${top})"` : undefined;
    const text = isRoman ? (roman[hour] ?? '') : hour === 0 ? 12 : hour;
    return html`<text x="${left}" y="${top}" dy=".35em"${turn}>${text}</text>`;
  });
  const family = isRoman ? 'Georgia, "Times New Roman", serif' : 'system-ui, sans-serif';
  return html`${track}<g fill="${ink}" font-family="${family}" font-size="${size}" font-weight="600" text-anchor="middle" aria-hidden="true">${figures}</g>`;
}

function hand(x: number, y: number, length: number, angle: number, width: number, colour: string): Markup {
  return line(x, y, -length * 0.18, length, angle, width, colour);
}

function line(x: number, y: number, from: number, to: number, angle: number, width: number, colour: string): Markup {
  return html`<path d="${ray(x, y, from, to, angle)}" stroke="${colour}" stroke-width="${rounded(width)}" stroke-linecap="round"/>`;
}

/** From one distance from the centre to another; below zero is on the other side. */
function ray(x: number, y: number, from: number, to: number, angle: number): string {
  return `M${at(x, y, from, angle).join(' ')}L${at(x, y, to, angle).join(' ')}`;
}

/** A hand with a leaf near its tip, as on old clocks. */
function spade(x: number, y: number, length: number, angle: number, radius: number, colour: string): Markup {
  const top = y - length;
  const wide = radius * 0.075;
  const path = `M${x} ${rounded(top)}q${rounded(wide * 2)} ${rounded(length * 0.24)} 0 ${rounded(length * 0.32)}q${rounded(-wide * 2)} ${rounded(-length * 0.08)} 0 ${rounded(-length * 0.32)}z`;
  return html`<g transform="rotate(${angle} ${x} ${y})">${line(x, y, -length * 0.14, length * 0.8, 0, radius * 0.035, colour)}<path d="${path}" fill="${colour}"/></g>`;
}

/** The point at a distance from the centre; 0 degrees is noon. */
function at(x: number, y: number, distance: number, angle: number): [number, number] {
  const turned = ((angle - 90) * Math.PI) / 180;
  return [rounded(x + distance * Math.cos(turned)), rounded(y + distance * Math.sin(turned))];
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
