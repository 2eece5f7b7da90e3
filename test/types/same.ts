/** `true` when the two types are the same to the letter, `any` and `readonly` included. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for two types that are the same: `same<A, B>(true)`. */
export declare function same<A, B>(answer: Same<A, B>): void;
