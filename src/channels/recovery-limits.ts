/** A recovery that takes longer is given up, in milliseconds: what comes in waits behind it. */
export const recoveryTimeout = 10_000;
/** More than so many messages do not wait behind a recovery: it is given up. */
export const mostWaiting = 10_000;
