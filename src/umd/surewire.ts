/** What a script tag gets as `Surewire`: the library, with `surewire/legacy` in it, because old socket code is on pages without a bundler. */
export * from '../index';
export * as legacy from '../legacy/index';
