/** Whether `error` says that this runtime knows no `import()`: Node's `vm` without a callback for it, which is where Jest runs tests. */
export function lacksImport(error: unknown): boolean {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING');
}
