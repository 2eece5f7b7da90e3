/** What the index and the code of the first dial both need: a file of its own in the package, so that there is one of each. */
export * from './contract/event-name';
export * from './errors';
export * from './support/backoff';
export * from './support/deferred';
export * from './support/wait-for';
