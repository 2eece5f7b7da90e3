import type { ReactElement } from 'react';
import { hueOf } from './hue.ts';

/** A disc with somebody's first letter, in their colour. */
export function Avatar({ id, name }: { readonly id: string; readonly name: string }): ReactElement {
  return (
    <span className="avatar" data-hue={hueOf(id)} aria-hidden="true">
      {Array.from(name)[0]?.toUpperCase() ?? '?'}
    </span>
  );
}
