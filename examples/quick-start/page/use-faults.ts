import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
} from 'react';
import type { Faults } from '../backend.ts';
import { useSession } from './session.ts';

/** What is broken at the moment, and how to break or mend something. */
export interface FaultPanel {
  /** Undefined before the server has told, and where there is nothing to break. */
  readonly faults: Faults | undefined;
  /** Does what a button says. */
  command(name: string, parameters?: Readonly<Record<string, string>>): Promise<void>;
}

const FaultContext = createContext<FaultPanel>({ faults: undefined, command: async () => {} });

/** Keeps what is broken for all buttons of the page. */
export function FaultProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const { server, settings, client } = useSession();
  const [faults, setFaults] = useState<Faults>();
  const command = useCallback<FaultPanel['command']>(
    async (name, parameters) => {
      setFaults(await server.command(name, parameters));
      // A refusal is final until somebody asks anew.
      if (name === 'refuse' && parameters?.['on'] === 'false') await client.connect();
    },
    [server, client],
  );
  useEffect(() => {
    // Another tab may have pressed before us.
    if (settings.mode === 'embedded') void command('faults');
  }, [settings, command]);
  const panel = useMemo(() => ({ faults, command }), [faults, command]);
  return createElement(FaultContext.Provider, { value: panel }, children);
}

/** What is broken, and the hand that breaks it. */
export function useFaults(): FaultPanel {
  return useContext(FaultContext);
}
