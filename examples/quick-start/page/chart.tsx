import { type ReactElement, useEffect, useRef } from 'react';
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** One line of a chart. */
interface Series {
  readonly name: string;
  /** The custom property with its colour: read anew at each drawing, so that it follows the theme. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly isFilled?: boolean;
}

interface ChartProps {
  readonly title: string;
  /** The newest value, in words. */
  readonly figure: string;
  readonly hint: string;
  readonly unit: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

const height = 150;

/** A line chart over time with its newest figure. The figure says in words what the picture shows. */
export function Chart({ title, figure, hint, unit, times, series }: ChartProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const described = useRef({ unit, series });
  described.current = { unit, series };

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new Plot(optionsFor(element, described.current), [[]], element);
    plot.current = made;
    const size = new ResizeObserver(([entry]) => {
      if (entry !== undefined) made.setSize({ width: Math.floor(entry.contentRect.width), height });
    });
    size.observe(element);
    const theme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => made.redraw();
    theme.addEventListener('change', redraw);
    return () => {
      size.disconnect();
      theme.removeEventListener('change', redraw);
      made.destroy();
      plot.current = undefined;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData([[...times], ...series.map(({ values }) => [...values])]);
  }, [times, series]);

  return (
    <figure className="card chart">
      <figcaption>
        <span className="quiet">{title}</span>
        <strong>{figure}</strong>
        <small className="quiet">{hint}</small>
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}, the last minute: ${figure}`} />
      {series.length > 1 ? (
        <p className="legend" aria-hidden="true">
          {series.map(({ name, color }) => (
            <span key={name}>
              <i style={{ background: `var(${color})` }} />
              {name}
            </span>
          ))}
        </p>
      ) : null}
    </figure>
  );
}

function optionsFor(
  element: HTMLElement,
  { unit, series }: Pick<ChartProps, 'unit' | 'series'>,
): Plot.Options {
  const color = (name: string) => (): string => resolveColor(element, name);
  const font = '12px system-ui, sans-serif';
  const axis: Plot.Axis = {
    stroke: color('--quiet'),
    font,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: Math.max(120, element.clientWidth),
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    scales: {
      x: { range: (_, __, max) => [max - 60, max] },
      y: { range: (_, __, max) => [0, Math.max(4, max * 1.25)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 60,
        splits: (_, __, ___, max) => [max - 60, max - 40, max - 20, max],
        values: (plot, splits) => splits.map((at) => secondsAgo(at - (plot.scales['x']?.max ?? at))),
      },
      {
        ...axis,
        size: 58,
        space: 34,
        values: (_, splits) => splits.map((value) => `${value} ${unit}`.trim()),
      },
    ],
    series: [
      {},
      ...series.map(({ color: name, isFilled = false }): Plot.Series => {
        const stroke = color(name);
        return {
          stroke,
          width: 2,
          spanGaps: false,
          points: { show: false },
          ...(isFilled ? { fill: () => `color-mix(in srgb, ${stroke()} 16%, transparent)` } : {}),
        };
      }),
    ],
  };
}

/** The colour that a custom property stands for now: read off the element, for `light-dark()` means nothing to a canvas. */
function resolveColor(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

function secondsAgo(seconds: number): string {
  return seconds > -1 ? 'now' : `−${Math.round(-seconds)} s`;
}
