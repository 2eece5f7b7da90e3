import type { ReactNode } from 'react';
import { Realtime } from './realtime';

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <Realtime>{children}</Realtime>
      </body>
    </html>
  );
}
