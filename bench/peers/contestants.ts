import { otherContestants } from './other-contestants';
import type { Contestant } from './peer';
import { pusherContestants } from './pusher-contestants';

/** Everybody who takes part, in the order of the tables. */
export const contestants: Readonly<Record<string, Contestant>> = {
  ...pusherContestants,
  ...otherContestants,
};
