import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Majors of React that the hooks are for, and where each is installed. */
const REACT_FOLDERS = {
  '18': new URL('../../../node_modules/', import.meta.url),
  '19': new URL('../../../../node_modules/', import.meta.url),
} as const;

export type ReactMajor = keyof typeof REACT_FOLDERS;

/** Bundles `hooks-page` with React's development build of a major; strict mode does its work in that alone. */
export async function bundleHooksPage(major: ReactMajor): Promise<string> {
  const folder = REACT_FOLDERS[major];
  const bundle = await rolldown({
    input: fileURLToPath(new URL('./hooks-page.js', import.meta.url)),
    platform: 'browser',
    resolve: {
      alias: {
        react: fileURLToPath(new URL('react', folder)),
        'react-dom': fileURLToPath(new URL('react-dom', folder)),
        scheduler: fileURLToPath(new URL('scheduler', folder)),
      },
    },
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
  });
  const { output } = await bundle.generate({ format: 'iife' });
  await bundle.close();
  return output[0].code;
}
