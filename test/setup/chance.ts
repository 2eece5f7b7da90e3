import fc from 'fast-check';

/**
 * What chance makes up is the same in each run, so that a change is judged by its own faults; a run with another `SUREWIRE_SEED` is
 * another look, and `npm run soak -- --part properties` takes many.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['SUREWIRE_SEED'] ?? 77) });
