// Classes whose own text goes into an AudioWorklet, written into the bundle as text.
//
// A worklet shares no modules with its page, so the SDK hands it a class by `toString`. What a page's bundler makes of a
// class may need functions beside it (private members written for old browsers do), and the worklet hasn't got them.
// What is published has the class as text, which no bundler touches.
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const TEXT_OF_CLASS = /\(\$\{(\w+)\.toString\(\)\}\)/g;

/** The text of a class that a module exports, minified, for browsers that have private members. */
async function classText(modulePath, name) {
  const bundle = await rolldown({ input: modulePath, transform: { target: 'es2022' } });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const module = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
  return module[name].toString();
}

/** For template literals: what would begin an expression or end the literal is escaped. */
function templateText(text) {
  return text.replace(/[\\`]|\$(?=\{)/g, '\\$&');
}

/** A plugin for the bundler that writes `${Name.toString()}` out. */
export function bakedWorklets() {
  return {
    name: 'baked-worklets',
    async transform(code, id) {
      const names = [...code.matchAll(TEXT_OF_CLASS)].map(([, name]) => name);
      if (names.length === 0) return null;
      let baked = code;
      for (const name of names) {
        const importOf = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '([^']+)'`);
        const specifier = code.match(importOf)?.[1];
        if (specifier === undefined) throw new Error(`${id}: ${name} is imported from nowhere`);
        const text = templateText(await classText(join(dirname(id), specifier), name));
        baked = baked.replace(`(\${${name}.toString()})`, () => `(${text})`);
      }
      return baked;
    },
  };
}
