// Arktype's declarations name Node's `buffer`. This is all they need of it: with the types of Node in the program, nobody
// would notice if ours came to need them too.
declare module 'buffer' {
  export const File: unknown;
}
