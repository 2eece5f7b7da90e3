// A plugin for TypeDoc. Members of an interface or class are documented one by one; those of a type literal inside a
// larger type are explained by the sentence above it.
import { Converter, ReflectionKind } from 'typedoc';

/** @param {import('typedoc').Reflection | undefined} reflection @returns {boolean} */
function isInParameter(reflection) {
  return (
    reflection !== undefined &&
    (reflection.kindOf(ReflectionKind.Parameter) || isInParameter(reflection.parent))
  );
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const names = project
      .getReflectionsByKind(ReflectionKind.Property)
      .filter(({ parent }) => parent?.kindOf(ReflectionKind.TypeLiteral))
      // TypeDoc asks nothing of those in parameters, and complains about names it did not ask for.
      .filter((property) => !property.hasComment() && !isInParameter(property))
      .map((property) => property.getFriendlyFullName());
    app.options.setValue('intentionallyNotDocumented', [...new Set(names)]);
  });
}
