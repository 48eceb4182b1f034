import { PrismProvider } from '@prism/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Call } from './call.tsx';

/** Where Prism is: behind this page's own server, or where `?server=` says. */
const url = new URLSearchParams(location.search).get('server') ?? location.origin;

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');
createRoot(root).render(
  <StrictMode>
    {/* For people of the internet add `getToken`: see the guide. */}
    <PrismProvider url={url}>
      <Call />
    </PrismProvider>
  </StrictMode>,
);
