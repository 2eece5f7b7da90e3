import { ensureSoketi } from '../../.ci/soketi.mjs';

/** Puts soketi in place before the tests against it; an error of one sentence where that cannot be done. */
export default function setup(): void {
  ensureSoketi();
}
