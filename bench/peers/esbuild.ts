/** What of esbuild is used here; it is one of the benchmark's own packages, which the project compiles without. */
export interface Esbuild {
  build(options: {
    readonly stdin?: { readonly contents: string; readonly resolveDir: string; readonly loader: 'ts' };
    readonly bundle: true;
    readonly minify?: boolean;
    readonly write: false;
    readonly splitting?: boolean;
    readonly format: 'esm' | 'iife';
    readonly platform: 'browser' | 'node';
    readonly target: string;
    readonly outdir?: string;
    readonly outfile?: string;
    readonly metafile?: true;
    readonly globalName?: string;
    readonly alias?: Readonly<Record<string, string>>;
    readonly external?: readonly string[];
    readonly logLevel: 'silent' | 'error';
    readonly define?: Readonly<Record<string, string>>;
  }): Promise<EsbuildResult>;
}

/** A bundle. */
export interface EsbuildResult {
  readonly outputFiles: readonly {
    readonly path: string;
    readonly contents: Uint8Array;
    readonly text: string;
  }[];
  readonly metafile?: {
    readonly outputs: Readonly<
      Record<
        string,
        {
          readonly entryPoint?: string;
          readonly imports: readonly { readonly path: string; readonly kind: string }[];
        }
      >
    >;
  };
}

/** Loads it. */
export async function esbuild(): Promise<Esbuild> {
  const name = 'esbuild';
  return (await import(name)) as Esbuild;
}
