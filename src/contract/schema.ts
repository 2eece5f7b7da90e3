import { ConfigurationError, ValidationError, type ValidationIssue } from '../errors';
import { sentenceIn } from '../support/json';

/**
 * What surewire needs to know of a schema: the Standard Schema interface (https://standardschema.dev), which zod, valibot,
 * arktype and others implement. Written out here, so that nobody has to install a package for three types.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The schema's side of the agreement. */
  readonly '~standard': {
    /** The version of the agreement. */
    readonly version: 1;
    /** Who made the schema. */
    readonly vendor: string;
    /** Checks `value`; surewire takes answers only, not promises of one. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Exists for the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A schema's answer: the value it made of the payload, or what is wrong with the payload. */
type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema found wrong. */
interface SchemaIssue {
  /** What is wrong, in the schema's words. */
  readonly message: string;
  /** Where; absent for the payload itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A stranger's payload can be wrong in any number of places: so many are kept, and so many named in the message. */
const mostIssues = 100;
const shownIssues = 5;
/** As much of a path is shown, in UTF-16 code units: its keys may be a stranger's. */
const longestPath = 100;

/** What a schema takes. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['input'];

/** What a schema makes of it. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema['~standard']['types']>['output'];

/**
 * The schema's output for `payload`. Throws a `ValidationError` that names the paths but does not repeat the payload, and a
 * `ConfigurationError` for a schema that cannot answer at once.
 */
export function validatePayload(
  schema: StandardSchema,
  payload: unknown,
  place: { readonly channel: string; readonly event: string },
): unknown {
  const subject = `"${place.event}" on "${place.channel}"`;
  const wrong = (words: string, cause?: unknown): ConfigurationError =>
    new ConfigurationError(`The schema of ${subject} ${words}`, { ...place, cause });
  let issues: readonly ValidationIssue[];
  try {
    const result = schema['~standard'].validate(payload);
    if ('then' in result) {
      // Nobody waits for this answer; a rejection must not become an unhandled one.
      result.then(undefined, () => undefined);
      throw wrong('is asynchronous but must answer synchronously: do the asynchronous part in the listener.');
    }
    if (result.issues === undefined) {
      if ('value' in result) return result.value;
      throw new TypeError('The answer has neither `value` nor `issues`.');
    }
    issues = Array.from(Array.from(result.issues).slice(0, mostIssues), normalized);
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw wrong('threw, or answered neither { value } nor { issues }; see the cause.', cause);
  }
  const shown = issues.slice(0, shownIssues).map(({ path }) => pathText(path));
  throw new ValidationError(
    `The payload of ${subject} does not fit its schema at ${shown.join(', ')}${issues.length > shownIssues ? ', …' : ''}.`,
    issues,
    place,
  );
}

// `Array.from`, not `map`: arktype's lists and paths are subclasses of Array, and `map` would make more of them.
function normalized({ message, path = [] }: SchemaIssue): ValidationIssue {
  return {
    path: Array.from(path, (step) => (typeof step === 'object' ? step.key : step)),
    message: sentenceIn(message) ?? 'The schema does not say why.',
  };
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'its root';
  const text = path.map(String).join('.');
  return `"${text.length > longestPath ? `${text.slice(0, longestPath)}…` : text}"`;
}
