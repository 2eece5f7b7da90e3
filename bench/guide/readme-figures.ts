import { duration, median, most } from '../figures';
import type { Result } from '../results';

type Figures = (fault: (row: string, contestant: string, sample: string) => readonly number[]) => string;

/** What stands in the README between `<!-- bench:name -->` and `<!-- / -->`, by name. */
const figures: Readonly<Record<string, Figures>> = {
  'cut:raw': (of) => `${median(of('cut', 'raw', 'lost'))} of 50 lost`,
  'cut:surewire': (of) => lost(of('cut', 'surewire', 'lost')),
  'before-subscribed:surewire': (of) => lost(of('before-subscribed', 'surewire', 'lost')),
  'restart:raw': (of) => duration(median(of('restart', 'raw', 'back'))),
  'restart:surewire': (of) => duration(median(of('restart', 'surewire', 'back'))),
  'refused:raw': (of) => halfAndLast(of('refused', 'raw', 'back')),
  'refused:surewire': (of) => halfAndLast(of('refused', 'surewire', 'back')),
  'half-open:raw': (of) => duration(median(of('half-open', 'raw', 'noticed'))),
  'half-open:surewire': (of) => duration(median(of('half-open', 'surewire', 'noticed'))),
  'truth:surewire': (of) => duration(median(of('truth', 'surewire', 'lie'))),
  'storm:raw': (of) => `${round(median(of('storm', 'raw', 'dials')))} dials in the first second`,
  'storm:surewire': (of) => round(median(of('storm', 'surewire', 'dials'))),
};

/** The README with the figures of the runs that are kept. What was not measured stays as it is. */
export function withFigures(readme: string, results: ReadonlyMap<string, Result>): string {
  const marked = /<!-- bench:(\S+) -->(.*?)<!-- \/ -->/g;
  return readme.replace(marked, (whole, name: string, known: string) => {
    const text = name === 'cpu' ? cpu(results.get('inbound')) : ofFaults(name, results.get('faults'));
    return text === undefined ? whole : whole.replace(known, text);
  });
}

function cpu(result: Result | undefined): string | undefined {
  const ratio = (bytes: number): number | undefined => {
    const row = result?.rows.find(
      ({ case: situation, contestant, unit }) =>
        situation === `1 channel, 1 listener, ${bytes} B` && contestant === 'surewire' && unit === 'x raw',
    );
    return row && median(row.samples);
  };
  const [small, large] = [ratio(200), ratio(8_000)];
  return small === undefined || large === undefined ? undefined : `${small.toFixed(2)} / ${large.toFixed(2)}`;
}

function ofFaults(name: string, result: Result | undefined): string | undefined {
  const write = figures[name];
  if (write === undefined) throw new Error(`README.md asks for a figure "${name}", which nobody measures`);
  let missing = result === undefined;
  const text = write((row, contestant, sample) => {
    const found = result?.rows.find(
      (each) => each.case === row && each.contestant === contestant && each.metric === sample,
    );
    missing ||= found === undefined;
    return found?.samples ?? [];
  });
  return missing ? undefined : text;
}

function halfAndLast(samples: readonly number[]): string {
  return `${duration(median(samples))}; the last after ${duration(most(samples))}`;
}

function lost(samples: readonly number[]): string {
  const worst = most(samples);
  return worst === 0 ? 'none lost' : `${worst} lost`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
